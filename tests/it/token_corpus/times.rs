//! Times that have passed, have not come, or are none.

use serde_json::json;

use super::{Class, Forge};

pub(super) fn skewed(forge: &Forge) -> Class {
    let mut class = Class::new("time");
    let now = forge.now;
    for (name, value) in [
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!(now - 30)),
        ("exp", json!(0)),
        ("exp", json!(-1)),
        ("exp", json!(i64::MIN)),
        ("exp", json!(i64::MAX)),
        ("exp", json!(now + 366 * 24 * 3600)),
        ("exp", json!((now + 300) * 1000)),
        ("nbf", json!(now + 61)),
        ("nbf", json!(now + 3600)),
        ("nbf", json!(i64::MAX)),
        ("nbf", json!(i64::MIN)),
        ("nbf", json!(-1)),
        ("nbf", json!(0)),
        ("nbf", json!(now * 1000)),
        ("iat", json!(now + 61)),
        ("iat", json!(now + 3600)),
        ("iat", json!(i64::MAX)),
        ("iat", json!(i64::MIN)),
        ("iat", json!(-1)),
        ("iat", json!(0)),
    ] {
        class.add(format!("{name} {value}"), forge.with_claims(&forge.claims_with(name, value.clone())));
    }
    for name in ["exp", "nbf", "iat"] {
        let value = forge.claims[name].as_i64().unwrap();
        for text in [
            format!("{value}.0"),
            format!("{value}.5"),
            format!("{value}e0"),
            format!("\"{value}\""),
            format!("+{value}"),
            format!("0{value}"),
            format!("0x{value:x}"),
            format!("{value}n"),
            "1e400".to_owned(),
            "-0.0".to_owned(),
            "9223372036854775808".to_owned(),
            "18446744073709551615".to_owned(),
            "99999999999999999999999999".to_owned(),
            "NaN".to_owned(),
            "Infinity".to_owned(),
            "-Infinity".to_owned(),
            "\"NaN\"".to_owned(),
            "\"never\"".to_owned(),
            "\"\"".to_owned(),
        ] {
            let claims = forge
                .claims
                .to_string()
                .replace(&format!("\"{name}\":{value}"), &format!("\"{name}\":{text}"));
            class.add(format!("{name} as {text}"), forge.with_claims(&claims));
        }
    }
    // Together they must make sense, too.
    for (name, iat, nbf, exp) in [
        ("ends before it begins", now + 30, now + 30, now + 10),
        ("lives for a day", now, now, now + 24 * 3600),
        ("all in the future", now + 100, now + 100, now + 400),
        ("begins before it is issued", now, now - 400, now + 300),
    ] {
        let mut claims = forge.claims.clone();
        (claims["iat"], claims["nbf"], claims["exp"]) = (json!(iat), json!(nbf), json!(exp));
        class.add(name, forge.with_claims(&claims.to_string()));
    }
    class
}
