//! The Import Set API: rows for a staging table, which transform maps turn into rows of others.

use http::Method;
use serde::Deserialize;
use serde::Serialize;

use crate::address::Params;
use crate::decode::{self, broken};
use crate::transport::Reply;
use crate::{Cell, Client, DisplayMode, Error, Fields, Row, SysId, TableName};

/// What became of one row of a staging table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReply {
    /// The number of the import set.
    pub import_set: String,
    /// The staging table.
    pub staging_table: String,
    /// One for each transform map. That all is well is theirs to say: the reply is a success either way.
    pub results: Vec<ImportResult>,
}

/// What one transform map did with a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportResult {
    /// The map's name.
    pub transform_map: String,
    /// The table it writes to.
    pub table: String,
    /// What it did.
    pub status: ImportStatus,
    /// The row it wrote.
    pub sys_id: String,
    /// The field that stands for the row.
    pub display_name: String,
    /// That field's value.
    pub display_value: String,
    /// The row's URL.
    pub record_link: String,
    /// Why it failed.
    pub error_message: Option<String>,
    /// What the map's scripts say.
    pub status_message: Option<String>,
    /// What the map's scripts added, in their order.
    pub other: Vec<(String, String)>,
}

/// What a transform map did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ImportStatus {
    /// A row was inserted.
    Inserted,
    /// A row was updated.
    Updated,
    /// The row was there as it is.
    Ignored,
    /// A script or a condition left it out.
    Skipped,
    /// It failed: see [`ImportResult::error_message`].
    Error,
    /// Something else, or nothing, was said.
    #[default]
    Unknown,
}

/// Rows that wait to be transformed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ImportQueued {
    /// The import set.
    pub import_set_id: String,
    /// The import set of several loads, if there is one.
    #[serde(default)]
    pub multi_import_set_id: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(default)]
    import_set: String,
    #[serde(default)]
    staging_table: String,
}

#[derive(Serialize)]
struct Many<'a> {
    records: &'a [Fields],
}

impl Client {
    /// Inserts a row into a staging table and has it transformed.
    ///
    /// # Errors
    /// Only what goes wrong with the request. What goes wrong with the row is in [`ImportReply::results`].
    pub async fn import(&self, table: &str, fields: &Fields) -> Result<ImportReply, Error> {
        let table: TableName = table.parse()?;
        let segments = ["api", "now", "import", table.as_str()];
        let body = crate::record::body(fields)?;
        let request = self.transport().request(Method::POST, &segments, &Params::default(), Some(body))?;
        self.transport().call(&request, imported).await
    }

    /// What became of a row of a staging table, which may be purged.
    pub async fn imported(&self, table: &str, sys_id: &str) -> Result<ImportReply, Error> {
        let (table, sys_id): (TableName, SysId) = (table.parse()?, sys_id.parse()?);
        let segments = ["api", "now", "import", table.as_str(), sys_id.as_str()];
        self.read(&segments, &Params::default(), imported).await
    }

    /// Inserts rows into a staging table. They are transformed later. The fields are named by the columns'
    /// labels, unless the instance is set otherwise.
    pub async fn import_many(&self, table: &str, rows: &[Fields]) -> Result<ImportQueued, Error> {
        let table: TableName = table.parse()?;
        let segments = ["api", "now", "import", table.as_str(), "insertMultiple"];
        let body = serde_json::to_vec(&Many { records: rows })
            .map_err(|error| Error::InvalidInput(format!("cannot encode the rows: {error}")))?;
        let request =
            self.transport().request(Method::POST, &segments, &Params::default(), Some(body.into()))?;
        let decode =
            |reply: &Reply| serde_json::from_slice(&reply.body).map_err(|error| broken(&reply.body, &error));
        self.transport().call(&request, decode).await
    }
}

fn imported(reply: &Reply) -> Result<ImportReply, Error> {
    let results = decode::rows(&reply.body, "", DisplayMode::Value)?;
    let head: Head = serde_json::from_slice(&reply.body).map_err(|error| broken(&reply.body, &error))?;
    Ok(ImportReply { import_set: head.import_set, staging_table: head.staging_table, results })
}

impl ImportStatus {
    fn of(text: &str) -> ImportStatus {
        match text {
            "inserted" => ImportStatus::Inserted,
            "updated" => ImportStatus::Updated,
            "ignored" => ImportStatus::Ignored,
            "skipped" => ImportStatus::Skipped,
            "error" => ImportStatus::Error,
            _ => ImportStatus::Unknown,
        }
    }

    /// The status as ServiceNow writes it.
    pub fn as_str(&self) -> &'static str {
        match self {
            ImportStatus::Inserted => "inserted",
            ImportStatus::Updated => "updated",
            ImportStatus::Ignored => "ignored",
            ImportStatus::Skipped => "skipped",
            ImportStatus::Error => "error",
            ImportStatus::Unknown => "unknown",
        }
    }
}

impl Row for ImportResult {
    fn new(_: &str) -> ImportResult {
        ImportResult::default()
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let Some(text) = cell.value.or(cell.display_value) else { return };
        let text = text.into_owned();
        match name {
            "transform_map" => self.transform_map = text,
            "table" => self.table = text,
            "status" => self.status = ImportStatus::of(&text),
            "sys_id" => self.sys_id = text,
            "display_name" => self.display_name = text,
            "display_value" => self.display_value = text,
            "record_link" => self.record_link = text,
            "error_message" => self.error_message = Some(text),
            "status_message" => self.status_message = Some(text),
            _ => self.other.push((name.to_owned(), text)),
        }
    }

    fn sys_id(&self) -> Option<&str> {
        Some(self.sys_id.as_str()).filter(|sys_id| !sys_id.is_empty())
    }
}
