//! Things that the gateway hands out, in the place of others; and what is somebody else's.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::Ed25519KeyPair;
use serde_json::{Value, json};

use super::{Class, Forge};

pub(super) fn tokens_of_other_kinds(forge: &Forge) -> Class {
    let mut class = Class::new("crossed");
    let around = &forge.around;
    for (name, token) in [
        ("refresh token", &around.refresh_token),
        ("device token", &around.device_token),
        ("page token", &around.page_token),
        ("user id", &forge.claims["sub"].as_str().unwrap().to_owned()),
        ("session id", &forge.claims["sid"].as_str().unwrap().to_owned()),
        ("token id", &forge.claims["jti"].as_str().unwrap().to_owned()),
        ("key id", &forge.kid),
    ] {
        class.add(name, token.as_str());
        class.add(
            format!("{name} as a claim part"),
            format!("{}.{token}.{}", forge.parts()[0], forge.parts()[2]),
        );
    }
    class.add("flight ticket, base64", STANDARD.encode(&around.flight_ticket));
    class.add("flight ticket, base64url", URL_SAFE_NO_PAD.encode(&around.flight_ticket));
    class.add("refresh token called a key", around.refresh_token.replace("sncr_", "snck_"));
    class.add("API key called a refresh token", around.api_key.replace("snck_", "sncr_"));
    class.add("access token called a key", format!("snck_{}", forge.good));
    // An ID token, a logout token, a client assertion: other JWTs of the same key.
    for (name, typ, extra) in [
        ("id token", "JWT", json!({"nonce": "n"})),
        ("logout token", "logout+jwt", json!({"events": {}})),
        ("client assertion", "client-authentication+jwt", json!({})),
        ("refresh token as a JWT", "rt+jwt", json!({"scope": "offline_access"})),
    ] {
        let mut claims = forge.claims.clone();
        for (key, value) in extra.as_object().unwrap() {
            claims[key] = value.clone();
        }
        let header = forge.header_with("typ", json!(typ));
        class.add(name, forge.signed(header, claims.to_string()));
    }
    class
}

pub(super) fn of_others(forge: &Forge) -> Class {
    let mut class = Class::new("somebody else's");
    let around = &forge.around;
    let swapped = |sub: Value, sid: Value| {
        let mut claims = forge.claims.clone();
        (claims["sub"], claims["sid"]) = (sub, sid);
        forge.with_claims(&claims.to_string())
    };
    let (sub, sid) = (forge.claims["sub"].clone(), forge.claims["sid"].clone());
    class.add("own session, another user", swapped(json!(around.other_user), sid.clone()));
    class.add("another's session, own user", swapped(sub.clone(), json!(around.other_session)));
    class.add("sub and sid swapped", swapped(sid.clone(), sub.clone()));
    class.add("the user as the session", swapped(sub.clone(), sub.clone()));
    class.add("an ended session", swapped(sub.clone(), json!(around.ended_session)));
    class.add("an unknown session", swapped(sub.clone(), json!("0".repeat(24))));
    class.add("an unknown user", swapped(json!("0".repeat(24)), sid));
    // Another gateway's token: right in everything but the key; with our key id, and with its own.
    let theirs = Ed25519KeyPair::from_seed_unchecked(&[42; 32]).unwrap();
    for (name, kid) in [("our key id", forge.kid.clone()), ("its own key id", "f".repeat(24))] {
        let header = URL_SAFE_NO_PAD.encode(forge.header_with("kid", json!(kid)));
        let message = format!("{header}.{}", forge.parts()[1]);
        let signature = URL_SAFE_NO_PAD.encode(theirs.sign(message.as_bytes()).as_ref());
        class.add(format!("another gateway's, {name}"), format!("{message}.{signature}"));
    }
    for (name, token) in &around.dead_tokens {
        class.add(*name, token.as_str());
    }
    class
}
