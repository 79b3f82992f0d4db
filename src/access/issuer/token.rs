//! Is this a token of that issuer, for this gateway, and in its time: RFC 9068, and OpenID Connect's rules where ID tokens
//! are taken too.
//!
//! Headers that bring keys along, or that change what the signature is over, are refused before anything is looked up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Validation};
use serde::Deserialize;

use super::claims::Claims;
use super::{Issuer, MAX_BYTES};
use crate::error::{Error, Refusal};

/// No signer of access tokens needs them, and each was a way around a check somewhere.
const UNWANTED: [&str; 8] = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"];
/// What only ID tokens have.
const OF_ID_TOKENS: [&str; 4] = ["nonce", "at_hash", "c_hash", "s_hash"];

/// What a token says, and when it ends; milliseconds.
pub(super) struct Verified {
    pub(super) claims: Claims,
    pub(super) expires_at: i64,
}

/// The issuer that it names, unchecked: it says only whose keys to try.
pub(super) fn claimed_issuer(text: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Named {
        iss: String,
    }
    let mut parts = text.split('.');
    let (_, claims, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    let named: Named = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()?;
    Some(named.iss)
}

/// Verifies.
pub(super) async fn verify(issuer: &Issuer, text: &str, now: i64) -> Result<Verified, Error> {
    if text.len() > MAX_BYTES {
        return Err(invalid("the token is too long"));
    }
    let header = header(text).ok_or_else(|| invalid("the token is malformed"))?;
    if UNWANTED.iter().any(|name| header.has(name)) {
        return Err(invalid("the token has a header that an access token has no use for"));
    }
    let algorithm = header.text("alg").and_then(|name| name.parse::<Algorithm>().ok());
    let algorithm = algorithm
        .filter(|algorithm| issuer.algorithms.contains(algorithm))
        .ok_or_else(|| invalid("the token is signed in a way that is not taken from its issuer"))?;
    let key = issuer.keys.find(header.text("kid"), algorithm, now).await?;
    let mut validation = Validation::new(algorithm);
    // Below, by the gateway's own clock and rules.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Claims>(text, &key.decoding, &validation)
        .map_err(|_| invalid("the token was not made by the issuer that it names"))?
        .claims;
    check_issuer_and_audience(issuer, &claims)?;
    check_kind(issuer, &header, &claims)?;
    let expires_at = check_times(issuer, &claims, now / 1000)?;
    Ok(Verified { claims, expires_at: expires_at.saturating_mul(1000) })
}

fn header(text: &str) -> Option<Claims> {
    let mut parts = text.split('.');
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if !parts.clone().all(plain) || parts.clone().count() != 3 {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()
}

fn check_issuer_and_audience(issuer: &Issuer, claims: &Claims) -> Result<(), Error> {
    if claims.text("iss") != Some(&issuer.settings.url) {
        return Err(invalid("the token was not made by the issuer that it names"));
    }
    let ours = |audience: &&str| issuer.settings.audiences.iter().any(|own| own == audience);
    if !claims.texts("aud").iter().any(ours) {
        return Err(invalid("the token is for another audience"));
    }
    if claims.has("cnf") {
        return Err(invalid("the token is bound to a key (cnf), and bearing it proves nothing"));
    }
    Ok(())
}

fn check_kind(issuer: &Issuer, header: &Claims, claims: &Claims) -> Result<(), Error> {
    let settings = &issuer.settings;
    let taken = |kind: &str| settings.token_types.iter().any(|one| one == kind);
    let marked = header.text("typ").map(str::to_ascii_lowercase).unwrap_or_default();
    let kind = match marked.trim_start_matches("application/") {
        "at+jwt" => "at+jwt",
        "jwt" | "" if looks_like_neither(claims) => "",
        "jwt" | "" if looks_like_an_id_token(claims) => "id_token",
        "jwt" | "" if taken("jwt") => "jwt",
        // Nothing marks it, and that is how ID tokens are.
        "jwt" | "" => "id_token",
        _ => "",
    };
    if kind.is_empty() || !taken(kind) {
        return Err(invalid("the token is no access token; see token_types of its issuer"));
    }
    let party = claims.text("azp").or_else(|| claims.text("client_id")).or_else(|| claims.text("appid"));
    if kind == "id_token" {
        let several = claims.texts("aud").len() > 1;
        let ours = |party| settings.audiences.iter().any(|own| own == party);
        if claims.text("azp").map_or(several, |party| !ours(party)) {
            return Err(invalid("the ID token was made for another client (azp)"));
        }
    }
    let allowed = |party| settings.clients.iter().any(|client| client == party);
    if !settings.clients.is_empty() && !party.is_some_and(allowed) {
        return Err(invalid("the token was made for a client that is not named in the configuration"));
    }
    Ok(())
}

fn looks_like_an_id_token(claims: &Claims) -> bool {
    OF_ID_TOKENS.iter().any(|name| claims.has(name))
        || claims.text("token_use") == Some("id")
        || claims.text("typ") == Some("ID")
}

/// Refresh tokens, logout tokens, security events: issuers sign those with the same keys.
fn looks_like_neither(claims: &Claims) -> bool {
    let kind = claims.text("typ").or_else(|| claims.text("token_use"));
    claims.has("events") || matches!(kind, Some("Refresh" | "Offline" | "Logout" | "refresh"))
}

/// When it ends; seconds.
fn check_times(issuer: &Issuer, claims: &Claims, now: i64) -> Result<i64, Error> {
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    let skew = seconds(issuer.settings.clock_skew);
    let (Some(made), Some(ends)) = (claims.seconds("iat"), claims.seconds("exp")) else {
        return Err(invalid("the token does not say when it was made and when it ends"));
    };
    let begins = match claims.has("nbf") {
        true => claims.seconds("nbf").ok_or_else(|| invalid("the token's nbf is no time"))?,
        false => made,
    };
    if made.max(begins) > now.saturating_add(skew) {
        return Err(invalid("the token is not valid yet"));
    }
    if ends.saturating_sub(made) > seconds(issuer.settings.max_token_lifetime) {
        return Err(invalid("the token lives longer than max_token_lifetime of its issuer allows"));
    }
    let ends = ends.saturating_add(skew);
    if ends <= now {
        return Err(Refusal::TokenExpired.into());
    }
    Ok(ends)
}

fn invalid(why: &'static str) -> Error {
    Refusal::TokenInvalid { why }.into()
}
