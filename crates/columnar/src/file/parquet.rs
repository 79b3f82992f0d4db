//! How Parquet files are written.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::schema::types::ColumnPath;

use super::{Compression, Error, Options};

pub(super) fn writer<W: Write + Send>(
    schema: &SchemaRef,
    options: &Options,
    to: W,
) -> Result<ArrowWriter<W>, Error> {
    let metadata = options.metadata.iter();
    let metadata = metadata.map(|(key, value)| KeyValue::new(key.clone(), value.clone())).collect();
    // Keys never repeat, so a dictionary of them is waste; in order, each begins like the one before.
    let sys_id = || ColumnPath::from("sys_id");
    let properties = WriterProperties::builder()
        .set_compression(codec(options.compression))
        .set_max_row_group_row_count(Some(options.row_group.rows.max(1)))
        .set_max_row_group_bytes(Some(options.row_group.bytes.max(1)))
        .set_created_by(concat!("sncgate ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(metadata))
        .set_column_dictionary_enabled(sys_id(), false)
        .set_column_encoding(sys_id(), Encoding::DELTA_BYTE_ARRAY)
        .build();
    ArrowWriter::try_new(to, schema.clone(), Some(properties)).map_err(error)
}

fn codec(compression: Compression) -> Codec {
    match compression {
        Compression::Zstd => Codec::ZSTD(ZstdLevel::default()),
        Compression::Snappy => Codec::SNAPPY,
        Compression::None => Codec::UNCOMPRESSED,
    }
}

/// What a file says of itself, by key.
pub(super) fn metadata(path: &Path) -> Result<Vec<(String, String)>, Error> {
    let reader = SerializedFileReader::new(File::open(path)?).map_err(error)?;
    let pairs = reader.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
    Ok(pairs.into_iter().filter_map(|pair| Some((pair.key, pair.value?))).collect())
}

/// A full disk stays a full disk.
pub(super) fn error(error: ParquetError) -> Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => Error::Io(*error),
            Err(error) => Error::Batch(ArrowError::ExternalError(error)),
        },
        other => Error::Batch(other.into()),
    }
}
