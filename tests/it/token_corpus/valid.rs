//! Tokens that a gateway of ours makes: none of them may be refused, however strict the reading is.

use serde_json::json;

use super::Forge;

/// Variants of the good one, by name.
pub(crate) fn valid(forge: &Forge) -> Vec<(String, String)> {
    let now = forge.now;
    let mut valid = vec![("as it was given".to_owned(), forge.good.clone())];
    for (name, iat, exp) in [
        ("fresh", now, now + 600),
        ("with a second to go", now - 599, now + 1),
        ("of a replica whose clock is a minute ahead", now + 60, now + 660),
        ("of one that is half a minute ahead", now + 30, now + 630),
        ("of one that is behind", now - 60, now + 540),
        ("as long as can be configured", now, now + 3600),
        ("the last second of the longest", now - 3599, now + 1),
        ("as short as can be", now, now + 1),
    ] {
        let mut claims = forge.claims.clone();
        (claims["iat"], claims["nbf"], claims["exp"]) = (json!(iat), json!(iat), json!(exp));
        valid.push((name.to_owned(), forge.with_claims(&claims.to_string())));
    }
    // In which order names come is up to a library's release.
    let entry = |name: &str| format!("\"{name}\":{}", forge.header[name]);
    for order in [
        ["alg", "typ", "kid"],
        ["alg", "kid", "typ"],
        ["typ", "alg", "kid"],
        ["typ", "kid", "alg"],
        ["kid", "alg", "typ"],
        ["kid", "typ", "alg"],
    ] {
        let header = format!("{{{}}}", order.map(entry).join(","));
        valid.push((format!("headers as {}", order.join(" ")), forge.with_header(&header)));
    }
    let pairs = forge.claims.as_object().unwrap().iter();
    let mut pairs: Vec<String> = pairs.map(|(name, value)| format!("\"{name}\":{value}")).collect();
    for turn in 0..pairs.len() {
        pairs.rotate_left(1);
        valid.push((format!("claims turned {turn}"), forge.with_claims(&format!("{{{}}}", pairs.join(",")))));
    }
    valid
}
