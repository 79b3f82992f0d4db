//! Batches to files.
//!
//! The same rows make the same bytes, however they were cut into batches: a [`Writer`] cuts them anew. A file under way
//! has a [name that nobody takes for a whole one](Part).

mod format;
mod parquet;
mod part;
mod relabel;

use std::io::{self, Write};
use std::path::Path;

use arrow_array::RecordBatch;
use arrow_schema::{ArrowError, SchemaRef};
use arrow_select::coalesce::BatchCoalescer;

pub use format::{Compression, Format};
pub use part::Part;
use relabel::Relabel;

/// Rows in a batch as it is written.
const ROWS: usize = 8192;

/// How a file is written.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// How a Parquet or Arrow file is compressed; the others never are.
    pub compression: Compression,
    /// What a Parquet file says of itself, by key.
    pub metadata: Vec<(String, String)>,
    /// No line of names above CSV.
    pub no_header: bool,
    /// How much of a Parquet file is read and written at once.
    pub row_group: RowGroup,
}

/// Bounds of a row group, which is held in memory until it is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowGroup {
    /// Most rows.
    pub rows: usize,
    /// Most bytes, about.
    pub bytes: usize,
}

impl Default for RowGroup {
    /// As many rows as DuckDB likes.
    fn default() -> Self {
        Self { rows: 122_880, bytes: 32 << 20 }
    }
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk, or whatever takes the bytes.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// A batch that does not fit the file.
    #[error("the rows do not make a file: {0}")]
    Batch(#[source] ArrowError),
}

impl From<ArrowError> for Error {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            ArrowError::ExternalError(error) => match error.downcast::<io::Error>() {
                Ok(error) => Self::Io(*error),
                Err(error) => Self::Batch(ArrowError::ExternalError(error)),
            },
            other => Self::Batch(other),
        }
    }
}

/// What a Parquet file says of itself, by key.
///
/// # Errors
/// [`Error`]: it is not there, or is no Parquet file.
pub fn metadata(path: &Path) -> Result<Vec<(String, String)>, Error> {
    parquet::metadata(path)
}

/// Writes batches of one schema.
pub struct Writer<W: Write + Send> {
    coalescer: BatchCoalescer,
    sink: Sink<W>,
    rows: u64,
}

enum Sink<W: Write + Send> {
    Parquet(Box<::parquet::arrow::ArrowWriter<W>>),
    Arrow(Box<arrow_ipc::writer::FileWriter<W>>, Relabel),
    Csv(Box<arrow_csv::Writer<W>>),
    Ndjson(Box<arrow_json::LineDelimitedWriter<W>>),
}

impl<W: Write + Send> Writer<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// [`Error`], also where nothing was written yet.
    pub fn new(format: Format, schema: &SchemaRef, options: &Options, to: W) -> Result<Self, Error> {
        let sink = match format {
            Format::Parquet => Sink::Parquet(Box::new(parquet::writer(schema, options, to)?)),
            Format::Arrow => {
                let relabel = Relabel::new(schema);
                let writer = relabel::writer(schema, options.compression, to)?;
                Sink::Arrow(Box::new(writer), relabel)
            }
            Format::Csv => {
                let builder = arrow_csv::WriterBuilder::new().with_header(!options.no_header);
                Sink::Csv(Box::new(builder.build(to)))
            }
            Format::Ndjson => {
                // Every line has every column: readers guess types and columns from the first lines.
                let builder = arrow_json::WriterBuilder::new().with_explicit_nulls(true);
                Sink::Ndjson(Box::new(builder.build(to)))
            }
        };
        Ok(Self { coalescer: BatchCoalescer::new(schema.clone(), ROWS), sink, rows: 0 })
    }

    /// Takes rows. They are in the file for sure only after [`Writer::finish`].
    ///
    /// # Errors
    /// [`Error`]; the file is then lost.
    pub fn write(&mut self, batch: RecordBatch) -> Result<(), Error> {
        self.rows += batch.num_rows() as u64;
        self.coalescer.push_batch(batch)?;
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.sink.write(&batch)?;
        }
        Ok(())
    }

    /// Rows taken so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of the row group under way, about: what is in memory only. Other formats than Parquet have none.
    pub fn pending(&self) -> usize {
        match &self.sink {
            Sink::Parquet(writer) => writer.in_progress_size(),
            _ => 0,
        }
    }

    /// Ends the row group under way.
    ///
    /// # Errors
    /// [`Error`]; the file is then lost.
    pub fn end_group(&mut self) -> Result<(), Error> {
        match &mut self.sink {
            Sink::Parquet(writer) => writer.flush().map_err(parquet::error),
            _ => Ok(()),
        }
    }

    /// Writes what is left, and the file's end; gives back what took the bytes.
    ///
    /// # Errors
    /// [`Error`]; the file is then lost.
    pub fn finish(mut self) -> Result<W, Error> {
        if self.rows == 0 {
            // So that a CSV file without rows has its names.
            self.sink.write(&RecordBatch::new_empty(self.coalescer.schema()))?;
        }
        self.coalescer.finish_buffered_batch()?;
        while let Some(batch) = self.coalescer.next_completed_batch() {
            self.sink.write(&batch)?;
        }
        self.sink.finish()
    }
}

impl<W: Write + Send> Sink<W> {
    fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match self {
            Self::Parquet(writer) => writer.write(batch).map_err(parquet::error)?,
            Self::Arrow(writer, relabel) => writer.write(&relabel.apply(batch)?)?,
            Self::Csv(writer) => writer.write(batch)?,
            Self::Ndjson(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    fn finish(self) -> Result<W, Error> {
        let mut to = match self {
            Self::Parquet(writer) => writer.into_inner().map_err(parquet::error)?,
            Self::Arrow(writer, _) => writer.into_inner()?,
            Self::Csv(writer) => writer.into_inner(),
            Self::Ndjson(mut writer) => {
                writer.finish()?;
                writer.into_inner()
            }
        };
        to.flush()?;
        Ok(to)
    }
}

#[cfg(test)]
mod tests;
