//! `sncgate create --from`: all records of a file.

use anyhow::{Context, Result};
use sncgate_client::OperationResult;
use sncgate_client::pb::{CreateRecordsRequest, RecordValues};

use super::connect::Session;
use super::import::{Row, Source};
use super::progress;
use super::results::Results;

/// Records of one call: fewer than the gateway takes, so that progress shows and a deadline holds.
const MOST: usize = 250;
/// Bytes of one call, about.
const MOST_BYTES: usize = 2 * 1024 * 1024;

pub(crate) async fn run(session: &Session, table: String, file: String, input_display: bool) -> Result<()> {
    let source = Source::new(file.into(), None)?;
    // A file is read twice, so that nothing is created of one that is broken further down.
    let bar = progress::rows_of(source.count()?);
    let mut rows = source.rows()?;
    let mut results = Results::new(session);
    let mut sent = 0;
    loop {
        let records = take(&mut rows)?;
        if records.is_empty() {
            break;
        }
        let count = records.len();
        let request = CreateRecordsRequest {
            table: table.clone(),
            records,
            input_display_value: input_display,
            ..CreateRecordsRequest::default()
        };
        let answer = session.client.create_records(request).await;
        let answer = answer.with_context(|| format!("after the results of {sent} records"))?;
        for (place, result) in answer.results.into_iter().enumerate() {
            results.add(OperationResult { id: (sent + place + 1).to_string(), ..result })?;
        }
        sent += count;
        bar.inc(count as u64);
    }
    bar.finish_and_clear();
    results.finish("created")
}

/// The records of the next call.
fn take(rows: &mut dyn Iterator<Item = Result<Row>>) -> Result<Vec<RecordValues>> {
    let (mut records, mut bytes) = (Vec::new(), 0);
    while records.len() < MOST && bytes < MOST_BYTES {
        let Some(fields) = rows.next() else { break };
        let fields = fields?;
        bytes += fields.iter().map(|(name, value)| name.len() + value.len()).sum::<usize>();
        records.push(RecordValues { fields });
    }
    Ok(records)
}
