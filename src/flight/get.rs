//! DoGet: the rows of one ticket, as they arrive.

use std::time::SystemTime;

use arrow_array::RecordBatch;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, Ticket};
use async_stream::stream;
use futures::{Stream, StreamExt};
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

    let (report, last) = tokio::sync::oneshot::channel();
    let batches = batches(reading, entry, report);
    let batches = batches.map(|batch| batch.map_err(|status| FlightError::Tonic(Box::new(status))));
    // Labels stay labels: pandas and polars make categories of them.
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(batches)
        .map(|data| data.map_err(Status::from));
    Ok(Response::new(encoded.chain(farewell(last)).boxed()))
}

/// The reading's rows; its report goes to `report` when it came to its end.
fn batches(
    mut reading: Reading,
    entry: Entry,
    report: tokio::sync::oneshot::Sender<Report>,
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

/// A last message without rows, with the report as JSON: a stream that lacks it is not whole.
fn farewell(
    last: tokio::sync::oneshot::Receiver<Report>,
) -> impl Stream<Item = Result<FlightData, Status>> + Send {
    stream! {
        if let Ok(report) = last.await {
            let text = serde_json::to_vec(&report).expect("a struct of text and numbers serializes");
            yield Ok(FlightData::new().with_app_metadata(text));
        }
    }
}
