//! Access tokens: JWTs signed with EdDSA, and read more strictly than the standards ask for.
//!
//! Only tokens of the very form that is made here are looked at: three headers, eight claims, each once. So there is no
//! `jku`, `x5u`, `jwk`, `crit` or `b64` to be confused by, and no algorithm but the one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::secret;
use super::signing::{Key, Signing};
use crate::error::{Error, Refusal};

/// Who makes and who takes them.
const ISSUER: &str = "sncgate";
const AUDIENCE: &str = "sncgate";
/// RFC 9068's type, so that no other JWT of ours can stand in.
const TYPE: &str = "at+jwt";
/// Longest token that is looked at.
const MAX_BYTES: usize = 2048;
/// How far the clocks of replicas may differ, seconds.
const SKEW: i64 = 60;
/// Longest life that can be configured, seconds.
const LONGEST: i64 = 3600;

/// What a token says. Times are seconds, as the standard has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Claims {
    iss: String,
    aud: String,
    /// The user's id.
    pub(super) sub: String,
    /// The session's id.
    pub(super) sid: String,
    iat: i64,
    nbf: i64,
    pub(super) exp: i64,
    jti: String,
}

impl Claims {
    /// A token begins when it is made, and ends within the hour: a key that leaked makes none that lives for years.
    fn has_our_times(&self) -> bool {
        self.iat >= 0 && self.nbf == self.iat && (0..=LONGEST).contains(&self.exp.saturating_sub(self.iat))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// A token for a session, until `expires_at` (milliseconds).
pub(super) fn sign(key: &Key, user: &str, session: &str, now: i64, expires_at: i64) -> Result<String, Error> {
    let seconds = now / 1000;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user.to_owned(),
        sid: session.to_owned(),
        iat: seconds,
        nbf: seconds,
        exp: expires_at / 1000,
        jti: secret::id(),
    };
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.id.clone());
    jsonwebtoken::encode(&header, &claims, &key.encoding).map_err(Error::internal)
}

/// What a token says, where it is one of ours and its time has come and is not over.
pub(super) fn verify(signing: &Signing, text: &str, now: i64) -> Result<Claims, Refusal> {
    let invalid = |why| Refusal::TokenInvalid { why };
    if text.len() > MAX_BYTES {
        return Err(invalid("the token is too long"));
    }
    let header = header(text).ok_or(invalid("the token is malformed"))?;
    if header.alg != "EdDSA" || header.typ != TYPE {
        return Err(invalid("the token is not an access token of this gateway"));
    }
    let key =
        signing.by_id(&header.kid).ok_or(invalid("the token is signed with a key that is not known"))?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.set_required_spec_claims(&["iss", "aud", "sub"]);
    validation.validate_exp = false; // below, by the gateway's own clock
    let decoded = jsonwebtoken::decode::<Claims>(text, &key.decoding, &validation)
        .map_err(|_| invalid("the token was not made by this gateway"))?;
    let (claims, seconds) = (decoded.claims, now / 1000);
    if claims.nbf > seconds.saturating_add(SKEW) {
        return Err(invalid("the token is not valid yet"));
    }
    if !claims.has_our_times() {
        return Err(invalid("the token's times are none that this gateway gives"));
    }
    if claims.exp <= seconds {
        return Err(Refusal::TokenExpired);
    }
    Ok(claims)
}

/// The id of the key that a token names, where it may be one of ours.
pub(super) fn key_id(text: &str) -> Option<String> {
    let header = if text.len() <= MAX_BYTES { header(text)? } else { return None };
    let plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (header.kid.len() == 24 && header.kid.bytes().all(plain)).then_some(header.kid)
}

/// The header, where the token has the form of one: three parts of base64url without padding.
fn header(text: &str) -> Option<StrictHeader> {
    let mut parts = text.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let plain = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    if parts.next().is_some() || ![header, claims, signature].into_iter().all(plain) {
        return None;
    }
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()
}
