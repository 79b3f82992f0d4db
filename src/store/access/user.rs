//! Users.

use async_trait::async_trait;

use super::Result;

/// Somebody, or something, that may call the gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Stays where the name changes.
    pub id: String,
    /// Unique.
    pub username: String,
    /// For people.
    pub display_name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Nobody can act as them.
    pub disabled: bool,
    /// The Argon2id hash, as a PHC string; none where there is no password.
    pub password_hash: Option<String>,
    /// The password was set by somebody else.
    pub must_change_password: bool,
    /// When it was created.
    pub created_at: i64,
    /// When they last signed in.
    pub last_login_at: Option<i64>,
}

impl User {
    /// The issuer whose tokens they call with; none for a user of this gateway. Ids that are made here have no bar.
    pub fn issuer(&self) -> Option<&str> {
        self.id.split_once('|').map(|(issuer, _)| issuer)
    }
}

/// Keeps users.
#[async_trait]
pub trait Users: Send + Sync {
    /// Adds a user; false where the name is taken.
    async fn create_user(&self, user: &User) -> Result<bool>;
    /// The user of that name.
    async fn user_by_name(&self, username: &str) -> Result<Option<User>>;
    /// The user of that id.
    async fn user(&self, id: &str) -> Result<Option<User>>;
    /// Users by name, those after `after`.
    async fn users(&self, after: &str, limit: u64) -> Result<Vec<User>>;
    /// Puts a user in the place of the one of its id; false where there is none.
    async fn replace_user(&self, user: &User) -> Result<bool>;
    /// Notes that a user signed in; the user as they are now, if they are there. It changes nothing of what they may do.
    async fn signed_in(&self, id: &str, at: i64) -> Result<Option<User>>;
    /// Deletes a user with sessions and keys; false where there is none.
    async fn delete_user(&self, id: &str) -> Result<bool>;
}
