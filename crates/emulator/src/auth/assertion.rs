//! Assertions of the JWT bearer grant: RS256, by a key that the client has registered (RFC 7523).
//!
//! Nothing but RS256 is taken, whatever the header says. `jti` is not remembered.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use serde::Deserialize;
use x509_parser::prelude::FromDer as _;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

/// An assertion is longer by mistake only.
const MAX_LENGTH: usize = 16 * 1024;

/// Clocks differ by so much.
const SKEW_SECONDS: i64 = 60;

/// No RSA key was found, or it is too short.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no RSA public key of 2048 bits or more in PEM, nor a certificate of one")]
pub struct KeyError;

/// A key that a client signs with.
#[derive(Clone)]
pub(crate) struct SigningKey {
    id: String,
    /// As PKCS #1 has it.
    der: Vec<u8>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey").field(&self.id).finish()
    }
}

impl SigningKey {
    pub(super) fn new(id: String, pem: &str) -> Result<Self, KeyError> {
        let from_certificate = || {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
            let (_, certificate) = x509_parser::parse_x509_certificate(&der).ok()?;
            rsa(certificate.public_key())
        };
        let from_key = || {
            let der = SubjectPublicKeyInfoDer::from_pem_slice(pem.as_bytes()).ok()?;
            let (_, info) = SubjectPublicKeyInfo::from_der(&der).ok()?;
            rsa(&info)
        };
        let der = from_certificate().or_else(from_key).ok_or(KeyError)?;
        Ok(SigningKey { id, der })
    }
}

/// The key, if it is one of RSA and long enough.
fn rsa(info: &SubjectPublicKeyInfo<'_>) -> Option<Vec<u8>> {
    match info.parsed().ok()? {
        PublicKey::RSA(key) if key.key_size() >= 2048 => Some(info.subject_public_key.data.to_vec()),
        _ => None,
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
}

#[derive(Deserialize)]
struct Claims {
    iss: Option<String>,
    sub: Option<String>,
    aud: Option<Audience>,
    exp: Option<i64>,
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn includes(&self, id: &str) -> bool {
        match self {
            Audience::One(one) => one == id,
            Audience::Several(several) => several.iter().any(|one| one == id),
        }
    }
}

/// The client id that an assertion is addressed to, before anything of it is believed.
pub(crate) fn addressed_to(assertion: &str) -> Option<String> {
    let claims: Claims = part(assertion.split('.').nth(1)?)?;
    match claims.aud? {
        Audience::One(one) => Some(one),
        Audience::Several(several) => several.into_iter().next(),
    }
}

/// The subject of an assertion that holds: signed by one of the keys, addressed to the client, in force.
pub(crate) fn subject(
    assertion: &str,
    client: &str,
    keys: &[SigningKey],
    now: DateTime<Utc>,
) -> Result<String, &'static str> {
    const MALFORMED: &str = "the assertion is no JWT";
    if assertion.len() > MAX_LENGTH {
        return Err(MALFORMED);
    }
    let (message, signature) = assertion.rsplit_once('.').ok_or(MALFORMED)?;
    let (header, claims) = message.split_once('.').ok_or(MALFORMED)?;
    let header: Header = part(header).ok_or(MALFORMED)?;
    if header.alg != "RS256" {
        return Err("the assertion must be signed with RS256");
    }
    let key = match &header.kid {
        Some(kid) => keys.iter().find(|key| key.id == *kid),
        // Without a name there must be no choice.
        None => keys.first().filter(|_| keys.len() == 1),
    };
    let key = key.ok_or("the client has no key of that id")?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| MALFORMED)?;
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &key.der)
        .verify(message.as_bytes(), &signature)
        .map_err(|_| "the assertion's signature does not hold")?;
    let claims: Claims = part(claims).ok_or(MALFORMED)?;
    check(&claims, client, now)?;
    claims.sub.filter(|sub| !sub.is_empty()).ok_or("the assertion has no sub")
}

fn check(claims: &Claims, client: &str, now: DateTime<Utc>) -> Result<(), &'static str> {
    let now = now.timestamp();
    if !claims.aud.as_ref().is_some_and(|audience| audience.includes(client)) {
        return Err("the assertion's aud is not the client's id");
    }
    if claims.iss.as_ref().is_none_or(String::is_empty) {
        return Err("the assertion has no iss");
    }
    match claims.exp {
        None => Err("the assertion has no exp"),
        Some(exp) if exp.saturating_add(SKEW_SECONDS) <= now => Err("the assertion has expired"),
        Some(_) if claims.nbf.is_some_and(|nbf| nbf.saturating_sub(SKEW_SECONDS) > now) => {
            Err("the assertion is not in force yet")
        }
        Some(_) => Ok(()),
    }
}

fn part<T: for<'de> Deserialize<'de>>(text: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}
