//! Passwords: Argon2id, off the asynchronous threads, a few at a time.
//!
//! A check takes the same work whether there is such a user or not, so that time tells nobody which names exist.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::error::{Error, Refusal};

/// OWASP's first choice for Argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// Checks at once: more would only take memory from each other.
const AT_ONCE: usize = 2;
/// Checks that wait; one more is refused rather than piled up.
const WAITING: usize = 64;

const SHORTEST: usize = 12;
const LONGEST: usize = 256;
/// What people choose first, where length alone is asked for.
const WELL_KNOWN: [&str; 12] = [
    "password1234",
    "passwordpassword",
    "123456789012",
    "1234567890123",
    "qwertyuiop12",
    "qwertyuiopas",
    "administrator",
    "letmeinletmein",
    "changemechangeme",
    "iloveyouiloveyou",
    "welcome12345",
    "servicenow123",
];

pub(super) struct Passwords {
    at_once: Arc<Semaphore>,
    waiting: Semaphore,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Passwords { at_once: Arc::new(Semaphore::new(AT_ONCE)), waiting: Semaphore::new(AT_ONCE + WAITING) }
    }

    /// The hash of a new password, as a PHC string.
    pub(super) async fn hash(&self, password: SecretString) -> Result<String, Error> {
        self.work(move || hash(password.expose_secret())).await?
    }

    /// Whether it is the password of that hash. Without a hash, the same work is done for a no.
    pub(super) async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool, Error> {
        self.work(move || {
            let known = phc.is_some();
            let phc = phc.as_deref().unwrap_or_else(|| nobodys());
            let hash =
                PasswordHash::new(phc).map_err(|_| Error::internal("a password hash is no PHC string"))?;
            let same = argon2().verify_password(password.expose_secret().as_bytes(), &hash).is_ok();
            Ok(same && known)
        })
        .await?
    }

    async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
        let busy = || Error::from(Refusal::AttemptsExceeded { retry_after: Duration::from_secs(1) });
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let slot = self.at_once.clone().acquire_owned().await.expect("the semaphore is never closed");
        let worked = tokio::task::spawn_blocking(move || {
            let worked = work();
            drop(slot); // with the work, not with a caller that went away
            worked
        });
        worked.await.map_err(Error::internal)
    }
}

/// Fails with [`Refusal::PasswordWeak`] where a password would be guessed.
pub(super) fn check_policy(password: &str, username: &str) -> Result<(), Refusal> {
    let weak = |why| Err(Refusal::PasswordWeak { why });
    let length = password.chars().count();
    if length < SHORTEST {
        return weak("it has fewer than 12 characters; use several words");
    }
    if length > LONGEST {
        return weak("it has more than 256 characters");
    }
    let lower = password.to_lowercase();
    if WELL_KNOWN.contains(&lower.as_str()) {
        return weak("it is well known; use several words that do not belong together");
    }
    if username.len() >= 3 && lower.contains(username) {
        return weak("it holds the user's name; use words that have nothing to do with it");
    }
    let mut characters: Vec<char> = lower.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    if characters.len() < 5 {
        return weak("it has fewer than 5 different characters; use several words");
    }
    Ok(())
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).expect("the parameters are constants");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

fn hash(password: &str) -> Result<String, Error> {
    let hashed = argon2().hash_password(password.as_bytes());
    hashed.map(|hash| hash.to_string()).map_err(|error| Error::internal(error.to_string()))
}

/// The hash of a password that nobody has.
fn nobodys() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| hash("nobody's password").expect("the password is a constant"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new();
        let phc = passwords.hash("correct horse battery".into()).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert!(passwords.verify("correct horse battery".into(), Some(phc.clone())).await.unwrap());
        assert!(!passwords.verify("correct horse batterz".into(), Some(phc)).await.unwrap());
        assert!(!passwords.verify("nobody's password".into(), None).await.unwrap(), "no user, no password");
    }

    #[test]
    fn weak_passwords_are_refused() {
        for (password, weak) in [
            ("correct horse battery", false),
            ("elf wörter sind", false),
            ("short", true),
            ("password1234", true),
            ("aaaaaaaaaaaaaaaa", true),
            ("my name is alice", true),
            (&"x y z a b c ".repeat(30), true),
        ] {
            assert_eq!(check_policy(password, "alice").is_err(), weak, "{password}");
        }
    }
}
