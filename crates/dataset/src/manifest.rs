//! What makes a whole of parts: their list, and what is known of them.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// The manifest's name in its dataset.
pub const MANIFEST: &str = "manifest.json";
/// What a manifest says it is.
const FORMAT: &str = "sncgate-dataset";
/// Its version. A reader refuses what is newer.
const VERSION: u32 = 1;

/// A finished dataset.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// `sncgate-dataset`.
    pub format: String,
    /// 1.
    pub version: u32,
    /// Who wrote it, as `sncgate 0.1.0`.
    pub generator: String,
    /// The run that wrote it; a part of each part's name.
    pub run: String,
    /// What was exported.
    pub source: Source,
    /// What the parts are: `parquet`, `arrow`, `csv` or `ndjson`.
    pub file_format: String,
    /// Every column, those included that are in folders' names only.
    pub columns: Vec<Column>,
    /// Columns whose values are in the names of folders, as `state` or `opened_at:month`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub partition_by: Vec<String>,
    /// The parts, in the order of their rows.
    pub parts: Vec<Part>,
    /// Rows of all parts.
    pub rows: u64,
    /// Bytes of all parts.
    pub bytes: u64,
    /// How complete it is, and what it took.
    pub report: Completeness,
    /// Where the next increment begins, if the table has what it takes. The gateway reads it; it says nothing to others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// What was exported.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The instance's name at the gateway; empty for the default one.
    pub instance: String,
    /// The table.
    pub table: String,
    /// The encoded query; empty for all rows.
    pub query: String,
    /// Whose rights decided what is in it; empty where that is not known.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub owner: String,
    /// When the export began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started: Option<DateTime<Utc>>,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its Arrow type, as `Timestamp(µs, "UTC")`.
    #[serde(rename = "type")]
    pub data_type: String,
}

/// A part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Below the manifest's folder.
    pub path: String,
    /// Rows in it.
    pub rows: u64,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The number of the range of sys_ids that its rows are of.
    pub range: u32,
    /// Values of the columns that name its folders; null for none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub partition: BTreeMap<String, Option<String>>,
}

/// How complete an export is, and what it took.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Completeness {
    /// Rows that matched when it began, hidden ones included.
    pub rows_expected: u64,
    /// Rows that came.
    pub rows_read: u64,
    /// Rows that were counted and did not come: the instance's access rules hide them, or they are gone meanwhile.
    pub rows_hidden: u64,
    /// Ranges that were read at once.
    pub partitions: u64,
    /// Requests to the instance, repeated ones included.
    pub requests: u64,
    /// Those that were repeated after a failure.
    pub retries: u64,
    /// Bytes of JSON that the instance sent.
    pub bytes: u64,
    /// How long it took; only the last attempt's time where there were several.
    pub seconds: f64,
    /// Rows by seconds.
    pub rows_per_second: f64,
    /// Values that were not of their column's type, and are null.
    pub unparsed: u64,
    /// Some of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unparsed_samples: Vec<Sample>,
}

/// A value that was not of its column's type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The column.
    pub column: String,
    /// The row.
    pub sys_id: String,
    /// The text, cut where it is long.
    pub text: String,
}

impl Completeness {
    /// The same, with what follows from the time that it took.
    #[must_use]
    pub fn after(mut self, seconds: f64) -> Self {
        self.rows_hidden = self.rows_expected.saturating_sub(self.rows_read);
        self.seconds = seconds;
        self.rows_per_second = if seconds > 0.0 { self.rows_read as f64 / seconds } else { 0.0 };
        self
    }
}

impl Manifest {
    pub(crate) fn new(
        run: &str,
        source: Source,
        file_format: &str,
        parts: Vec<Part>,
        report: Completeness,
    ) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            generator: concat!("sncgate ", env!("CARGO_PKG_VERSION")).to_owned(),
            run: run.to_owned(),
            source,
            file_format: file_format.to_owned(),
            columns: Vec::new(),
            partition_by: Vec::new(),
            rows: parts.iter().map(|part| part.rows).sum(),
            bytes: parts.iter().map(|part| part.bytes).sum(),
            parts,
            report,
            cursor: None,
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if manifest.format != FORMAT {
            return Err(format!("its format is {:?}, not {FORMAT:?}", manifest.format));
        }
        if manifest.version > VERSION {
            return Err(format!(
                "it is of version {}, this reads {VERSION}: update sncgate",
                manifest.version
            ));
        }
        Ok(manifest)
    }

    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut text = serde_json::to_vec_pretty(self).expect("a struct of text and numbers serializes");
        text.push(b'\n');
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_manifest_is_told_from_one() {
        let manifest = Manifest::new("r", Source::default(), "csv", Vec::new(), Completeness::default());
        assert_eq!(Manifest::read(&manifest.to_json()).unwrap(), manifest);
        let newer = Manifest { version: 2, ..manifest.clone() };
        assert!(Manifest::read(&newer.to_json()).unwrap_err().contains("update"));
        let other = Manifest { format: "webpack".to_owned(), ..manifest };
        assert!(Manifest::read(&other.to_json()).unwrap_err().contains("webpack"));
        assert!(Manifest::read(b"{}").is_err() && Manifest::read(b"").is_err());
    }
}
