//! Unguessable texts: session ids, OAuth tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// `bytes` random bytes as lower-case hex.
pub(crate) fn random_hex(bytes: usize) -> String {
    use std::fmt::Write as _;
    random_bytes(bytes).iter().fold(String::with_capacity(bytes * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a String cannot fail");
        text
    })
}

/// An OAuth token: 64 random bytes, 86 URL-safe characters, as long as the platform's.
pub(super) fn oauth_token() -> String {
    URL_SAFE_NO_PAD.encode(random_bytes(64))
}

fn random_bytes(count: usize) -> Vec<u8> {
    let mut bytes = vec![0; count];
    rand::fill(&mut bytes[..]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_length_and_differ() {
        assert_eq!(random_hex(6).len(), 12);
        assert_eq!(oauth_token().len(), 86);
        assert_ne!(oauth_token(), oauth_token());
    }
}
