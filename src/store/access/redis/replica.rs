//! What gateways on one Redis owe each other.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Shared;
use crate::store::access::{Change, Notice, Replicas, Result};

#[async_trait]
impl Replicas for Shared {
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<Notice>> {
        Some(self.redis.follow())
    }

    async fn begin_change(&self) -> Result<Change> {
        self.redis.take_turn().await.map(Change::holding)
    }

    async fn ready(&self) -> Result<()> {
        self.redis.ask::<String>(&redis::cmd("PING")).await.map(drop)
    }
}
