//! The embedded store: tables in the gateway's one file.

mod api_key;
mod attempt;
mod audit;
mod keyring;
mod link;
mod replica;
mod role;
mod row_count;
mod session;
mod user;

use std::sync::Arc;

use rusqlite::Connection;

use super::Result;
use crate::store::database::Database;

/// The tables of access control.
#[derive(Clone)]
pub(in crate::store) struct Sqlite {
    database: Arc<Database>,
    /// Held while users or roles are changed.
    changes: Arc<tokio::sync::Mutex<()>>,
}

impl Sqlite {
    pub(in crate::store) fn new(database: Arc<Database>) -> Self {
        Sqlite { database, changes: Arc::default() }
    }

    /// Runs `work` in a transaction, on a thread that may block.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        self.database.run(move |transaction| work(transaction)).await
    }
}

/// A list of short texts in one column.
fn joined(texts: &[String]) -> String {
    texts.join(" ")
}

/// The list back.
fn split(text: &str) -> Vec<String> {
    text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
