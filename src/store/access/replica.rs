//! What gateways that share a store owe each other.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Result;

/// What a gateway that shares the store has to know at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// What others do from now on is heard; what they did before may have been missed.
    Following,
    /// What others do is not heard any more: nothing that is remembered may be trusted.
    Lost,
    /// A session or key was ended or changed by another gateway.
    Credential(String),
    /// What a user may do was changed by another gateway.
    User(String),
    /// A role was changed by another gateway.
    Roles,
    /// There is a new signing key.
    SigningKeys,
    /// The audit log has grown to this.
    Audit(i64),
}

/// Held by whoever changes users and roles: all such changes are checked against all users and roles, so that one is
/// made at a time. Given up when dropped.
#[must_use]
pub struct Change {
    _held: Box<dyn Send + Sync>,
}

impl Change {
    pub(in crate::store) fn holding(held: impl Send + Sync + 'static) -> Self {
        Change { _held: Box::new(held) }
    }
}

/// Keeps gateways that share the store together.
#[async_trait]
pub trait Replicas: Send + Sync {
    /// What others do; none where nobody else can. It says nothing until [`Notice::Following`].
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<Notice>>;
    /// Waits until nobody else changes users or roles.
    async fn begin_change(&self) -> Result<Change>;
    /// Fails where the store does not answer.
    async fn ready(&self) -> Result<()>;
}
