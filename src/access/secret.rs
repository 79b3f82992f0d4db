//! Opaque secrets: refresh tokens and API keys. Both are random; only their hashes are kept.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};

/// What API keys begin with, so that scanners of leaked secrets find them.
pub const KEY_PREFIX: &str = "snck_";
/// What refresh tokens begin with.
const REFRESH_PREFIX: &str = "sncr_";

/// 256 random bits.
pub(super) fn random() -> [u8; 32] {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).expect("the machine's source of randomness works");
    bytes
}

/// A random name: 96 bits in hexadecimal.
pub(super) fn id() -> String {
    random().iter().take(12).map(|byte| format!("{byte:02x}")).collect()
}

/// What is kept of a secret. It has no salt: the secret is random, so that there is nothing to guess.
pub(super) fn hash(secret: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The first refresh token of a session.
pub(super) fn refresh_token() -> String {
    format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(random()))
}

/// The refresh token after this one: always the same, so that callers who race for it get the same, and that nobody
/// without the gateway's secret can tell it.
pub(super) fn successor(chain: &[u8; 32], token: &str) -> String {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, chain), token.as_bytes());
    format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(tag))
}

/// Whether it may be a refresh token: nothing else is looked up.
pub(super) fn is_refresh_token(text: &str) -> bool {
    text.len() == REFRESH_PREFIX.len() + 43 && text.starts_with(REFRESH_PREFIX)
}

/// The text of a new API key.
pub(super) fn api_key(id: &str) -> String {
    format!("{KEY_PREFIX}{id}_{}", URL_SAFE_NO_PAD.encode(random()))
}

/// The id in an API key's text.
pub(super) fn api_key_id(text: &str) -> Option<&str> {
    let (id, secret) = text.strip_prefix(KEY_PREFIX)?.split_once('_')?;
    (id.len() == 24 && secret.len() == 43).then_some(id)
}

/// A password to be changed at once.
pub(super) fn password() -> String {
    URL_SAFE_NO_PAD.encode(&random()[..15])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_forms() {
        let id = id();
        let key = api_key(&id);
        assert_eq!(api_key_id(&key), Some(id.as_str()));
        assert_eq!(api_key_id(&key[1..]), None);
        let token = refresh_token();
        let next = successor(&[1; 32], &token);
        assert!(is_refresh_token(&token) && is_refresh_token(&next));
        assert_eq!(next, successor(&[1; 32], &token));
        assert_ne!(next, successor(&[2; 32], &token));
    }
}
