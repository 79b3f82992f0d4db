//! Claims that are missing, twice, of another type or another value, all under the gateway's own signature.

use serde_json::json;

use super::forge::{and, without};
use super::{Class, Forge};

const NAMES: [&str; 8] = ["iss", "aud", "sub", "sid", "iat", "nbf", "exp", "jti"];

pub(super) fn missing_and_twice(forge: &Forge) -> Class {
    let mut class = Class::new("claim missing or twice");
    for name in NAMES {
        class.add(format!("without {name}"), forge.with_claims(&without(&forge.claims, name)));
        let same = format!("\"{name}\":{}", forge.claims[name]);
        let other = if forge.claims[name].is_number() { "9999999999" } else { "\"admin\"" };
        let other = format!("\"{name}\":{other}");
        for (kind, entry) in [("the same", same), ("another", other)] {
            class.add(
                format!("{name} twice, {kind} first"),
                forge.with_claims(&and(&forge.claims, &entry, true)),
            );
            class.add(
                format!("{name} twice, {kind} last"),
                forge.with_claims(&and(&forge.claims, &entry, false)),
            );
        }
    }
    class.add("sub twice, escaped", forge.with_claims(&and(&forge.claims, r#""s\u0075b":"admin""#, false)));
    class
        .add("exp twice, escaped", forge.with_claims(&and(&forge.claims, r#""\u0065xp":9999999999"#, false)));
    class.add("none at all", forge.with_claims("{}"));
    class
}

pub(super) fn of_another_type(forge: &Forge) -> Class {
    let mut class = Class::new("claim of another type");
    for name in NAMES {
        let value = forge.claims[name].clone();
        for (kind, value) in [
            ("null", json!(null)),
            ("a list of it", json!([value])),
            ("an object", json!({"value": value})),
            ("an empty list", json!([])),
            ("true", json!(true)),
        ] {
            class.add(format!("{name} {kind}"), forge.with_claims(&forge.claims_with(name, value)));
        }
        if value.is_string() {
            class.add(format!("{name} a number"), forge.with_claims(&forge.claims_with(name, json!(1))));
        }
    }
    class
}

pub(super) fn of_another_value(forge: &Forge) -> Class {
    let mut class = Class::new("claim of another value");
    for (name, value) in [
        ("iss", json!("")),
        ("iss", json!("SNCGATE")),
        ("iss", json!("sncgate ")),
        ("iss", json!("sncgate/")),
        ("iss", json!("https://issuer.example")),
        ("aud", json!("")),
        ("aud", json!("other")),
        ("aud", json!("sncgate,other")),
        ("aud", json!(["sncgate", "other"])),
        ("sub", json!("")),
        ("sub", json!("admin")),
        ("sub", json!("*")),
        ("sub", json!("' OR 1=1 --")),
        ("sid", json!("")),
        ("sid", json!("no-such-session")),
        ("sid", json!("%")),
        ("sid", json!("' OR 1=1 --")),
        // Claims that are not made here: whoever reads them elsewhere must not be fooled by us taking them.
        ("admin", json!(true)),
        ("roles", json!(["admin"])),
        ("scope", json!("*")),
        ("act", json!({"sub": "admin"})),
        ("cnf", json!({"jkt": "x"})),
        ("client_id", json!("x")),
        ("azp", json!("sncgate")),
        ("", json!("")),
        ("__proto__", json!({"admin": true})),
    ] {
        class.add(format!("{name:?} {value}"), forge.with_claims(&forge.claims_with(name, value.clone())));
    }
    class
}

/// Names and values that look right and are not.
pub(super) fn look_alike(forge: &Forge) -> Class {
    let mut class = Class::new("unicode");
    for (name, value) in [
        ("iss", "ѕncgate"),
        ("iss", "sncgate\u{200b}"),
        ("iss", "\u{feff}sncgate"),
        ("iss", "ｓｎｃｇａｔｅ"),
        ("iss", "sncgate\u{0}"),
        ("aud", "sncgаte"),
        ("aud", "sncgate\u{301}"),
        ("aud", "\u{202e}etagcns"),
        ("sub", "\u{202e}"),
        ("sid", "\u{0}"),
    ] {
        class.add(format!("{name} {value:?}"), forge.with_claims(&forge.claims_with(name, value.into())));
    }
    let id = |name: &str| forge.claims[name].as_str().unwrap().to_owned();
    for name in ["sub", "sid"] {
        for (kind, value) in [
            ("and NUL", format!("{}\u{0}", id(name))),
            ("and a space", format!("{} ", id(name))),
            ("in capitals", id(name).to_uppercase()),
            ("and a mark", format!("{}\u{301}", id(name))),
        ] {
            if value != id(name) {
                class
                    .add(format!("{name} {kind}"), forge.with_claims(&forge.claims_with(name, value.into())));
            }
        }
        // The claim under a name that only looks like its own.
        for (from, to) in [("s", "ѕ"), ("s", "S"), ("s", "\u{200b}s")] {
            let renamed = without(&forge.claims, name);
            let entry = format!("\"{}\":\"{}\"", name.replacen(from, to, 1), id(name));
            let claims = renamed.replacen('{', &format!("{{{entry},"), 1);
            class.add(
                format!("{name} named {}", name.replacen(from, &to.escape_unicode().to_string(), 1)),
                forge.with_claims(&claims),
            );
        }
    }
    class
}
