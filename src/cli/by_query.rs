//! `update --query` and `delete --query`: counts, asks, then writes.

use anyhow::Result;
use futures::TryStreamExt;
use sncgate_client::Matched;
use sncgate_client::pb::{DeleteRecordsRequest, UpdateRecordsRequest};

use super::args::{Matching, Pair};
use super::connect::Session;
use super::exit::Usage;
use super::results::Results;
use super::{confirm, progress};

/// What is to be done with the records that a query finds.
pub(crate) enum Write {
    Update(UpdateRecordsRequest),
    Delete(DeleteRecordsRequest),
}

/// Fails where flags of --query stand beside sys_ids: above all, --dry-run must not be taken for granted.
pub(crate) fn refuse_flags(matching: &Matching, sets: &[Pair]) -> Result<()> {
    if matching.dry_run || matching.yes || !sets.is_empty() {
        return Err(Usage("--dry-run, --yes and --set go with --query".to_owned()).into());
    }
    Ok(())
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn run(session: &Session, table: String, matching: Matching, write: Write) -> Result<()> {
    let Matching { query, max, dry_run, yes } = matching;
    let query = sncgate_client::Query::encoded(query.unwrap_or_default());
    let (what, done) = match (&write, dry_run) {
        (_, true) => ("", "match, and nothing was written"),
        (Write::Update(_), false) => ("update", "updated"),
        (Write::Delete(_), false) => ("delete", "deleted"),
    };
    let mut max_records = max;
    if !dry_run && !yes {
        let found = session.client.count(&table, query.clone()).await?;
        // More than may be written: the gateway says so. Otherwise no more than the person agreed to.
        if found <= i64::from(max) {
            confirm::ask(&format!("{what} {found} records of {table}?"))?;
            max_records = i32::try_from(found).unwrap_or(max).max(1);
        }
    }
    let query = Some(query.into_message());
    let matched = match write {
        Write::Update(request) => {
            let request = UpdateRecordsRequest { table, query, max_records, dry_run, ..request };
            session.client.update_records(request).await?
        }
        Write::Delete(request) => {
            let request = DeleteRecordsRequest { table, query, max_records, dry_run, ..request };
            session.client.delete_records(request).await?
        }
    };
    let Matched { matched, results: mut found } = matched;
    eprintln!("{matched} records match");
    let mut results = Results::new(session);
    let bar = progress::rows_of(u64::try_from(matched).ok());
    while let Some(result) = found.try_next().await? {
        results.add(result)?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    results.finish(done)
}
