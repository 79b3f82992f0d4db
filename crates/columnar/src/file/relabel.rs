//! One dictionary for a whole Arrow file.
//!
//! Each page has labels in an order of its own. In an Arrow file a column's dictionary may only grow, so the labels
//! are numbered anew.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{DictionaryHandling, FileWriter, IpcWriteOptions};
use arrow_schema::{ArrowError, DataType, SchemaRef};

use super::Compression;

/// The dictionaries of a file so far, by column.
pub(super) struct Relabel(Vec<Option<StringDictionaryBuilder<Int32Type>>>);

impl Relabel {
    pub(super) fn new(schema: &SchemaRef) -> Self {
        let labels = |data_type: &DataType| matches!(data_type, DataType::Dictionary(_, _));
        let columns = schema.fields().iter();
        Self(columns.map(|field| labels(field.data_type()).then(StringDictionaryBuilder::new)).collect())
    }

    pub(super) fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let mut columns = Vec::with_capacity(batch.num_columns());
        for (column, labels) in batch.columns().iter().zip(&mut self.0) {
            columns.push(match labels {
                Some(labels) => relabel(column, labels)?,
                None => column.clone(),
            });
        }
        RecordBatch::try_new(batch.schema(), columns)
    }
}

fn relabel(
    column: &ArrayRef,
    labels: &mut StringDictionaryBuilder<Int32Type>,
) -> Result<ArrayRef, ArrowError> {
    let typed =
        column.as_dictionary_opt::<Int32Type>().and_then(|column| column.downcast_dict::<StringArray>());
    let typed = typed.ok_or_else(|| ArrowError::SchemaError("labels are text".to_owned()))?;
    for label in typed {
        labels.append_option(label);
    }
    Ok(Arc::new(labels.finish_preserve_values()))
}

pub(super) fn writer<W: Write>(
    schema: &SchemaRef,
    compression: Compression,
    to: W,
) -> Result<FileWriter<W>, ArrowError> {
    let codec = match compression {
        Compression::Zstd => Some(CompressionType::ZSTD),
        Compression::Snappy => return Err(ArrowError::InvalidArgumentError(NO_SNAPPY.to_owned())),
        Compression::None => None,
    };
    let options = IpcWriteOptions::default().with_dictionary_handling(DictionaryHandling::Delta);
    FileWriter::try_new_with_options(to, schema, options.try_with_compression(codec)?)
}

const NO_SNAPPY: &str = "an Arrow file is compressed by zstd or not at all";
