//! Exports: all rows of a query as Arrow columns, in parts that can be read at once.

use arrow_array::RecordBatch;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use arrow_flight::{FlightDescriptor, Ticket};
use arrow_schema::SchemaRef;
use futures::{StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use tonic::{Code, Request};

use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::DisplayMode;

/// What to export. All columns of all rows, typed, unless said otherwise.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Export {
    /// As "incident".
    pub table: String,
    /// An encoded query, without an order.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub query: String,
    /// Columns, dot-walked where they have dots; none for all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// How columns are typed.
    pub types: Types,
    /// Stored values, what a person sees, or both: `NAME` and `NAME__display`.
    #[serde(serialize_with = "display")]
    pub display: DisplayMode,
    /// Most parts; none for as many as are worth it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u64>,
    /// The instance's name in the gateway's configuration; the client's where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub instance: String,
}

/// How columns are typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Types {
    /// As the instance's dictionary says.
    #[default]
    Typed,
    /// All text, as the instance stores it.
    String,
}

/// An export that can be read.
#[derive(Clone, Debug)]
pub struct ExportPlan {
    client: Client,
    schema: SchemaRef,
    expected: u64,
    tickets: Vec<Ticket>,
}

/// The rows of one part, as they come.
#[derive(Debug)]
pub struct ExportPart {
    data: FlightDataDecoder,
    report: Option<ExportReport>,
}

/// What a part came to, or several of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ExportReport {
    /// Rows that came.
    pub rows: u64,
    /// Requests to the instance, repeated ones included.
    pub requests: u64,
    /// Those that were repeated after a failure.
    pub retries: u64,
    /// Bytes of JSON that the instance sent.
    pub bytes: u64,
    /// Values that were not of their column's type, and are null.
    pub unparsed: u64,
    /// Some of them.
    pub unparsed_samples: Vec<UnparsedValue>,
}

/// A value that was not of its column's type.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct UnparsedValue {
    /// The column.
    pub column: String,
    /// The row.
    pub sys_id: String,
    /// The text, cut where it is long.
    pub text: String,
}

impl Export {
    /// All of a table.
    pub fn of(table: impl Into<String>) -> Self {
        Self { table: table.into(), ..Self::default() }
    }
}

impl Client {
    /// Plans an export: the gateway counts its rows and cuts it into parts.
    ///
    /// # Errors
    /// `FieldUnknown` or `QueryInvalid` where ServiceNow would return more than asked for.
    pub async fn export(&self, export: &Export) -> Result<ExportPlan> {
        let export = Export { instance: self.instance_or(export.instance.clone()), ..export.clone() };
        let command = serde_json::to_vec(&export).expect("a struct of text and numbers serializes");
        let descriptor = FlightDescriptor::new_cmd(command);
        let send = |mut stub: arrow_flight::flight_service_client::FlightServiceClient<_>, request| async move {
            stub.get_flight_info(request).await
        };
        let info = self.call(Repeat::Safe, self.flight_stub(), descriptor, send).await?;
        let expected = u64::try_from(info.total_records).unwrap_or(0);
        let tickets = info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.clone()).collect();
        let schema = info.try_decode_schema();
        let schema =
            schema.map_err(|error| Error::local(Code::Internal, format!("no schema came: {error}")))?;
        Ok(ExportPlan { client: self.clone(), schema: schema.into(), expected, tickets })
    }
}

impl ExportPlan {
    /// The columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// How many rows match on the instance, hidden ones included.
    #[must_use]
    pub fn expected(&self) -> u64 {
        self.expected
    }

    /// How many parts there are. Together they are the export, in their order in sys_id order.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.tickets.len()
    }

    /// Opens a part, by its number from 0.
    ///
    /// # Errors
    /// Whatever the gateway or the instance refuses.
    pub async fn part(&self, number: usize) -> Result<ExportPart> {
        let ticket = self.tickets.get(number).cloned();
        let ticket = ticket
            .ok_or_else(|| Error::local(Code::InvalidArgument, format!("the export has no part {number}")))?;
        let mut request = Request::new(ticket);
        if let Some(deadline) = self.client.settings.stream_deadline {
            request.set_timeout(deadline);
        }
        self.client.prepare().await?;
        let stream = self.client.flight_stub().do_get(request).await?.into_inner();
        let data = FlightDataDecoder::new(stream.map_err(FlightError::from));
        Ok(ExportPart { data, report: None })
    }
}

impl ExportPart {
    /// The next rows, in sys_id order; `None` at the end.
    ///
    /// # Errors
    /// The part broke off. It can be opened again, and then begins anew.
    pub async fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        while let Some(message) = self.data.next().await {
            let message = message.map_err(broken)?;
            // The report comes with the last message, which is the schema where there are no rows.
            if !message.inner.app_metadata.is_empty() {
                self.report = serde_json::from_slice(&message.app_metadata()).ok();
            }
            if let DecodedPayload::RecordBatch(batch) = message.payload {
                return Ok(Some(batch));
            }
        }
        // The report is the last thing that is sent.
        if self.report.is_none() {
            return Err(Error::local(Code::DataLoss, "the part ended before its report: it is not whole"));
        }
        Ok(None)
    }

    /// What the part came to, once it came to its end.
    #[must_use]
    pub fn report(&self) -> Option<&ExportReport> {
        self.report.as_ref()
    }
}

impl ExportReport {
    /// Adds another part's.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.requests += other.requests;
        self.retries += other.retries;
        self.bytes += other.bytes;
        self.unparsed += other.unparsed;
        self.unparsed_samples.extend(other.unparsed_samples.iter().cloned());
        self.unparsed_samples.truncate(10);
    }
}

fn broken(error: FlightError) -> Error {
    match error {
        FlightError::Tonic(status) => (*status).into(),
        other => Error::local(Code::Internal, format!("what came is no Arrow: {other}")),
    }
}

fn display<S: serde::Serializer>(mode: &DisplayMode, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(match mode {
        DisplayMode::Unspecified | DisplayMode::Value => "value",
        DisplayMode::Display => "display",
        DisplayMode::Both => "both",
    })
}
