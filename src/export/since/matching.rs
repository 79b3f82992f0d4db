//! Which rows match a query now. Only the instance can say, so it is asked.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use servicenow::query::{Condition, Operator, Query};
use servicenow::{List, Read, Record};

use crate::access::Guard;
use crate::error::Error;
use crate::instance::Subject;

/// Keys in one question: what fits a URL, a query of some length included.
const KEYS: usize = 100;
/// Questions at once; the rate budget has the last word.
const AT_ONCE: usize = 4;

/// The keys of those that do, among the rows that are the caller's; and how many questions that took.
pub(super) async fn matching(
    guard: &Guard,
    query: &Query,
    keys: &[&str],
) -> Result<(BTreeSet<String>, u64), Error> {
    // Each alternative of the query repeats the keys.
    let most = (KEYS / query.alternatives.len().max(1)).max(1);
    let questions: Vec<String> = keys.chunks(most).map(|keys| keys.join(",")).collect();
    let asked = questions.len() as u64;
    let ask = |keys: String| question(guard, query, keys);
    let answers: Vec<Vec<String>> =
        stream::iter(questions.into_iter().map(ask)).buffered(AT_ONCE).try_collect().await?;
    Ok((answers.into_iter().flatten().collect(), asked))
}

async fn question(guard: &Guard, query: &Query, keys: String) -> Result<Vec<String>, Error> {
    let query = query.clone().also(Condition::new("sys_id", Operator::In, keys));
    let query = guard.narrow(query).await?;
    let read = Read { fields: vec!["sys_id".to_owned()], exclude_reference_link: true, ..Read::default() };
    let list = List { query, read, limit: KEYS as u64, ..List::default() };
    let client = guard.instance.bulk();
    let call = client.list::<Record>(guard.table(), &list);
    let page = guard.instance.call("export_matching", Subject::table(guard.table()), call).await?;
    Ok(page.rows.iter().filter_map(|row| row.value("sys_id")).map(str::to_owned).collect())
}
