//! The assertion of the JWT bearer grant: a statement, signed with RS256.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use super::Credentials;
use crate::Error;

/// How long an assertion is good: it is used at once.
const LIFETIME: Duration = Duration::from_secs(300);

/// What signs assertions. ServiceNow takes RSA keys of at least 2048 bits.
pub(super) struct Signer {
    key: RsaKeyPair,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: &'a str,
    iat: u64,
    exp: u64,
    jti: String,
}

impl Signer {
    /// The signer of credentials that need one.
    pub(super) fn of(credentials: &Credentials) -> Result<Option<Signer>, Error> {
        let Credentials::OAuthJwtBearer { private_key, .. } = credentials else { return Ok(None) };
        Ok(Some(Signer { key: key(private_key).ok_or_else(unreadable)? }))
    }

    /// A fresh assertion; `None` for credentials that make none.
    pub(super) fn assertion(&self, credentials: &Credentials) -> Option<Result<SecretString, Error>> {
        let Credentials::OAuthJwtBearer { key_id, issuer, subject, audience, .. } = credentials else {
            return None;
        };
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let header = Header { alg: "RS256", typ: "JWT", kid: key_id.as_deref() };
        let claims = Claims {
            iss: issuer,
            sub: subject,
            aud: audience,
            iat: now,
            exp: now + LIFETIME.as_secs(),
            jti: format!("{:032x}", fastrand::u128(..)),
        };
        Some(self.sign(&header, &claims))
    }

    fn sign(&self, header: &Header<'_>, claims: &Claims<'_>) -> Result<SecretString, Error> {
        let message = format!("{}.{}", part(header)?, part(claims)?);
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature)
            .map_err(|_| unreadable())?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)).into())
    }
}

fn key(pem: &SecretString) -> Option<RsaKeyPair> {
    match PrivateKeyDer::from_pem_slice(pem.expose_secret().as_bytes()).ok()? {
        PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok(),
        PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).ok(),
        _ => None,
    }
}

fn part(value: &impl Serialize) -> Result<String, Error> {
    let json = serde_json::to_vec(value)
        .map_err(|error| Error::InvalidInput(format!("cannot encode the assertion: {error}")))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}

fn unreadable() -> Error {
    Error::InvalidInput(
        "the key of the JWT bearer grant is no RSA key in PEM of 2048 bits or more".to_owned(),
    )
}
