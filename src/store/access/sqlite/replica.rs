//! Nobody shares a SQLite file.

use async_trait::async_trait;
use tokio::sync::mpsc;

use super::Sqlite;
use crate::store::access::{Change, Notice, Replicas, Result};

#[async_trait]
impl Replicas for Sqlite {
    fn follow(&self) -> Option<mpsc::UnboundedReceiver<Notice>> {
        None
    }

    async fn begin_change(&self) -> Result<Change> {
        Ok(Change::holding(self.changes.clone().lock_owned().await))
    }

    async fn ready(&self) -> Result<()> {
        Ok(())
    }
}
