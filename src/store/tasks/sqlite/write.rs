//! Adding and replacing tasks.

use prost::Message;
use rusqlite::{OptionalExtension, Transaction, params};

use super::read::{self, COLUMNS};
use super::{Added, Replaced, Task, is_finished, next};
use crate::moment;
use crate::pb::TaskState;

pub(super) fn add(transaction: &Transaction<'_>, task: Task, most: usize) -> rusqlite::Result<Added> {
    let twin = read::by_id(transaction, &task.message.id)?;
    if let Some(known) = twin.map_or_else(|| holder(transaction, &task), |twin| Ok(Some(twin)))? {
        return Ok(Added::Exists(Box::new(known)));
    }
    if unfinished(transaction, &task.owner_id)? >= most {
        return Ok(Added::Full);
    }
    let revision = next(transaction)?;
    let message = &task.message;
    transaction
        .prepare_cached(
            "INSERT INTO tasks (id, born, revision, owner_id, key_id, kind, state, priority, due_at, ended_at, \
             unique_key, worker, lease_until, fence, claimed_at, attempts, checkpoint, message) \
             VALUES (?1,?2,?2,?3,?4,?5,?6,?7,?8,NULL,?9,'',0,0,0,0,?10,?11)",
        )?
        .execute(params![
            message.id,
            revision,
            task.owner_id,
            task.key_id,
            message.kind,
            message.state,
            message.priority,
            task.due_at,
            message.unique_key,
            task.checkpoint,
            message.encode_to_vec(),
        ])?;
    Ok(Added::New(revision))
}

pub(super) fn replace(transaction: &Transaction<'_>, task: Task, most: usize) -> rusqlite::Result<Replaced> {
    let message = &task.message;
    let sql = "SELECT state FROM tasks WHERE id=?1 AND revision=?2";
    let before: Option<i32> = transaction
        .prepare_cached(sql)?
        .query_row(params![message.id, message.revision], |row| row.get(0))
        .optional()?;
    let Some(before) = before else { return Ok(Replaced::Changed) };
    let was_finished = is_finished(TaskState::try_from(before).unwrap_or_default());
    if was_finished && !is_finished(message.state()) {
        if holder(transaction, &task)?.is_some() {
            return Ok(Replaced::KeyTaken);
        }
        if unfinished(transaction, &task.owner_id)? >= most {
            return Ok(Replaced::Full);
        }
    }
    let revision = next(transaction)?;
    let ended_at = message.end_time.as_ref().map(moment::millis);
    transaction
        .prepare_cached(
            "UPDATE tasks SET revision=?2, state=?3, priority=?4, due_at=?5, ended_at=?6, worker=?7, lease_until=?8, \
             attempts=?9, checkpoint=?10, message=?11 WHERE id=?1",
        )?
        .execute(params![
            message.id,
            revision,
            message.state,
            message.priority,
            task.due_at,
            ended_at,
            task.worker,
            task.lease_until,
            message.attempt_count,
            task.checkpoint,
            message.encode_to_vec(),
        ])?;
    Ok(Replaced::Done(revision))
}

/// The unfinished task that has the unique key of this one.
fn holder(transaction: &Transaction<'_>, task: &Task) -> rusqlite::Result<Option<Task>> {
    if task.message.unique_key.is_empty() {
        return Ok(None);
    }
    let sql = format!(
        "SELECT {COLUMNS} FROM tasks WHERE owner_id=?1 AND unique_key=?2 AND unique_key<>'' AND state IN (1,2,3,4)"
    );
    let key = params![task.owner_id, task.message.unique_key];
    transaction.prepare_cached(&sql)?.query_row(key, |row| read::task(row, 0)).optional()
}

fn unfinished(transaction: &Transaction<'_>, owner_id: &str) -> rusqlite::Result<usize> {
    let sql = "SELECT count(*) FROM tasks WHERE owner_id=?1 AND state IN (1,2,3,4)";
    let count: i64 = transaction.prepare_cached(sql)?.query_row([owner_id], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}
