//! How a job's dataset is cut and written.

use columnar::file::{Compression, Format, Options, RowGroup};
use dataset::{Layout, PartitionBy};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::export::Spec;

/// How a dataset is cut and written, in words that can be stored. What is empty or none has its default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// `parquet`, `arrow`, `csv` or `ndjson`; Parquet unless said.
    pub format: String,
    /// `zstd`, `snappy` or `none`; zstd unless said.
    pub compression: String,
    /// Columns that name folders, as `state` or `opened_at:month`.
    pub partition_by: Vec<String>,
    /// Most rows of a part.
    pub part_rows: Option<u64>,
    /// A part that has come to as many bytes ends.
    pub part_bytes: Option<u64>,
    /// Most rows of a row group of Parquet.
    pub row_group: Option<usize>,
}

impl Settings {
    /// What they say.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the first that is not valid in form.
    pub fn layout(&self, spec: &Spec) -> Result<Layout, Error> {
        let format = named("format", &self.format, Format::Parquet)?;
        let compression = named("compression", &self.compression, Compression::Zstd)?;
        if format == Format::Arrow && compression == Compression::Snappy {
            return Err(Error::invalid("compression", "an Arrow file is compressed by zstd or not at all"));
        }
        let by = |text: &String| {
            text.parse::<PartitionBy>().map_err(|problem| Error::invalid("partition_by", problem))
        };
        let mut layout = Layout {
            format,
            partition_by: self.partition_by.iter().map(by).collect::<Result<_, _>>()?,
            ..Layout::default()
        };
        layout.part_rows = bounded("part_rows", self.part_rows, 1000)?.unwrap_or(layout.part_rows);
        layout.part_bytes = bounded("part_bytes", self.part_bytes, 1 << 20)?.unwrap_or(layout.part_bytes);
        let mut row_group = RowGroup::default();
        let rows = bounded("row_group", self.row_group.map(|rows| rows as u64), 1000)?;
        row_group.rows = rows.and_then(|rows| usize::try_from(rows).ok()).unwrap_or(row_group.rows);
        let metadata = vec![
            ("sncgate.table".to_owned(), spec.table.to_string()),
            ("sncgate.query".to_owned(), spec.query.to_string()),
        ];
        layout.options = Options { compression, metadata, row_group, no_header: false };
        Ok(layout)
    }
}

fn named<T: std::str::FromStr<Err = &'static str>>(
    field: &'static str,
    text: &str,
    default: T,
) -> Result<T, Error> {
    if text.is_empty() {
        return Ok(default);
    }
    text.parse().map_err(|problem| Error::invalid(field, problem))
}

/// Smaller parts cost readers and stores more than they hold.
fn bounded(field: &'static str, value: Option<u64>, least: u64) -> Result<Option<u64>, Error> {
    match value {
        Some(value) if value < least => Err(Error::invalid(field, format!("must be at least {least}"))),
        value => Ok(value),
    }
}

#[cfg(test)]
mod tests {
    use servicenow::DisplayMode;
    use servicenow::query::Query;

    use super::*;

    fn layout(json: &str) -> Result<Layout, Error> {
        let spec = Spec {
            table: "incident".parse().unwrap(),
            query: Query::new(),
            fields: Vec::new(),
            display: DisplayMode::Value,
            types: columnar::Types::Typed,
        };
        serde_json::from_str::<Settings>(json).unwrap().layout(&spec)
    }

    #[test]
    fn what_is_not_valid_is_refused_by_its_name() {
        for (json, told) in [
            (r#"{"format":"xlsx"}"#, "format: files are"),
            (r#"{"compression":"gzip"}"#, "compression: "),
            (r#"{"format":"arrow","compression":"snappy"}"#, "compression: an Arrow file"),
            (r#"{"partition_by":["a b"]}"#, "partition_by: "),
            (r#"{"part_rows":1}"#, "part_rows: must be at least 1000"),
            (r#"{"part_bytes":1}"#, "part_bytes: must be"),
            (r#"{"row_group":1}"#, "row_group: must be"),
        ] {
            let error = layout(json).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.starts_with(told), "{json}: {error}");
        }
        let good =
            layout(r#"{"partition_by":["opened_at:month"],"part_rows":5000,"row_group":2000}"#).unwrap();
        assert_eq!((good.part_rows, good.options.row_group.rows, good.format), (5000, 2000, Format::Parquet));
        assert!(layout("{}").is_ok());
    }
}
