//! Headers that bring a key along, ask for something to be understood, or make another thing of the token.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::KeyPair;
use serde_json::{Value, json};

use super::forge::{and, without};
use super::{Class, Forge};

/// Each signed by the attacker's key that the header names, and once by the gateway's, which must not help.
pub(super) fn keys_brought_along(forge: &Forge) -> Class {
    let mut class = Class::new("key brought along");
    let x = URL_SAFE_NO_PAD.encode(forge.other_key.public_key().as_ref());
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": forge.kid});
    let brought: [(&str, Value); 12] = [
        ("jwk", jwk.clone()),
        ("jwk", json!({"kty": "oct", "k": "AAAA"})),
        ("jwks", json!({"keys": [jwk]})),
        ("jku", json!("https://192.0.2.1/jwks.json")),
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("jku", json!("file:///etc/passwd")),
        ("jku", json!("https://sncgate@192.0.2.1/.well-known/jwks.json")),
        ("x5u", json!("https://192.0.2.1/cert.pem")),
        ("x5c", json!([STANDARD.encode(b"no certificate")])),
        ("x5c", json!([])),
        ("x5t", json!(x)),
        ("x5t#S256", json!(x)),
    ];
    for (at, (name, value)) in brought.into_iter().enumerate() {
        let header = forge.header_with(name, value);
        class.add(format!("{name} {at}, the gateway's signature"), forge.with_header(&header));
        let message = format!("{}.{}", URL_SAFE_NO_PAD.encode(&header), forge.parts()[1]);
        let signature = forge.other_key.sign(message.as_bytes());
        class.add(
            format!("{name} {at}, the attacker's signature"),
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())),
        );
    }
    class
}

pub(super) fn critical(forge: &Forge) -> Class {
    let mut class = Class::new("crit and b64");
    for (at, crit) in [
        json!([]),
        json!(["exp"]),
        json!(["b64"]),
        json!(["alg"]),
        json!(["unknown"]),
        json!([""]),
        json!("b64"),
        json!(null),
        json!({}),
    ]
    .into_iter()
    .enumerate()
    {
        class.add(format!("crit {at}"), forge.with_header(&forge.header_with("crit", crit)));
    }
    for b64 in [json!(false), json!(true), json!("false"), json!(0)] {
        class.add(format!("b64 {b64}"), forge.with_header(&forge.header_with("b64", b64.clone())));
        let mut header = forge.header.clone();
        header["b64"] = b64.clone();
        header["crit"] = json!(["b64"]);
        class.add(format!("b64 {b64} and crit"), forge.with_header(&header.to_string()));
        let text = URL_SAFE_NO_PAD.encode(header.to_string());
        class.add(format!("b64 {b64}, plain claims"), forge.signed_text(&text, &forge.claims.to_string()));
    }
    class
}

pub(super) fn of_another_kind(forge: &Forge) -> Class {
    let mut class = Class::new("header of another kind");
    for typ in [
        "JWT",
        "jwt",
        "at+JWT",
        "AT+JWT",
        "application/at+jwt",
        "at+jwt ",
        "at+jwt;x=1",
        "logout+jwt",
        "dpop+jwt",
        "id_token",
        "refresh",
        "JOSE",
        "JOSE+JSON",
        "secevent+jwt",
        "аt+jwt",
        "",
    ] {
        class.add(format!("typ {typ:?}"), forge.with_header(&forge.header_with("typ", json!(typ))));
    }
    for (name, value) in [
        ("typ", json!(null)),
        ("typ", json!(["at+jwt"])),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("enc", json!("A256GCM")),
        ("epk", json!({})),
        ("url", json!("https://192.0.2.1")),
        ("nonce", json!("1")),
        ("iss", json!("sncgate")),
        ("exp", json!(9_999_999_999_i64)),
        ("admin", json!(true)),
        ("", json!("")),
        ("ALG", json!("EdDSA")),
        ("Kid", json!("x")),
    ] {
        class.add(format!("{name:?} {value}"), forge.with_header(&forge.header_with(name, value.clone())));
    }
    class
}

pub(super) fn missing_and_twice(forge: &Forge) -> Class {
    let mut class = Class::new("header missing or twice");
    for name in ["alg", "typ", "kid"] {
        class.add(format!("without {name}"), forge.with_header(&without(&forge.header, name)));
        let same = format!("\"{name}\":{}", forge.header[name]);
        let other = format!("\"{name}\":\"none\"");
        for (kind, entry) in [("the same", same), ("another", other)] {
            class.add(
                format!("{name} twice, {kind} first"),
                forge.with_header(&and(&forge.header, &entry, true)),
            );
            class.add(
                format!("{name} twice, {kind} last"),
                forge.with_header(&and(&forge.header, &entry, false)),
            );
        }
    }
    // The same name, spelled so that a careless comparison of keys misses it.
    class.add("alg twice, escaped", forge.with_header(&and(&forge.header, r#""\u0061lg":"none""#, false)));
    class.add("kid twice, escaped", forge.with_header(&and(&forge.header, r#""k\u0069d":"x""#, true)));
    class
}
