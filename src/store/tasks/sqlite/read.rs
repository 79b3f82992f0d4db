//! Tasks by id, by age and by revision.

use prost::Message;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::{Task, TaskFilter};
use crate::pb;

/// What [`task`] reads; one more column may come before.
pub(super) const COLUMNS: &str = "message, state, revision, attempts, owner_id, key_id, due_at, checkpoint, worker, \
                                  lease_until, fence, claimed_at";

/// A task from the columns after the first `skipped`.
pub(super) fn task(row: &Row<'_>, skipped: usize) -> rusqlite::Result<Task> {
    let bytes: Vec<u8> = row.get(skipped)?;
    let broken = |error| rusqlite::Error::FromSqlConversionFailure(skipped, Type::Blob, Box::new(error));
    let mut message = pb::Task::decode(bytes.as_slice()).map_err(broken)?;
    message.state = row.get(skipped + 1)?;
    message.revision = row.get(skipped + 2)?;
    message.attempt_count = row.get(skipped + 3)?;
    Ok(Task {
        message,
        owner_id: row.get(skipped + 4)?,
        key_id: row.get(skipped + 5)?,
        due_at: row.get(skipped + 6)?,
        checkpoint: row.get(skipped + 7)?,
        worker: row.get(skipped + 8)?,
        lease_until: row.get(skipped + 9)?,
        fence: row.get(skipped + 10)?,
        claimed_at: row.get(skipped + 11)?,
    })
}

pub(super) fn by_id(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<Option<Task>> {
    let sql = format!("SELECT {COLUMNS} FROM tasks WHERE id=?1");
    transaction.prepare_cached(&sql)?.query_row([id], |row| task(row, 0)).optional()
}

pub(super) fn newest(
    transaction: &Transaction<'_>,
    filter: &TaskFilter,
    before: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, Task)>> {
    let sql = format!(
        "SELECT born, {COLUMNS} FROM tasks WHERE born<?1 AND (?2 IS NULL OR owner_id=?2) ORDER BY born DESC"
    );
    collect(transaction, &sql, filter, before, limit)
}

pub(super) fn after(
    transaction: &Transaction<'_>,
    filter: &TaskFilter,
    after: i64,
    limit: usize,
) -> rusqlite::Result<Vec<Task>> {
    let sql = format!(
        "SELECT born, {COLUMNS} FROM tasks WHERE revision>?1 AND (?2 IS NULL OR owner_id=?2) ORDER BY revision"
    );
    Ok(collect(transaction, &sql, filter, after, limit)?.into_iter().map(|(_, task)| task).collect())
}

/// Row by row, until there are enough that match.
fn collect(
    transaction: &Transaction<'_>,
    sql: &str,
    filter: &TaskFilter,
    bound: i64,
    limit: usize,
) -> rusqlite::Result<Vec<(i64, Task)>> {
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query(params![bound, filter.owner_id])?;
    let mut found = Vec::new();
    while found.len() < limit
        && let Some(row) = rows.next()?
    {
        let one = task(row, 1)?;
        if filter.matches(&one) {
            found.push((row.get(0)?, one));
        }
    }
    Ok(found)
}
