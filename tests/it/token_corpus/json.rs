//! JSON that some parsers read and others do not, signed.

use super::{Class, Forge};

pub(super) fn odd(forge: &Forge) -> Class {
    let mut class = Class::new("json");
    let (header, claims) = (forge.header.to_string(), forge.claims.to_string());
    let inside = |text: &str| text.trim_start_matches('{').trim_end_matches('}').to_owned();
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    for (name, change) in [
        ("byte order mark", Box::new(|text: &str| format!("\u{feff}{text}")) as Box<dyn Fn(&str) -> String>),
        ("comment before", Box::new(|text| format!("/* */{text}"))),
        ("comment inside", Box::new(|text| text.replacen('{', "{/* */", 1))),
        ("line comment", Box::new(|text| format!("{text}//"))),
        ("trailing comma", Box::new(|text| text.replace('}', ",}"))),
        ("leading comma", Box::new(|text| text.replacen('{', "{,", 1))),
        ("single quotes", Box::new(|text| text.replace('"', "'"))),
        ("bare names", Box::new(|text| text.replacen("\"a", "a", 1).replacen("\":", ":", 1))),
        ("two objects", Box::new(|text| format!("{text}{text}"))),
        ("text after", Box::new(|text| format!("{text}x"))),
        ("NUL after", Box::new(|text| format!("{text}\u{0}"))),
        ("a list", Box::new(|text| format!("[{text}]"))),
        ("text of it", Box::new(|text| serde_json::to_string(text).unwrap())),
        ("cut", Box::new(|text| text[..text.len() - 1].to_owned())),
        ("a brace more", Box::new(|text| format!("{text}}}"))),
        ("nothing", Box::new(|_| String::new())),
        ("null", Box::new(|_| "null".to_owned())),
        ("a number", Box::new(|_| "1".to_owned())),
        ("an empty list", Box::new(|_| "[]".to_owned())),
        ("true", Box::new(|_| "true".to_owned())),
        ("equals signs", Box::new(|text| text.replace(':', "="))),
        ("form encoding", Box::new(|text| text.replace("\":\"", "=").replace("\",\"", "&"))),
        ("deep", Box::new(move |text| text.replacen('{', &format!("{{\"x\":{},", deep(300)), 1))),
        ("a lone surrogate", Box::new(|text| text.replacen('{', r#"{"\ud800":1,"#, 1))),
        ("a control character", Box::new(|text| text.replacen(":\"", ":\"\u{1}", 1))),
        (
            "values in order, without names",
            Box::new(move |text| {
                let values: Vec<String> = inside(text)
                    .split(',')
                    .filter_map(|pair| pair.split_once(':'))
                    .map(|(_, value)| value.to_owned())
                    .collect();
                format!("[{}]", values.join(","))
            }),
        ),
    ] {
        class.add(format!("header: {name}"), forge.with_header(&change(&header)));
        class.add(format!("claims: {name}"), forge.with_claims(&change(&claims)));
    }
    for (name, bytes) in [
        ("not UTF-8", &b"\xff\xfe"[..]),
        ("overlong", b"\xc0\xae"),
        ("UTF-16 mark", b"\xfe\xff\x00{"),
        ("a surrogate in UTF-8", b"\xed\xa0\x80"),
    ] {
        let with =
            |text: &str| [&text.as_bytes()[..1], b"\"", bytes, b"\":1,", &text.as_bytes()[1..]].concat();
        class.add(format!("header: {name}"), forge.signed(with(&header), &claims));
        class.add(format!("claims: {name}"), forge.signed(&header, with(&claims)));
    }
    let utf16: Vec<u8> = claims.encode_utf16().flat_map(u16::to_le_bytes).collect();
    class.add("claims: UTF-16", forge.signed(&header, utf16));
    class
}
