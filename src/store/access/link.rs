//! Accounts that people linked at instances, and links that are being made. Tokens come here sealed.

use async_trait::async_trait;

use super::Result;

/// A user's own account at an instance.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    /// The user of the gateway.
    pub user_id: String,
    /// The instance.
    pub instance: String,
    /// Random: tells a link from one that took its place.
    pub id: String,
    /// The user of the instance, by `user_name`.
    pub account: String,
    /// Sealed.
    pub tokens: Vec<u8>,
    /// Counts the changes, from 1.
    pub version: i64,
    /// When it was made.
    pub created_at: i64,
    /// When its tokens were last renewed.
    pub renewed_at: i64,
    /// Since when the instance refuses them.
    pub broken_at: Option<i64>,
}

/// A step of the way to a link. Its key is the hash of what must be brought to go on.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkAttempt {
    /// Of a secret.
    pub key: [u8; 32],
    /// Who began.
    pub user_id: String,
    /// In which session.
    pub session_id: String,
    /// With which instance.
    pub instance: String,
    /// What the next step needs, sealed.
    pub sealed: Vec<u8>,
    /// It is not there any more from then on.
    pub expires_at: i64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Link");
        shown.field("user_id", &self.user_id).field("instance", &self.instance);
        shown.field("account", &self.account).field("version", &self.version).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for LinkAttempt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("LinkAttempt");
        shown.field("user_id", &self.user_id).field("instance", &self.instance).finish_non_exhaustive()
    }
}

/// Keeps links. Each method is atomic; a user takes links and attempts along.
#[async_trait]
pub trait Links: Send + Sync {
    /// Adds a step. The user's oldest go where there are then more than `most`; what has expired goes in any case.
    async fn add_link_attempt(&self, attempt: &LinkAttempt, now: i64, most: usize) -> Result<()>;
    /// Takes a step away, where it is there and has not expired: nobody takes it twice.
    async fn take_link_attempt(&self, key: &[u8; 32], now: i64) -> Result<Option<LinkAttempt>>;
    /// Makes a link; the one that it took the place of.
    async fn put_link(&self, link: &Link) -> Result<Option<Link>>;
    /// The link of a user with an instance.
    async fn link(&self, user_id: &str, instance: &str) -> Result<Option<Link>>;
    /// The links of a user, by instance.
    async fn links(&self, user_id: &str) -> Result<Vec<Link>>;
    /// Changes a link; false where the one of that id has not the version before.
    async fn replace_link(&self, link: &Link) -> Result<bool>;
    /// Removes a link.
    async fn delete_link(&self, user_id: &str, instance: &str) -> Result<Option<Link>>;
    /// Links of all users, by user and instance, those after that one.
    async fn links_after(&self, user_id: &str, instance: &str, limit: u64) -> Result<Vec<Link>>;
}
