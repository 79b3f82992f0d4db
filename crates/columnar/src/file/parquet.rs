//! How Parquet files are written.

use std::io::{self, Write};

use arrow_schema::{ArrowError, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression as Codec, Encoding, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
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
