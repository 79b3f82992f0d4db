//! Seals what is kept of secrets, so that a copy of the store alone tells none.
//!
//! ChaCha20-Poly1305 with a random nonce. What is sealed names its key, and is bound to what it is and whose: put into
//! another place it does not open. It does not hide how long a secret is, and does not stop whoever can write to the
//! store from putting an older one back.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use secrecy::{ExposeSecret, SecretSlice};
use sha2::{Digest, Sha256};

use crate::config::KEY_BYTES;
use crate::error::Error;

/// What sealed bytes begin with. The secrets that were kept open before are shorter than a seal, or begin otherwise.
const MAGIC: &[u8; 5] = b"snck\x01";
const ID_BYTES: usize = 8;
const HEAD: usize = MAGIC.len() + ID_BYTES + NONCE_LEN;
const TAG: usize = 16;

/// The keys: the first one seals, all of them open.
pub struct Seal {
    keys: Vec<Key>,
}

struct Key {
    id: [u8; ID_BYTES],
    key: LessSafeKey,
}

/// What is sealed, and whose it is. Nothing else opens it.
#[derive(Clone, Copy, Debug)]
pub struct Label<'a> {
    /// As "link".
    pub what: &'a str,
    /// As the id of a user.
    pub whose: &'a str,
}

impl Seal {
    /// # Errors
    /// There is no key, or one has not the right length.
    pub fn new(keys: &[SecretSlice<u8>]) -> Result<Self, Error> {
        let keys: Vec<Key> = keys.iter().map(Key::new).collect::<Result<_, _>>()?;
        if keys.is_empty() { Err(Error::internal("there is no key to seal with")) } else { Ok(Seal { keys }) }
    }

    /// Seals under the first key.
    pub fn seal(&self, label: Label<'_>, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let Key { id, key } = &self.keys[0];
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| Error::internal("there is no randomness"))?;
        let mut sealed = Vec::with_capacity(HEAD + secret.len() + TAG);
        sealed.extend_from_slice(MAGIC);
        sealed.extend_from_slice(id);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(secret);
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = key
            .seal_in_place_separate_tag(nonce, label.bound_to(id), &mut sealed[HEAD..])
            .map_err(|_| Error::internal("a secret is too long to be sealed"))?;
        sealed.extend_from_slice(tag.as_ref());
        Ok(sealed)
    }

    /// Opens what was sealed under the same label, by any of the keys.
    pub fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<SecretSlice<u8>, Error> {
        let Some((id, nonce, rest)) = parts(sealed) else {
            return Err(Error::internal(format!("{} is not sealed", label.what)));
        };
        let key = self.keys.iter().find(|key| key.id == *id).ok_or_else(|| {
            let text = "is sealed with a key that is not among those of [secrets] keys";
            Error::internal(format!("{} {text}", label.what))
        })?;
        let mut opened = rest.to_vec();
        let length = key
            .key
            .open_in_place(Nonce::assume_unique_for_key(*nonce), label.bound_to(id), &mut opened)
            .map_err(|_| Error::internal(format!("{} is not what was sealed", label.what)))?
            .len();
        opened.truncate(length);
        Ok(opened.into())
    }

    /// Sealed under the first key.
    pub fn is_current(&self, bytes: &[u8]) -> bool {
        parts(bytes).is_some_and(|(id, _, _)| *id == self.keys[0].id)
    }

    /// Sealed under whatever key. Not so what an earlier version kept open.
    pub fn is_sealed(bytes: &[u8]) -> bool {
        parts(bytes).is_some()
    }
}

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seal").field("keys", &self.keys.len()).finish_non_exhaustive()
    }
}

impl Key {
    fn new(secret: &SecretSlice<u8>) -> Result<Self, Error> {
        let bytes = secret.expose_secret();
        if bytes.len() != KEY_BYTES {
            return Err(Error::internal("a key to seal with has not 32 bytes"));
        }
        let key = UnboundKey::new(&CHACHA20_POLY1305, bytes)
            .map_err(|_| Error::internal("a key to seal with cannot be used"))?;
        let digest = Sha256::new().chain_update(b"sncgate seal key id\0").chain_update(bytes).finalize();
        let mut id = [0; ID_BYTES];
        id.copy_from_slice(&digest[..ID_BYTES]);
        Ok(Key { id, key: LessSafeKey::new(key) })
    }
}

impl Label<'_> {
    /// Each part with its length, so that no two labels run together.
    fn bound_to(&self, id: &[u8; ID_BYTES]) -> Aad<Vec<u8>> {
        let mut bytes = Vec::with_capacity(MAGIC.len() + ID_BYTES + 16 + self.what.len() + self.whose.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(id);
        for part in [self.what, self.whose] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Aad::from(bytes)
    }
}

/// The key's id, the nonce, and the sealed text with its tag.
fn parts(bytes: &[u8]) -> Option<(&[u8; ID_BYTES], &[u8; NONCE_LEN], &[u8])> {
    let rest = bytes.strip_prefix(MAGIC)?;
    let (id, rest) = rest.split_first_chunk::<ID_BYTES>()?;
    let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
    (rest.len() >= TAG).then_some((id, nonce, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABEL: Label<'static> = Label { what: "link", whose: "alice" };

    fn seal(keys: &[u8]) -> Seal {
        let keys: Vec<_> = keys.iter().map(|byte| SecretSlice::from(vec![*byte; KEY_BYTES])).collect();
        Seal::new(&keys).unwrap()
    }

    fn opened(seal: &Seal, label: Label<'_>, sealed: &[u8]) -> Option<Vec<u8>> {
        seal.open(label, sealed).ok().map(|secret| secret.expose_secret().to_vec())
    }

    #[test]
    fn what_is_sealed_opens_by_its_key_and_label_only() {
        let sealed = seal(&[1]).seal(LABEL, b"hush").unwrap();
        assert_eq!(opened(&seal(&[1]), LABEL, &sealed).as_deref(), Some(&b"hush"[..]));
        assert_eq!(opened(&seal(&[2, 1]), LABEL, &sealed).as_deref(), Some(&b"hush"[..]));
        assert_eq!(opened(&seal(&[2]), LABEL, &sealed), None, "another key");
        for label in [
            Label { whose: "bob", ..LABEL },
            Label { what: "secret", ..LABEL },
            Label { what: "linka", whose: "lice" },
        ] {
            assert_eq!(opened(&seal(&[1]), label, &sealed), None, "{label:?}");
        }
        assert!(!sealed.windows(4).any(|bytes| bytes == b"hush"));
        assert_ne!(sealed, seal(&[1]).seal(LABEL, b"hush").unwrap(), "a nonce is used once");
    }

    #[test]
    fn no_byte_can_be_changed_and_none_left_out() {
        let seal = seal(&[1]);
        let sealed = seal.seal(LABEL, b"hush").unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(opened(&seal, LABEL, &changed), None, "{place}");
            assert_eq!(opened(&seal, LABEL, &sealed[..place]), None, "cut at {place}");
        }
    }

    #[test]
    fn which_are_sealed_and_under_what() {
        let old = seal(&[1]).seal(LABEL, b"").unwrap();
        let both = seal(&[2, 1]);
        assert!(Seal::is_sealed(&old) && !both.is_current(&old));
        assert!(both.is_current(&both.seal(LABEL, b"").unwrap()));
        assert!(!Seal::is_sealed(&[0x30; 48]) && !Seal::is_sealed(b"snck\x01 but too short"));
        assert!(Seal::new(&[]).is_err() && Seal::new(&[vec![1; 31].into()]).is_err());
    }
}
