//! Writing many rows, in batches.

use std::collections::HashMap;

use futures::StreamExt as _;

use super::GlideRecord;
use super::pages::sys_ids;
use crate::{Batch, BatchOperation, BatchOptions, BatchOutcome, Error, Fields, Record, Row as _};

/// What became of many rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The sys_ids of the rows that were written, in no order.
    pub done: Vec<String>,
    /// Those that were not, and why: the sys_id, or for an insert without one the row's number.
    pub failed: Vec<(String, Error)>,
}

impl GlideRecord {
    /// Inserts rows, in batches.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if a row cannot be sent; then none is. What goes wrong with single rows is in
    /// [`Written::failed`].
    pub async fn insert_multiple(&self, rows: impl IntoIterator<Item = Fields>) -> Result<Written, Error> {
        let mut batch = self.client.batch(BatchOptions::default());
        for (number, fields) in rows.into_iter().enumerate() {
            let (table, options) = (self.table.to_string(), self.write_options());
            let given = fields.get("sys_id").cloned().flatten().filter(|given| !given.is_empty());
            let id = given.unwrap_or_else(|| number.to_string());
            batch.push(id, BatchOperation::Create { table, fields, options })?;
        }
        Ok(run(batch).await.0)
    }

    /// Writes the changed fields of every row that was read, in batches. Rows without changes are left alone;
    /// those that were written become what was stored.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if a row cannot be sent, or rows were dropped that may have had changes; then none
    /// is sent.
    pub async fn update_multiple(&mut self) -> Result<Written, Error> {
        if self.dropped > 0 {
            return Err(Error::InvalidInput("rows were dropped: it is not rewindable".to_owned()));
        }
        let mut batch = self.client.batch(BatchOptions::default());
        for row in self.rows.iter().filter(|row| row.has_changes() && !row.new) {
            let (table, options) = (self.table.to_string(), self.write_options());
            let (sys_id, fields) = (row.sys_id().unwrap_or_default().to_owned(), row.changes());
            batch.push(sys_id.clone(), BatchOperation::Update { table, sys_id, fields, options })?;
        }
        let (written, mut stored) = run(batch).await;
        for row in &mut self.rows {
            if let Some(record) = row.sys_id().and_then(|sys_id| stored.remove(sys_id)) {
                row.stored(record);
            }
        }
        Ok(written)
    }

    /// Deletes every row that the query matches, up to the limit, in batches. Nothing need have been read.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a query without conditions unless a limit is set, and for one with terms that an
    /// instance drops: it would match more than was meant.
    pub async fn delete_multiple(&mut self) -> Result<Written, Error> {
        let everything = self.query.terms().next().is_none() && self.limit.is_none();
        if everything {
            return Err(Error::InvalidInput("to delete all rows of a table needs a limit".to_owned()));
        }
        if let Some(problem) = self.query.problems().first() {
            return Err(Error::InvalidInput(format!("the query would be misread: {problem}")));
        }
        let mut batch = self.client.batch::<Record>(BatchOptions::default());
        for sys_id in sys_ids(&self.client, self).await? {
            let table = self.table.to_string();
            batch.push(sys_id.clone(), BatchOperation::Delete { table, sys_id })?;
        }
        Ok(run(batch).await.0)
    }
}

/// The report, and the rows that came back.
async fn run(batch: Batch<Record>) -> (Written, HashMap<String, Record>) {
    let (mut written, mut stored) = (Written::default(), HashMap::new());
    let mut results = std::pin::pin!(batch.execute());
    while let Some(result) = results.next().await {
        match result.result {
            Ok(BatchOutcome::Created { sys_id, .. }) => written.done.push(sys_id),
            Ok(BatchOutcome::Updated(record)) => {
                stored.insert(result.id.clone(), record);
                written.done.push(result.id);
            }
            Ok(_) => written.done.push(result.id),
            Err(error) => written.failed.push((result.id, error)),
        }
    }
    (written, stored)
}
