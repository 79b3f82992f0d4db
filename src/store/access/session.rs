//! Sessions, and the refresh tokens that keep them alive.

use async_trait::async_trait;

use super::Result;

/// The SHA-256 of an opaque secret.
type Hash = [u8; 32];

/// A sign-in that lasts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Random.
    pub id: String,
    /// Whose.
    pub user_id: String,
    /// What signed in.
    pub device: String,
    /// From where.
    pub address: String,
    /// When.
    pub created_at: i64,
    /// When its tokens were last refreshed.
    pub last_used_at: i64,
    /// When it ends if it is not used.
    pub idle_expires_at: i64,
    /// When it ends in any case.
    pub expires_at: i64,
    /// When it was ended.
    pub revoked_at: Option<i64>,
}

/// A session, and the first token of its family.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// The session.
    pub session: Session,
    /// Of the first refresh token.
    pub token: Hash,
    /// Most sessions of the user that live at once; the longest unused are ended.
    pub most: usize,
}

/// One token for the next.
#[derive(Clone, Copy, Debug)]
pub struct RotationRequest {
    /// Of the token that is used.
    pub token: Hash,
    /// Of its successor.
    pub successor: Hash,
    /// When.
    pub now: i64,
    /// How long the session may stay unused from now.
    pub idle: i64,
    /// How long after its first use a token gives its successor again.
    pub grace: i64,
}

/// What became of a rotation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// No such token.
    Unknown,
    /// The token, or its session, is too old.
    Expired,
    /// The session was ended before.
    Revoked,
    /// The token is used up, and its successor is there.
    Rotated(Session),
    /// It was used a moment ago, and its successor is unused: the answer was lost.
    Repeated(Session),
    /// It was used before: somebody has a copy. The session is ended now.
    Reused(Session),
}

/// Keeps sessions. Each method is atomic.
#[async_trait]
pub trait Sessions: Send + Sync {
    /// Opens a session; the ids of those that were ended for it.
    async fn open_session(&self, new: &NewSession) -> Result<Vec<String>>;
    /// The session of that id, ended ones included.
    async fn session(&self, id: &str) -> Result<Option<Session>>;
    /// The sessions of a user that live at `now`, the last used first.
    async fn sessions(&self, user_id: &str, now: i64) -> Result<Vec<Session>>;
    /// Uses a refresh token.
    async fn rotate(&self, request: RotationRequest) -> Result<Rotation>;
    /// Ends a session; false where it is not there or was ended before.
    async fn end_session(&self, id: &str, now: i64) -> Result<bool>;
    /// Ends all sessions of a user but one; their ids.
    async fn end_sessions(&self, user_id: &str, except: Option<&str>, now: i64) -> Result<Vec<String>>;
    /// Forgets sessions that ended before that.
    async fn forget_sessions(&self, before: i64) -> Result<u64>;
}
