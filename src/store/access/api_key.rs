//! API keys.

use async_trait::async_trait;

use super::Result;

/// A credential for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Part of the key's text.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// For people.
    pub name: String,
    /// The SHA-256 of the key's text.
    pub hash: [u8; 32],
    /// When it ends.
    pub expires_at: i64,
    /// Globs of tables; empty: those of its user.
    pub tables: Vec<String>,
    /// Numbers of operations; empty: those of its user.
    pub operations: Vec<i32>,
    /// When it was made.
    pub created_at: i64,
    /// When it was last used.
    pub last_used_at: Option<i64>,
}

/// Keeps API keys.
#[async_trait]
pub trait ApiKeys: Send + Sync {
    /// Adds a key; false where the user has `most` already.
    async fn create_api_key(&self, key: &ApiKey, most: usize) -> Result<bool>;
    /// The key of that id.
    async fn api_key(&self, id: &str) -> Result<Option<ApiKey>>;
    /// The keys of a user, by name.
    async fn api_keys(&self, user_id: &str) -> Result<Vec<ApiKey>>;
    /// Lets a key end at that time, if that is sooner.
    async fn shorten_api_key(&self, id: &str, expires_at: i64) -> Result<bool>;
    /// Notes that a key was used.
    async fn touch_api_key(&self, id: &str, now: i64) -> Result<()>;
    /// Deletes a key; false where there is none.
    async fn delete_api_key(&self, id: &str) -> Result<bool>;
}
