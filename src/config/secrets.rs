//! `[secrets]`: the keys that seal what the gateway keeps of secrets.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use serde::{Serialize, Serializer};

use super::secret;
use super::section::Section;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// More are a mistake: old keys go when everything is sealed anew.
const MOST: usize = 16;

/// The keys that seal what the gateway keeps of secrets.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Secrets {
    /// The first one seals, all of them open. None: the one in the data directory, which is made where it is not there.
    #[serde(serialize_with = "hide", skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<SecretSlice<u8>>,
}

impl Secrets {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let text: Option<SecretString> = secret::optional(&mut section, "keys", "keys_file");
        let keys = match text.map(|text| decode(&text)) {
            None => Vec::new(),
            Some(Ok(keys)) => keys,
            Some(Err(what)) => {
                let fix = "Write one key a line, each as `sncgate secrets generate-key` prints it.";
                section.problem("keys", what, fix);
                Vec::new()
            }
        };
        section.finish();
        Self { keys }
    }
}

/// The keys in a text: base64 of 32 bytes each, one a line.
///
/// # Errors
/// What is wrong, without any of the text.
pub fn decode(text: &SecretString) -> Result<Vec<SecretSlice<u8>>, String> {
    let lines: Vec<&str> = text.expose_secret().split_whitespace().collect();
    if lines.is_empty() || lines.len() > MOST {
        return Err(format!("there must be 1 to {MOST} keys"));
    }
    let mut keys: Vec<SecretSlice<u8>> = Vec::new();
    for (number, line) in lines.into_iter().enumerate() {
        let mut bytes = Zeroizing::new(Vec::with_capacity(line.len()));
        let decoded = STANDARD.decode_vec(line, &mut bytes).is_ok() && bytes.len() == KEY_BYTES;
        if !decoded {
            return Err(format!("key {} is not the base64 of {KEY_BYTES} bytes", number + 1));
        }
        if keys.iter().any(|key| key.expose_secret() == bytes.as_slice()) {
            return Err(format!("key {} is there twice", number + 1));
        }
        keys.push(SecretSlice::from(std::mem::take(&mut *bytes)));
    }
    Ok(keys)
}

fn hide<S: Serializer>(_: &[SecretSlice<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("[hidden]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_strictly() {
        let one = STANDARD.encode([1; KEY_BYTES]);
        let two = STANDARD.encode([2; KEY_BYTES]);
        let read = |text: String| decode(&text.into()).map(|keys| keys.len());
        assert_eq!(read(one.clone()), Ok(1));
        assert_eq!(read(format!("{one}\n{two}\n")), Ok(2));
        for wrong in [
            String::new(),
            "hush".to_owned(),
            STANDARD.encode([1; 31]),
            format!("{one}\n{one}"),
            format!("{one}\nhush hush"),
        ] {
            let told = read(wrong).expect_err("they are no keys");
            assert!(!told.contains("hush"), "{told}");
        }
    }
}
