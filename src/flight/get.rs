//! DoGet: the rows of one ticket, as they arrive.

mod source;
mod told;

use arrow_array::RecordBatch;
use arrow_flight::encode::{DictionaryHandling, FlightDataEncoderBuilder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightData, Ticket};
use async_stream::stream;
use futures::{Stream, StreamExt};
use tonic::{Response, Status};

use super::running::Entry;
use super::ticket::Grant;
use super::{Answers, Face};
use crate::access::Caller;
use crate::error::Error;
use source::Source;
use told::{Notes, noted};

pub(super) async fn handle(
    face: &Face,
    caller: &Caller,
    ticket: &Ticket,
) -> Result<Response<Answers<FlightData>>, Status> {
    let grant = face.key.verify(&ticket.ticket, face.now())?;
    grant.check(caller.principal()?).map_err(Error::from)?;
    let entry = face.running.enter(&grant, &face.drain)?;
    let (schema, source) = face.until(Source::open(face, caller, &grant, entry.stop())).await?;

    let notes = Notes::default();
    let batches = batches(face.clone(), grant, source, entry, notes.clone());
    let batches = batches.map(|batch| batch.map_err(|status| FlightError::Tonic(Box::new(status))));
    // Labels stay labels: pandas and polars make categories of them.
    let encoded = FlightDataEncoderBuilder::new()
        .with_schema(schema)
        .with_dictionary_handling(DictionaryHandling::Resend)
        .build(batches)
        .map(|data| data.map_err(Status::from));
    Ok(Response::new(noted(encoded, notes).boxed()))
}

/// The rows; what is to be said after each batch and after the last one goes to the notes.
fn batches(
    face: Face,
    grant: Grant,
    mut source: Source,
    entry: Entry,
    notes: Notes,
) -> impl Stream<Item = Result<RecordBatch, Status>> + Send {
    stream! {
        while let Some(batch) = source.next().await {
            let report = source.report();
            entry.note(&report);
            match batch {
                Err(error) => return yield Err(entry.ended(error).into()),
                Ok(batch) => {
                    let rest = source.last_sys_id().map(|after| face.key.sign(&grant.rest(after)));
                    notes.after(batch.num_rows(), rest, report);
                    yield Ok(batch);
                }
            }
        }
        notes.end(source.report(), source.cursor());
    }
}
