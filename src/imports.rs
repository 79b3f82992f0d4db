//! Import sets: rows into a staging table, one result for each, in their order.
//!
//! A handful of rows is under way at once, so that the instance's answers do not have to travel one by one; rows that
//! may become the same record come one after the other. A row is sent again only where the instance cannot have seen it: what was transformed twice could not be told apart.

mod keys;
mod rows;
mod turns;

use std::sync::Arc;

use futures::{Stream, StreamExt};
use servicenow::{Fields, ImportReply};

use crate::error::Error;
use crate::instance::Instance;
use crate::schema;

pub use keys::Coalescing;

use turns::Turns;

/// Rows of one call that are under way at once.
const IN_FLIGHT: usize = 4;

/// A row, and what became of it.
#[derive(Debug)]
pub struct Imported {
    /// Its place among all rows, from 0.
    pub index: u64,
    /// What the transform maps did, or why it was not taken in.
    pub outcome: Result<ImportReply, NotImported>,
}

/// Why a row was not taken in, as far as is known.
#[derive(Debug)]
pub struct NotImported {
    /// What happened.
    pub error: Error,
    /// The answer was lost: the row may have been taken in all the same.
    pub lost: bool,
}

/// Fails with [`Error::TableUnknown`] where the staging table is not there.
pub async fn check_table(instance: &Instance, table: &str) -> Result<(), Error> {
    schema::table(instance, table).await.map(|_| ())
}

/// Imports rows as they come. An error of the caller's stream comes after the results of the rows before it, and is the
/// end.
pub fn import(
    instance: Arc<Instance>,
    table: String,
    coalescing: Coalescing,
    rows: impl Stream<Item = Result<Fields, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Imported, Error>> + Send + 'static {
    let mut turns = Turns::default();
    let mut next = 0;
    rows.map(move |row| {
        let (instance, table, index) = (instance.clone(), table.clone(), next);
        next += 1;
        let row = row.map(|row| (turns.next(coalescing.keys(&row)), row));
        async move {
            let (mut turn, row) = row?;
            turn.come().await;
            let outcome = rows::import(&instance, &table, &row).await;
            Ok(Imported { index, outcome })
        }
    })
    .buffered(IN_FLIGHT)
}
