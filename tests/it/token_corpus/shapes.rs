//! Tokens that are cut, too long, in too many parts, or of another standard.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Class, Forge};

/// More than this the gateway does not look at.
const LONGEST: usize = 2048;

pub(super) fn cut(forge: &Forge) -> Class {
    let mut class = Class::new("cut");
    let good = &forge.good;
    for length in (0..good.len()).step_by(13).chain([1, 2, good.len() - 1]) {
        class.add(format!("after {length}"), &good[..length]);
    }
    for from in [1, 2, 10] {
        class.add(format!("from {from}"), &good[from..]);
    }
    class
}

pub(super) fn oversized(forge: &Forge) -> Class {
    let mut class = Class::new("oversized");
    // Right in everything but a claim that makes it that long; a longer one is refused for its length alone.
    let bare = forge.with_claims(&forge.claims_with("padding", "".into())).len();
    for wanted in [LONGEST - 9, LONGEST - 3, LONGEST, LONGEST + 1, LONGEST + 5, LONGEST + 12] {
        let padding = "x".repeat((wanted - bare) * 3 / 4); // base64 makes four letters of three bytes
        let token = forge.with_claims(&forge.claims_with("padding", padding.into()));
        class.add(format!("about {wanted} bytes, signed"), token);
    }
    for length in [LONGEST, LONGEST + 1, 4096, 4097, 1 << 16, 1 << 20] {
        class.add(format!("{length} letters"), "a".repeat(length));
        class.add(format!("{length} letters in the signature"), {
            let [header, claims, signature] = forge.parts();
            format!("{header}.{claims}.{signature}{}", "A".repeat(length - forge.good.len()))
        });
    }
    class.add("dots", ".".repeat(LONGEST));
    // Right in everything but its length.
    class.add("a long jti", forge.with_claims(&forge.claims_with("jti", "j".repeat(LONGEST).into())));
    class
}

pub(super) fn parts(forge: &Forge) -> Class {
    let mut class = Class::new("parts");
    let [header, claims, signature] = forge.parts();
    for (name, token) in [
        ("none", String::new()),
        ("a dot", ".".to_owned()),
        ("two dots", "..".to_owned()),
        ("three dots", "...".to_owned()),
        ("header", header.to_owned()),
        ("header and a dot", format!("{header}.")),
        ("header and claims", format!("{header}.{claims}")),
        ("no signature", format!("{header}.{claims}.")),
        ("no claims", format!("{header}..{signature}")),
        ("no header", format!(".{claims}.{signature}")),
        ("signature alone", format!("..{signature}")),
        ("a dot before", format!(".{}", forge.good)),
        ("a dot after", format!("{}.", forge.good)),
        ("two signatures", format!("{}.{signature}", forge.good)),
        ("claims twice", format!("{header}.{claims}.{claims}.{signature}")),
        ("two tokens", format!("{0}.{0}", forge.good)),
        ("two tokens, a comma", format!("{0},{0}", forge.good)),
        ("two tokens, a space", format!("{0} {0}", forge.good)),
        ("swapped", format!("{claims}.{header}.{signature}")),
        ("turned", format!("{signature}.{header}.{claims}")),
        ("letters", "a.b.c".to_owned()),
    ] {
        class.add(name, token);
    }
    class
}

/// JWE, nested tokens, JWS in JSON, and the tokens of others.
pub(super) fn other_standards(forge: &Forge) -> Class {
    let mut class = Class::new("other standards");
    let [header, claims, signature] = forge.parts();
    let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
    for (alg, enc) in [
        ("dir", "A256GCM"),
        ("RSA-OAEP", "A128CBC-HS256"),
        ("ECDH-ES", "A256GCM"),
        ("PBES2-HS256+A128KW", "A128GCM"),
        ("none", "none"),
    ] {
        let head = encoded(
            &json!({"alg": alg, "enc": enc, "typ": "at+jwt", "kid": forge.kid, "p2c": 2_147_483_647})
                .to_string(),
        );
        class.add(format!("JWE {alg}"), format!("{head}..AAAAAAAAAAAAAAAA.{claims}.AAAAAAAAAAAAAAAAAAAAAA"));
        class.add(format!("JWE {alg}, three parts"), format!("{head}.{claims}.{signature}"));
    }
    class.add("the good token, nested", forge.signed(forge.header.to_string(), &forge.good));
    class.add("nested, called so", forge.signed(forge.header_with("cty", json!("JWT")), &forge.good));
    class.add("nested in quotes", forge.signed(forge.header.to_string(), format!("\"{}\"", forge.good)));
    let one = json!({"protected": header, "signature": signature});
    for (name, value) in [
        ("JSON, flattened", json!({"payload": claims, "protected": header, "signature": signature})),
        ("JSON, general", json!({"payload": claims, "signatures": [one]})),
        (
            "JSON, two signatures",
            json!({"payload": claims, "signatures": [{"protected": header, "signature": ""}, one]}),
        ),
        ("JSON, no signatures", json!({"payload": claims, "signatures": []})),
        ("JSON, unprotected", json!({"payload": claims, "header": forge.header, "signature": signature})),
    ] {
        class.add(name, value.to_string());
        class.add(format!("{name}, encoded"), encoded(&value.to_string()));
    }
    class.add("detached", format!("{header}..{signature}"));
    class.add("SD-JWT", format!("{}~WyJzYWx0Iiwic3ViIiwiYWRtaW4iXQ~", forge.good));
    class.add("PASETO", format!("v4.public.{claims}{signature}"));
    class.add("a cookie", format!("session={}", forge.good));
    class.add("Basic's content", "YWRtaW46YWRtaW4=");
    class.add("SAML", encoded("<saml:Assertion/>"));
    class.add("a macaroon", encoded("MDAxY2xvY2F0aW9u"));
    class
}
