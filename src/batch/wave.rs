//! Operations that are sent together, until each of them is done.

use std::collections::HashMap;
use std::sync::Arc;

use async_stream::stream;
use futures::Stream;
use servicenow::{BatchOperation, BatchOptions, BatchOutcome, BatchResult, Error as Reported};

use super::check::{Checked, Told, lookup};
use super::engine::Placed;
use super::{Outcome, Report};
use crate::error::{Error, Peer};
use crate::instance::{Instance, Subject};
use crate::pb::Record;

/// The most operations of a wave: as many as one request takes.
pub(super) const MOST: usize = 100;

/// What comes of a wave.
pub(super) enum Event {
    /// An operation is done; the next one on its record may go.
    Done(Option<String>, Placed),
    /// The wave is over.
    Over,
}

/// Sends the operations, and tells of each as soon as it is done.
pub(super) fn wave(instance: Arc<Instance>, operations: Vec<Checked>) -> impl Stream<Item = Event> + Send {
    stream! {
        // Creates that were refused, perhaps because an earlier call made the record.
        let mut refused = Vec::new();
        let journals = operations.iter().flat_map(|operation| operation.journals.iter().cloned()).collect();
        let operations = operations.into_iter().map(|checked| (checked.told, checked.operation)).collect();
        for await (told, result) in send(&instance, operations, journals) {
            match outcome(&instance, &told, result) {
                Err(error) if may_be_there(&told, &error) => {
                    let lookup = lookup(&told);
                    refused.push(((told, error), lookup));
                }
                outcome => yield done(&instance, told, outcome),
            }
        }
        if !refused.is_empty() {
            for await ((told, error), result) in send(&instance, refused, Vec::new()) {
                let found = match result {
                    Ok(BatchOutcome::Row(record)) => Ok(Outcome::Record(record)),
                    _ => Err(error),
                };
                yield done(&instance, told, found);
            }
        }
        yield Event::Over;
    }
}

/// Sends operations as the ServiceNow client does: again where that is safe, and each reported once. What goes with an
/// operation comes back with its result.
fn send<'a, T: Send + 'a>(
    instance: &'a Instance,
    operations: Vec<(T, BatchOperation)>,
    journals: Vec<String>,
) -> impl Stream<Item = (T, Result<BatchOutcome<Record>, Reported>)> + Send + 'a {
    stream! {
        let mut options = BatchOptions { max_operations: MOST, ..BatchOptions::default() };
        options.journal_fields.extend(journals);
        let mut batch = instance.bulk().batch::<Record>(options);
        let mut members = HashMap::new();
        for (number, (member, operation)) in operations.into_iter().enumerate() {
            match batch.push(number.to_string(), operation) {
                Ok(()) => {
                    members.insert(number.to_string(), member);
                }
                Err(error) => yield (member, Err(error)),
            }
        }
        for await BatchResult { id, result } in batch.execute() {
            if let Some(member) = members.remove(&id) {
                yield (member, result);
            }
        }
    }
}

fn outcome(
    instance: &Instance,
    told: &Told,
    result: Result<BatchOutcome<Record>, Reported>,
) -> Result<Outcome, Error> {
    use BatchOutcome::{Created, Deleted, Page, Row, Updated};
    match result {
        Ok(Row(record) | Created { row: record, .. } | Updated(record)) => Ok(Outcome::Record(record)),
        Ok(Deleted) => Ok(Outcome::Deleted),
        Ok(Page(_)) => Err(Error::internal("a page came for an operation on one record")),
        Err(Reported::NotFound(_)) if told.allow_missing => Ok(Outcome::Deleted),
        // Names were checked before: what is left to refuse is an operation of megabytes.
        Err(Reported::InvalidInput(problem)) => Err(Error::invalid("operations", problem)),
        Err(error) => {
            let subject = match &told.record {
                Some(sys_id) => Subject::record(&told.table, sys_id),
                None => Subject::table(&told.table),
            };
            Err(instance.failure(subject, error))
        }
    }
}

/// Whether a create was refused in a way that a record which is there already makes.
fn may_be_there(told: &Told, error: &Error) -> bool {
    let refused = matches!(
        error,
        Error::Instance {
            peer: Peer::Rejected { .. } | Peer::Forbidden { .. } | Peer::BadRequest { .. },
            ..
        }
    );
    told.may_exist.is_some() && refused
}

fn done(instance: &Instance, told: Told, mut outcome: Result<Outcome, Error>) -> Event {
    if let Ok(Outcome::Record(record)) = &mut outcome {
        told.guard.redact(record);
    }
    let ended = if outcome.is_ok() { "ok" } else { "error" };
    metrics::counter!("sncgate_batch_operations_total", "instance" => instance.name().to_owned(), "operation" => told.kind, "outcome" => ended)
        .increment(1);
    Event::Done(told.record, (Report { id: told.id, outcome }, told.place))
}
