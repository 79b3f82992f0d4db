//! Which records of a page an attempt that broke off had updated.
//!
//! A record whose sys_mod_count stands where it stood was not. One whose count has grown was if it shows what was to be
//! written; where it does not, somebody else changed it, and it is written. A record that left its caller's rows since is
//! out of reach whoever did it.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use futures::{StreamExt, TryStreamExt, stream};
use servicenow::query::{Operator, Query};
use servicenow::{List, Page};

use super::Row;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;
use crate::pb::Record;
use crate::records::{self, Change};

/// Keys in one question: what fits a URL.
const KEYS: usize = 100;
/// Records that are looked at at once; the rate budget has the last word.
const AT_ONCE: usize = 8;

/// The rows that are still to be written.
pub(super) async fn without(
    guard: &Guard,
    change: &Change,
    rows: Vec<Row>,
    since: i64,
) -> Result<Vec<Row>, Error> {
    let started = SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(since).unwrap_or(0));
    let counts = counts(guard, &rows).await?;
    let looks = rows.into_iter().map(|row| {
        let counts = &counts;
        async move {
            let grew = counts.get(&row.sys_id).is_some_and(|count| *count > row.mod_count);
            if !grew {
                return Ok(Some(row));
            }
            match records::is_written(guard, &row.sys_id, change, started).await {
                Ok(true) | Err(Error::RecordUnknown { .. }) => Ok(None),
                Ok(false) => Ok(Some(row)),
                Err(error) => Err(error),
            }
        }
    });
    let looked: Vec<Option<Row>> = stream::iter(looks).buffered(AT_ONCE).try_collect().await?;
    Ok(looked.into_iter().flatten().collect())
}

async fn counts(guard: &Guard, rows: &[Row]) -> Result<BTreeMap<String, i64>, Error> {
    let mut counts = BTreeMap::new();
    for rows in rows.chunks(KEYS) {
        let keys: Vec<&str> = rows.iter().map(|row| row.sys_id.as_str()).collect();
        let query = Query::new().and("sys_id", Operator::In, keys.join(","));
        let read = records::plain_read(&["sys_id", "sys_mod_count"]);
        let list = List { query, read, limit: KEYS as u64, ..List::default() };
        let call = guard.instance.bulk().list(guard.table(), &list);
        let page: Page<Record> = guard.instance.call("find", Subject::table(guard.table()), call).await?;
        counts.extend(page.rows.iter().map(super::row).map(|row| (row.sys_id, row.mod_count)));
    }
    Ok(counts)
}
