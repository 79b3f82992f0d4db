//! The gateway's own secrets.

use async_trait::async_trait;

use super::Result;

/// A key that signs access tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Named in each token.
    pub id: String,
    /// The private key, PKCS #8; sealed in the store.
    pub pkcs8: Vec<u8>,
    /// When it was made. The newest signs.
    pub created_at: i64,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Keeps the gateway's own secrets, sealed. Each method is atomic.
#[async_trait]
pub trait Keyring: Send + Sync {
    /// All keys, the newest first.
    async fn signing_keys(&self) -> Result<Vec<SigningKey>>;
    /// Adds a key, and forgets those made before `forget`.
    async fn add_signing_key(&self, key: &SigningKey, forget: i64) -> Result<()>;
    /// Seals the key of that id anew; false where it is not as it was.
    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<bool>;
    /// The secret of that name; `fresh` where there is none yet.
    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>>;
    /// All secrets, by name.
    async fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>>;
    /// Seals the secret of that name anew; false where it is not as it was.
    async fn reseal_secret(&self, name: &str, from: &[u8], to: &[u8]) -> Result<bool>;
}
