//! How an export is cut into parts that can be read at once.

use std::sync::Arc;

use columnar::Columns;
use futures::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use servicenow::query::{Condition, Operator, Order, Query};
use servicenow::{List, Read, Record};

use super::Spec;
use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;

/// Rows that are worth a part of their own: reading them takes a few pages.
const ROWS_PER_RANGE: u64 = 25_000;
/// Most parts. A range's bound costs the instance a skip over all rows before it.
const MOST_RANGES: u64 = 64;
/// How many bounds are looked up at once; the rate budget has the last word.
const AT_ONCE: usize = 4;

/// Which rows an export has and how they are read.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What to export.
    pub spec: Spec,
    /// Its columns.
    pub columns: Arc<Columns>,
    /// How many rows match, hidden ones included.
    pub expected: u64,
    /// Parts that together are the whole, in the order of their rows; at least one.
    pub ranges: Vec<Range>,
}

/// Rows by their sys_id.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// Those after this one; from the first on where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub after: String,
    /// Those up to and including this one; to the end where it is empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub through: String,
}

impl Range {
    /// The query, for rows of this range only as far as its end is concerned: readers start by key.
    pub(super) fn bound(&self, query: &Query) -> Query {
        if self.through.is_empty() {
            return query.clone();
        }
        query.clone().also(Condition::new("sys_id", Operator::LessOrEqual, self.through.as_str()))
    }
}

/// Plans an export. `most` bounds the number of parts; it costs one request for each of them.
pub async fn plan(guard: &Guard, spec: Spec, most: Option<u64>) -> Result<Plan, Error> {
    let columns = super::columns(guard, &spec).await?;
    let query = guard.narrow(spec.query.clone()).await?;
    let expected = count(guard, &query).await?;
    let parts = (expected / ROWS_PER_RANGE).clamp(1, MOST_RANGES).min(most.unwrap_or(MOST_RANGES)).max(1);
    let ranges = ranges(bounds(guard, &query, expected, parts).await?);
    Ok(Plan { spec, columns, expected, ranges })
}

async fn count(guard: &Guard, query: &Query) -> Result<u64, Error> {
    let list = List { count: true, limit: 1, ..key_only(query) };
    let client = guard.instance.bulk();
    let call = client.list::<Record>(guard.table(), &list);
    let page = guard.instance.call("export_count", Subject::table(guard.table()), call).await?;
    Ok(page.total.unwrap_or(page.rows.len() as u64))
}

/// The keys between parts of equal size, as far as they can be seen.
async fn bounds(guard: &Guard, query: &Query, expected: u64, parts: u64) -> Result<Vec<String>, Error> {
    let offsets = (1..parts).map(|part| expected / parts * part);
    let lookups = offsets.map(|offset| bound(guard, query, offset));
    let found: Vec<_> = stream::iter(lookups).buffered(AT_ONCE).try_collect().await?;
    Ok(found.into_iter().flatten().collect())
}

async fn bound(guard: &Guard, query: &Query, offset: u64) -> Result<Option<String>, Error> {
    let list = List { limit: 1, offset, ..key_only(query) };
    let client = guard.instance.bulk();
    let call = client.list::<Record>(guard.table(), &list);
    let page = guard.instance.call("export_sample", Subject::table(guard.table()), call).await?;
    Ok(page.rows.first().and_then(|row| row.value("sys_id")).map(str::to_owned))
}

fn key_only(query: &Query) -> List {
    let mut query = query.clone();
    query.order = vec![Order { field: "sys_id".to_owned(), descending: false }];
    let read = Read { fields: vec!["sys_id".to_owned()], exclude_reference_link: true, ..Read::default() };
    List { query, read, ..List::default() }
}

/// Rows that come or go while bounds are looked up may move them: what is not ascending is no bound.
fn ranges(bounds: Vec<String>) -> Vec<Range> {
    let mut ranges = Vec::with_capacity(bounds.len() + 1);
    let mut after = String::new();
    for through in bounds {
        if through.to_lowercase() > after.to_lowercase() {
            ranges.push(Range { after, through: through.clone() });
            after = through;
        }
    }
    ranges.push(Range { after, through: String::new() });
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_leave_no_gap_whatever_the_bounds() {
        for bounds in [vec![], vec!["b"], vec!["a", "c"], vec!["b", "b", "a", "c"]] {
            let ranges = ranges(bounds.iter().map(|&bound| bound.to_owned()).collect());
            assert_eq!(ranges[0].after, "", "{bounds:?}");
            assert_eq!(ranges.last().unwrap().through, "", "{bounds:?}");
            for pair in ranges.windows(2) {
                assert_eq!(pair[0].through, pair[1].after, "{bounds:?}");
                assert!(pair[0].after < pair[0].through, "{bounds:?}");
            }
        }
    }

    #[test]
    fn a_range_bounds_every_alternative() {
        let range = Range { after: "a".to_owned(), through: "c".to_owned() };
        let query = range.bound(&Query::parse("active=true^NQpriority=1"));
        assert_eq!(query.to_string(), "active=true^sys_id<=c^NQpriority=1^sys_id<=c");
    }
}
