//! DoPut: rows into a table.
//!
//! The first message says where they go, and how: a [JSON object](command). Rows are written as they come, by the
//! engine of batches or into an import set, and each is reported once, in the metadata of the results. A caller that does
//! not take its results stops the taking of rows.
//!
//! It refuses as a whole what can be known before the first row: a table or columns that are not there or not the
//! caller's. What is wrong with a row is that row's result.

mod command;
mod results;
mod rows;
mod write;

use std::time::Duration;

use arrow_flight::{FlightData, PutResult};
use async_stream::try_stream;
use futures::StreamExt;
use tonic::{Request, Response, Status, Streaming};

use super::{Answers, Face};
use crate::error::Error;
use crate::grpc::{caller, stream_deadline};
use crate::inbound::Until;
use command::Put;
use results::{Ended, buffered};
use rows::Rows;

/// How long a caller may send nothing.
const SILENCE: Duration = Duration::from_secs(300);

pub(super) fn handle(
    face: &Face,
    request: Request<Streaming<FlightData>>,
) -> Result<Response<Answers<PutResult>>, Status> {
    let (caller, deadline) = (caller(&request)?, stream_deadline(request.metadata()));
    let (face, messages) = (face.clone(), request.into_inner());
    let until = Until { drain: face.drain.clone(), deadline, silence: Some(SILENCE) };
    // The head of the answer goes out at once: a caller may wait for it before it sends rows.
    let answers = try_stream! {
        let mut messages = until.read(messages.map(|message| message.map_err(rows::unreadable))).boxed();
        let first = messages.next().await.transpose()?;
        let first = first.ok_or_else(|| Error::invalid("descriptor", "is required: the stream is empty"))?;
        let put = Put::read(&first)?;
        let rows = Rows::open(first, messages).await?;
        let instance = face.links.instance(&caller, &put.instance).await?;
        let results = write::start(&face, caller, instance, put, rows, deadline).await?;
        let mut results = buffered(results);
        let mut ended = Ended::default();
        while let Some(results) = results.recv().await {
            let results = results?;
            ended.add(&results);
            yield PutResult { app_metadata: results::text(&results) };
        }
        // Who does not get this has not all results.
        yield PutResult { app_metadata: results::text(&ended) };
    };
    Ok(Response::new(answers.map(|answer: Result<_, Error>| answer.map_err(Status::from)).boxed()))
}
