//! Who gets which task.

use rusqlite::{OptionalExtension, Transaction, params, params_from_iter};

use super::{Claim, Claimed, read};
use crate::pb::TaskState;

pub(super) fn some(
    transaction: &Transaction<'_>,
    claim: &Claim,
    most: usize,
) -> rusqlite::Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    while claimed.len() < most
        && let Some(one) = next(transaction, claim)?
    {
        claimed.push(one);
    }
    Ok(claimed)
}

fn next(transaction: &Transaction<'_>, claim: &Claim) -> rusqlite::Result<Option<Claimed>> {
    let Some(id) = runnable(transaction, claim)? else { return Ok(None) };
    let Some(before) = read::by_id(transaction, &id)? else { return Ok(None) };
    let revision = super::next(transaction)?;
    transaction
        .prepare_cached(
            "UPDATE tasks SET state=2, worker=?2, lease_until=?3, claimed_at=?4, revision=?5, fence=fence+1, \
             attempts=attempts+1 WHERE id=?1",
        )?
        .execute(params![id, claim.worker, claim.until, claim.now, revision])?;
    let taken_from =
        (before.message.state() == TaskState::Running).then(|| (before.worker.clone(), before.claimed_at));
    let task = read::by_id(transaction, &id)?;
    Ok(task.map(|task| Claimed { task, taken_from }))
}

fn runnable(transaction: &Transaction<'_>, claim: &Claim) -> rusqlite::Result<Option<String>> {
    let places: Vec<String> = (0..claim.kinds.len()).map(|place| format!("?{}", place + 2)).collect();
    let sql = format!(
        "SELECT id FROM tasks WHERE state IN (1, 2, 4) AND (CASE state WHEN 2 THEN lease_until ELSE due_at END) <= ?1 \
         AND kind IN ({}) ORDER BY priority DESC, due_at, born LIMIT 1",
        places.join(",")
    );
    let mut values: Vec<rusqlite::types::Value> = vec![claim.now.into()];
    values.extend(claim.kinds.iter().cloned().map(Into::into));
    transaction.prepare_cached(&sql)?.query_row(params_from_iter(values), |row| row.get(0)).optional()
}
