//! DoGet: the rows of one ticket, as they arrive.

use std::time::SystemTime;

use arrow_array::RecordBatch;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, Ticket};
use async_stream::stream;
use futures::{Stream, StreamExt};
use tokio::sync::oneshot::{self, Receiver, Sender};
use tonic::{Response, Status};

use super::running::Entry;
use super::{Answers, Face};
use crate::access::Caller;
use crate::error::Error;
use crate::export::{self, Reading, Report};

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    ticket: &Ticket,
) -> Result<Response<Answers<FlightData>>, Status> {
    let grant = face.key.verify(&ticket.ticket, SystemTime::now())?;
    grant.check(caller.principal()?).map_err(Error::from)?;
    let spec = grant.command.spec()?;
    let entry = face.running.enter(&grant, &face.drain)?;
    let start = async {
        let guard = face.guard(caller, &grant.command).await?;
        let columns = export::columns(&guard, &spec).await?;
        let schema = columns.schema().clone();
        let reading = export::read(&guard, &spec, columns, &grant.range, entry.stop().clone()).await?;
        Ok((schema, reading))
    };
    let (schema, reading) = face.until(start).await?;

    let (report, last) = oneshot::channel();
    let batches = batches(reading, entry, report);
    let batches = batches.map(|batch| batch.map_err(|status| FlightError::Tonic(Box::new(status))));
    // Labels stay labels: pandas and polars make categories of them.
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(batches)
        .map(|data| data.map_err(Status::from));
    Ok(Response::new(reported(encoded, last).boxed()))
}

/// The reading's rows; its report goes to `report` when it came to its end.
fn batches(
    mut reading: Reading,
    entry: Entry,
    report: Sender<Report>,
) -> impl Stream<Item = Result<RecordBatch, Status>> + Send {
    stream! {
        while let Some(batch) = reading.next().await {
            entry.note(reading.report());
            match batch {
                Err(Error::Draining) if entry.is_cancelled() => {
                    return yield Err(super::running::cancelled());
                }
                Err(error) => return yield Err(error.into()),
                Ok(batch) => yield Ok(batch),
            }
        }
        // Nobody listens where the caller is gone.
        let _ = report.send(reading.report().clone());
    }
}

/// Puts the report as JSON beside the last message: a stream that lacks it is not whole. A message of its own would be
/// simpler, but not every client takes one that is no batch.
fn reported(
    data: impl Stream<Item = Result<FlightData, Status>> + Send,
    last: Receiver<Report>,
) -> impl Stream<Item = Result<FlightData, Status>> + Send {
    stream! {
        let mut held: Option<FlightData> = None;
        for await message in data {
            let message = match message {
                Ok(message) => message,
                Err(status) => return yield Err(status),
            };
            if let Some(before) = held.replace(message) {
                yield Ok(before);
            }
        }
        if let (Some(message), Ok(report)) = (held, last.await) {
            let text = serde_json::to_vec(&report).expect("a struct of text and numbers serializes");
            yield Ok(message.with_app_metadata(text));
        }
    }
}
