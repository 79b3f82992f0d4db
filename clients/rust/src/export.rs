//! Exports: all rows of a query as Arrow columns, in parts that can be read at once; and what changed since an earlier one.

mod part;

use arrow_flight::{FlightDescriptor, Ticket};
use arrow_schema::SchemaRef;
use serde::{Deserialize, Serialize};
use tonic::Code;

use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::DisplayMode;

pub use part::ExportPart;

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
    /// The cursor of an earlier export, or a moment as in `2026-01-01T00:00:00Z`: only what was written since. Everything
    /// where it is empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub since: String,
    /// How many seconds before it to begin; the gateway's choice where it is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlap: Option<u64>,
    /// The rows, or what is gone of them.
    pub stream: ExportStream,
}

/// What comes of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ExportStream {
    /// Its rows.
    #[default]
    Rows,
    /// Which rows were deleted since, or do not match the query any more: `sys_id`, `deleted_at`, `sys_mod_count`, `reason`.
    Deletes,
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
    expected: Option<u64>,
    tickets: Vec<Ticket>,
    cursor: Option<String>,
}

/// What a plan says beside its tickets.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    cursor: Option<String>,
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
    /// Where the next increment begins, if this part knows.
    pub cursor: Option<String>,
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
        let expected = u64::try_from(info.total_records).ok();
        let told: Told = serde_json::from_slice(&info.app_metadata).unwrap_or_default();
        let tickets = info.endpoint.iter().filter_map(|endpoint| endpoint.ticket.clone()).collect();
        let schema = info.try_decode_schema();
        let schema =
            schema.map_err(|error| Error::local(Code::Internal, format!("no schema came: {error}")))?;
        Ok(ExportPlan { client: self.clone(), schema: schema.into(), expected, tickets, cursor: told.cursor })
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
        self.expected.unwrap_or(0)
    }

    /// Where the next increment begins, once all parts were read; none where the table has no `sys_updated_on` that the
    /// caller may use. `report` is that of all parts: one that knows better comes first.
    #[must_use]
    pub fn cursor(&self, report: &ExportReport) -> Option<String> {
        report.cursor.clone().or_else(|| self.cursor.clone())
    }

    /// How many parts there are. Together they are the export, in their order in sys_id order.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.tickets.len()
    }

    /// Opens a part, by its number from 0. One that breaks off goes on by itself where it stopped, as long as that may help.
    ///
    /// # Errors
    /// Whatever the gateway or the instance refuses.
    pub async fn part(&self, number: usize) -> Result<ExportPart> {
        let ticket = self.tickets.get(number).cloned();
        let ticket = ticket
            .ok_or_else(|| Error::local(Code::InvalidArgument, format!("the export has no part {number}")))?;
        ExportPart::open(self.client.clone(), ticket).await
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
        if other.cursor.is_some() {
            self.cursor.clone_from(&other.cursor);
        }
    }
}

fn display<S: serde::Serializer>(mode: &DisplayMode, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(match mode {
        DisplayMode::Unspecified | DisplayMode::Value => "value",
        DisplayMode::Display => "display",
        DisplayMode::Both => "both",
    })
}
