//! What an attacker works with, and a little more: a valid token, the signing key, and whatever else a gateway hands out.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::Value;

/// What a gateway hands out beside access tokens, and what is another's.
#[derive(Default)]
pub(crate) struct Around {
    pub(crate) refresh_token: String,
    pub(crate) device_token: String,
    /// Of the same user, and good.
    pub(crate) api_key: String,
    pub(crate) page_token: String,
    pub(crate) flight_ticket: Vec<u8>,
    /// Of another user: who, and a session of theirs that lives.
    pub(crate) other_user: String,
    pub(crate) other_session: String,
    /// Of the same user, ended.
    pub(crate) ended_session: String,
    /// Keys that were good: expired, deleted, rotated, of a disabled user.
    pub(crate) dead_keys: Vec<(&'static str, String)>,
    /// Tokens that were good: of sessions and users that are gone.
    pub(crate) dead_tokens: Vec<(&'static str, String)>,
}

/// Makes tokens.
pub(crate) struct Forge {
    /// The key that the gateway signs with.
    pub(crate) key: Ed25519KeyPair,
    /// Somebody else's key.
    pub(crate) other_key: Ed25519KeyPair,
    pub(crate) kid: String,
    /// A token that is good.
    pub(crate) good: String,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    /// Of the gateway, in seconds.
    pub(crate) now: i64,
    pub(crate) around: Around,
}

impl Forge {
    /// `pkcs8` is the private key of the good token's kid; `now` is in milliseconds.
    pub(crate) fn new(good: &str, pkcs8: &[u8], now: i64, around: Around) -> Self {
        let mut parts = good.split('.');
        let mut decode = || {
            let bytes = URL_SAFE_NO_PAD.decode(parts.next().unwrap()).unwrap();
            serde_json::from_slice::<Value>(&bytes).unwrap()
        };
        let (header, claims) = (decode(), decode());
        Forge {
            key: Ed25519KeyPair::from_pkcs8_maybe_unchecked(pkcs8).unwrap(),
            other_key: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap(),
            kid: header["kid"].as_str().unwrap().to_owned(),
            good: good.to_owned(),
            header,
            claims,
            now: now / 1000,
            around,
        }
    }

    /// The three parts of the good token.
    pub(crate) fn parts(&self) -> [&str; 3] {
        let parts: Vec<&str> = self.good.split('.').collect();
        parts.try_into().unwrap()
    }

    pub(crate) fn signature(&self) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(self.parts()[2]).unwrap()
    }

    /// Raw bytes of the public key.
    pub(crate) fn public(&self) -> &[u8] {
        self.key.public_key().as_ref()
    }

    /// The header with one entry changed or added.
    pub(crate) fn header_with(&self, name: &str, value: Value) -> String {
        with(&self.header, name, value)
    }

    /// The claims with one entry changed or added.
    pub(crate) fn claims_with(&self, name: &str, value: Value) -> String {
        with(&self.claims, name, value)
    }

    /// Signed with the gateway's own key, whatever it says.
    pub(crate) fn signed(&self, header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
        self.signed_text(&URL_SAFE_NO_PAD.encode(header), &URL_SAFE_NO_PAD.encode(claims))
    }

    /// The same for parts that are text already.
    pub(crate) fn signed_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{header}.{claims}");
        let signature = self.key.sign(message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }

    /// This header over the good claims, signed.
    pub(crate) fn with_header(&self, header: &str) -> String {
        self.signed(header, self.claims.to_string())
    }

    /// These claims under the good header, signed.
    pub(crate) fn with_claims(&self, claims: &str) -> String {
        self.signed(self.header.to_string(), claims)
    }

    /// The good token with these bytes as its signature.
    pub(crate) fn with_signature(&self, signature: &[u8]) -> String {
        let [header, claims, _] = self.parts();
        format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn with(base: &Value, name: &str, value: Value) -> String {
    let mut changed = base.clone();
    changed[name] = value;
    changed.to_string()
}

/// An object without one of its entries.
pub(super) fn without(base: &Value, name: &str) -> String {
    let mut changed = base.clone();
    changed.as_object_mut().unwrap().remove(name);
    changed.to_string()
}

/// An object's text with one more entry before or after the others.
pub(super) fn and(base: &Value, entry: &str, first: bool) -> String {
    let text = base.to_string();
    if first {
        text.replacen('{', &format!("{{{entry},"), 1)
    } else {
        text.replace('}', &format!(",{entry}}}"))
    }
}
