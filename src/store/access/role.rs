//! Custom roles.

use async_trait::async_trait;

use super::Result;
use crate::pb;

/// Keeps roles by name.
#[async_trait]
pub trait Roles: Send + Sync {
    /// All of them, by name.
    async fn roles(&self) -> Result<Vec<pb::Role>>;
    /// Adds a role; false where the name is taken.
    async fn create_role(&self, role: &pb::Role) -> Result<bool>;
    /// Puts a role in the place of the one of its name; false where there is none.
    async fn replace_role(&self, role: &pb::Role) -> Result<bool>;
    /// Deletes a role; false where there is none.
    async fn delete_role(&self, name: &str) -> Result<bool>;
    /// How many users have it.
    async fn role_holders(&self, name: &str) -> Result<u64>;
}
