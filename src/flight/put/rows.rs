//! The rows of a stream of Arrow messages, one by one, as the text that an instance stores.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use arrow_flight::FlightData;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use async_stream::try_stream;
use columnar::Texts;
use futures::stream::BoxStream;
use futures::{FutureExt, Stream, StreamExt, stream};
use servicenow::Fields;
use tonic::Status;

use crate::error::Error;

/// Columns that are the instance's own to write.
const AUTOMATIC: [&str; 5] =
    ["sys_created_on", "sys_created_by", "sys_updated_on", "sys_updated_by", "sys_mod_count"];
/// More columns than any table has.
const MOST_COLUMNS: usize = 2000;

/// A row, or what is wrong with it.
pub(super) struct Row {
    /// Its place among all rows, from 0.
    pub(super) index: u64,
    pub(super) fields: Result<Fields, Error>,
}

/// A stream whose schema has come.
pub(super) struct Rows {
    columns: Vec<String>,
    data: FlightDataDecoder,
}

impl Rows {
    /// Reads up to the schema, which the first message mostly is.
    pub(super) async fn open(
        first: FlightData,
        rest: BoxStream<'static, Result<FlightData, Error>>,
    ) -> Result<Self, Error> {
        let messages = stream::iter([Ok(first)]).chain(rest);
        let messages = messages.map(|message| message.and_then(plain).map_err(outer));
        let mut data = FlightDataDecoder::new(messages);
        while let Some(message) = decoded(&mut data).await? {
            match message {
                DecodedPayload::Schema(schema) => {
                    let columns: Vec<String> =
                        schema.fields().iter().map(|field| field.name().clone()).collect();
                    check(&columns)?;
                    return Ok(Rows { columns, data });
                }
                DecodedPayload::None => {}
                DecodedPayload::RecordBatch(_) => break,
            }
        }
        Err(Error::invalid("schema", "is required: the stream ended before it"))
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The rows. An error is the end.
    pub(super) fn read(mut self) -> impl Stream<Item = Result<Row, Error>> + Send + 'static {
        try_stream! {
            let mut index = 0;
            while let Some(message) = decoded(&mut self.data).await? {
                let batch = match message {
                    DecodedPayload::RecordBatch(batch) => batch,
                    DecodedPayload::None => continue,
                    DecodedPayload::Schema(_) => {
                        Err(Error::invalid("schema", "came twice; make another call for other columns"))?
                    }
                };
                let texts = Texts::new(&batch).map_err(|error| Error::invalid("schema", error.to_string()))?;
                for row in 0..texts.rows() {
                    yield Row { index, fields: fields(&texts, row) };
                    index += 1;
                }
            }
        }
    }
}

fn fields(texts: &Texts, row: usize) -> Result<Fields, Error> {
    let values = texts.row(row).map_err(|error| Error::invalid("rows", error.to_string()))?;
    Ok(values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<BTreeMap<_, _>>())
}

fn check(columns: &[String]) -> Result<(), Error> {
    let refuse = |problem: String| Err(Error::invalid("schema", problem));
    if columns.is_empty() || columns.len() > MOST_COLUMNS {
        return refuse(format!(
            "has {} columns; at least one is needed, and {MOST_COLUMNS} are enough",
            columns.len()
        ));
    }
    let mut names: Vec<&str> = columns.iter().map(String::as_str).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return refuse(format!("names {} twice", pair[0]));
    }
    if let Some(name) = names.iter().find(|name| AUTOMATIC.contains(name)) {
        return refuse(format!("holds {name}, which the instance writes by itself; leave it out"));
    }
    Ok(())
}

/// Refuses what the decoder would take on trust. What is compressed may be any size once it is not: the bound on messages
/// would not hold. A buffer that lies beyond its message makes the decoder panic.
fn plain(message: FlightData) -> Result<FlightData, Error> {
    let Ok(header) = arrow_ipc::root_as_message(&message.data_header) else { return Ok(message) };
    let labels = header.header_as_dictionary_batch().and_then(|labels| labels.data());
    let Some(batch) = header.header_as_record_batch().or(labels) else { return Ok(message) };
    if batch.compression().is_some() {
        return Err(Error::invalid("rows", "are compressed; send batches as they are"));
    }
    let within = |buffer: &arrow_ipc::Buffer| {
        let end = buffer.offset().checked_add(buffer.length()).and_then(|end| usize::try_from(end).ok());
        buffer.offset() >= 0 && buffer.length() >= 0 && end.is_some_and(|end| end <= message.data_body.len())
    };
    if !batch.buffers().into_iter().flatten().all(within) {
        return Err(Error::invalid("rows", "are no Arrow: a buffer lies beyond the end of its message"));
    }
    Ok(message)
}

/// The next message, decoded. Whatever a caller sends is the caller's error, also where the decoder panics over it.
async fn decoded(data: &mut FlightDataDecoder) -> Result<Option<DecodedPayload>, Error> {
    let next = AssertUnwindSafe(data.next()).catch_unwind().await;
    let next = next.map_err(|_| Error::invalid("rows", "are no Arrow: a message does not fit its schema"))?;
    Ok(next.transpose().map_err(inner)?.map(|message| message.payload))
}

/// A message that is too large or none, or a caller who broke off, to whom nothing can be told any more.
pub(super) fn unreadable(status: Status) -> Error {
    Error::invalid("rows", format!("a message cannot be read: {}; send smaller batches", status.message()))
}

fn outer(error: Error) -> FlightError {
    FlightError::ExternalError(Box::new(error))
}

/// An error of ours as it was; anything else is what the caller sent.
fn inner(error: FlightError) -> Error {
    match error {
        FlightError::ExternalError(error) => match error.downcast::<Error>() {
            Ok(error) => *error,
            Err(other) => Error::internal(other),
        },
        other => Error::invalid("rows", format!("are no Arrow: {other}")),
    }
}
