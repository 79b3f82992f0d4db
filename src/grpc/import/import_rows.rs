//! ImportRows.

use std::pin::Pin;

use futures::{Stream, StreamExt, TryStreamExt, stream};
use servicenow::Fields;
use tonic::{Request, Response, Status, Streaming};

use super::encode;
use crate::access::Operation;
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::imports::{self, Coalescing, Imported};
use crate::inbound::Until;
use crate::pb::{ImportRow, ImportRowsRequest, ImportRowsResponse};

/// Results that are ready at once go into one message, at most so many.
const MOST_RESULTS: usize = 256;

pub(super) type Responses = Pin<Box<dyn Stream<Item = Result<ImportRowsResponse, Status>> + Send>>;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<Streaming<ImportRowsRequest>>,
) -> Result<Response<Responses>, Status> {
    let first_deadline = request::deadline(request.metadata(), gateway.deadlines);
    let deadline = request::stream_deadline(request.metadata());
    let caller = request::caller(&request)?;
    let mut messages = request.into_inner();
    let first = request::until(first_deadline, first(&mut messages)).await?;
    let table = request::table(&first.table)?;
    let check = async {
        let guard = gateway.guard(&caller, &first.instance, &table, Operation::Create).await?;
        guard.require_whole("transform maps keep to no rules; import into a table that has none")?;
        imports::check_table(&guard.instance, table.as_str()).await?;
        let coalescing = Coalescing::of(&guard.instance, table.as_str()).await?;
        Ok((guard.instance, coalescing))
    };
    let (instance, coalescing) = request::until(first_deadline, check).await?;

    let messages = messages.map(|message| message.map_err(request::unreadable));
    let until = Until { drain: gateway.drain.clone(), deadline, silence: None };
    let rows = rows(until.read(stream::iter([Ok(first)]).chain(messages)));
    let results = imports::import(instance, table.to_string(), coalescing, rows);
    Ok(Response::new(Box::pin(results.ready_chunks(MOST_RESULTS).flat_map(responses))))
}

async fn first(messages: &mut Streaming<ImportRowsRequest>) -> Result<ImportRowsRequest, Error> {
    let first = messages.next().await.transpose().map_err(request::unreadable)?;
    first.ok_or_else(|| Error::invalid("table", "the stream is empty; its first message names the table"))
}

fn rows(
    messages: impl Stream<Item = Result<ImportRowsRequest, Error>> + Send + 'static,
) -> impl Stream<Item = Result<Fields, Error>> + Send + 'static {
    let fields = |row: ImportRow| row.fields.into_iter().map(|(name, value)| (name, Some(value))).collect();
    messages
        .map_ok(move |message| stream::iter(message.rows.into_iter().map(move |row| Ok(fields(row)))))
        .try_flatten()
}

/// The results in one message, and after it the error that ended them.
fn responses(
    results: Vec<Result<Imported, Error>>,
) -> impl Stream<Item = Result<ImportRowsResponse, Status>> + Send + 'static {
    let mut response = ImportRowsResponse::default();
    let mut failure = None;
    for result in results {
        match result {
            Ok(imported) => response.results.push(encode::row(imported)),
            Err(error) => failure = Some(Err(Status::from(error))),
        }
    }
    let response = (!response.results.is_empty()).then_some(Ok(response));
    stream::iter(response.into_iter().chain(failure))
}
