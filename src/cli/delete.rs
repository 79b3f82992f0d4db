//! `sncgate delete`.

use anyhow::{Context, Result};
use sncgate_client::pb::{DeleteRecordRequest, DeleteRecordsRequest};

use super::by_query::Write;
use super::connect::Session;
use super::exit::Usage;
use super::{args, by_query};

/// One after the other; stops at the first that cannot be deleted, and says which.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn run(session: &Session, arguments: args::Delete) -> Result<()> {
    let args::Delete { table, sys_ids, matching, etag, allow_missing } = arguments;
    if matching.query.is_some() {
        let request = DeleteRecordsRequest::default();
        return by_query::run(session, table, matching, Write::Delete(request)).await;
    }
    by_query::refuse_flags(&matching, &[])?;
    if etag.is_some() && sys_ids.len() > 1 {
        return Err(Usage("--etag belongs to one record: name one".to_owned()).into());
    }
    for (deleted, sys_id) in sys_ids.iter().enumerate() {
        let request = DeleteRecordRequest {
            table: table.clone(),
            sys_id: sys_id.clone(),
            etag: etag.clone().unwrap_or_default(),
            allow_missing,
            ..Default::default()
        };
        let outcome = session.client.delete_record(request).await;
        outcome.with_context(|| format!("{deleted} of {} deleted; {sys_id}", sys_ids.len()))?;
    }
    eprintln!("{} deleted", sys_ids.len());
    Ok(())
}
