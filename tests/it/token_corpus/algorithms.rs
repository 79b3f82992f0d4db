//! No algorithm, another one, and the public key in the place of a shared secret.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::json;

use super::{Class, Forge};

pub(super) fn unsigned(forge: &Forge) -> Class {
    let mut class = Class::new("alg none");
    let [_, claims, signature] = forge.parts();
    for alg in ["none", "None", "NONE", "nOnE", "noNe", "none ", " none", "none\u{0}", "ｎｏｎｅ", "null", ""]
    {
        let header = URL_SAFE_NO_PAD.encode(forge.header_with("alg", json!(alg)));
        for (kind, signature) in [("bare", ""), ("with the good signature", signature), ("with a byte", "AA")]
        {
            class.add(format!("{alg:?} {kind}"), format!("{header}.{claims}.{signature}"));
        }
        class.add(format!("{alg:?} signed"), forge.with_header(&forge.header_with("alg", json!(alg))));
    }
    for (name, header) in [
        ("nothing but alg", r#"{"alg":"none"}"#),
        ("alg and typ", r#"{"alg":"none","typ":"at+jwt"}"#),
        ("an empty header", "{}"),
    ] {
        class.add(name, format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(header)));
        class.add(format!("{name}, two parts"), format!("{}.{claims}", URL_SAFE_NO_PAD.encode(header)));
    }
    class
}

pub(super) fn renamed(forge: &Forge) -> Class {
    let mut class = Class::new("alg renamed");
    for alg in [
        "eddsa",
        "EDDSA",
        "EdDSA ",
        " EdDSA",
        "EdDSA\u{0}",
        "Ed25519",
        "Ed448",
        "ES256",
        "ES384",
        "ES512",
        "ES256K",
        "RS256",
        "RS384",
        "RS512",
        "PS256",
        "PS512",
        "RSA-OAEP",
        "dir",
        "A256GCM",
        "ЕdDSA",
        "EdDSА",
    ] {
        class.add(format!("{alg:?}"), forge.with_header(&forge.header_with("alg", json!(alg))));
    }
    for (name, alg) in [
        ("a list", json!(["EdDSA"])),
        ("an object", json!({"EdDSA": 1})),
        ("null", json!(null)),
        ("a number", json!(0)),
        ("true", json!(true)),
    ] {
        class.add(name, forge.with_header(&forge.header_with("alg", alg)));
    }
    class
}

/// The public key in every form in which one might have configured it as a secret, and keys of other kinds.
pub(super) fn confused(forge: &Forge) -> Class {
    let mut class = Class::new("alg confusion");
    let raw = forge.public();
    let text = URL_SAFE_NO_PAD.encode(raw);
    // SubjectPublicKeyInfo of RFC 8410.
    let prefix = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
    let der = [&prefix[..], raw].concat();
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----", STANDARD.encode(&der));
    let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": text}).to_string();
    let set = json!({"keys": [{
        "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": forge.kid, "x": text,
    }]});
    let hex: String = raw.iter().map(|byte| format!("{byte:02x}")).collect();
    let secrets: [(&str, Vec<u8>); 13] = [
        ("raw", raw.to_vec()),
        ("base64url", text.clone().into_bytes()),
        ("base64", STANDARD.encode(raw).into_bytes()),
        ("hex", hex.into_bytes()),
        ("DER", der.clone()),
        ("DER in base64", STANDARD.encode(&der).into_bytes()),
        ("PEM", pem.clone().into_bytes()),
        ("PEM and a newline", format!("{pem}\n").into_bytes()),
        ("PEM with CRLF", pem.replace('\n', "\r\n").into_bytes()),
        ("JWK", jwk.into_bytes()),
        ("JWK set", set.to_string().into_bytes()),
        ("the key id", forge.kid.clone().into_bytes()),
        ("nothing", Vec::new()),
    ];
    for (alg, algorithm) in
        [("HS256", hmac::HMAC_SHA256), ("HS384", hmac::HMAC_SHA384), ("HS512", hmac::HMAC_SHA512)]
    {
        let header = URL_SAFE_NO_PAD.encode(forge.header_with("alg", json!(alg)));
        let message = format!("{header}.{}", forge.parts()[1]);
        for (form, secret) in &secrets {
            let tag = hmac::sign(&hmac::Key::new(algorithm, secret), message.as_bytes());
            class.add(format!("{alg} {form}"), format!("{message}.{}", URL_SAFE_NO_PAD.encode(tag)));
        }
    }
    // The tag under the right name of the algorithm.
    let [header, claims, _] = forge.parts();
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA512, raw), format!("{header}.{claims}").as_bytes());
    class.add("HS512 raw called EdDSA", forge.with_signature(tag.as_ref()));

    let random = SystemRandom::new();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let p256 = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, p256.as_ref(), &random).unwrap();
    for alg in ["ES256", "EdDSA"] {
        let header = URL_SAFE_NO_PAD.encode(forge.header_with("alg", json!(alg)));
        let message = format!("{header}.{claims}");
        let signature = p256.sign(&random, message.as_bytes()).unwrap();
        class.add(
            format!("a P-256 key called {alg}"),
            format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())),
        );
    }
    class
}
