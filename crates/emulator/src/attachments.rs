//! Files that hang on records: a row of `sys_attachment` that describes one, rows of `sys_attachment_doc` that hold
//! it piece by piece.
//!
//! A piece is written in a transaction of its own, so that a long upload holds up no other writer, and the describing
//! row last: what was cut short is never seen. Pieces are stored as they came, not compressed.

mod attributes;
mod sweep;
mod upload;

use std::sync::Arc;

use rusqlite::OptionalExtension;
use rusqlite::types::ValueRef;

use crate::engine::{Engine, find};
use crate::error::Error;
use crate::records::{self, Cell, Projection, Record};
use crate::rulebook::{Grant, Operation};
use crate::schema::{Schema, Table};
use crate::session::{Reading, Session};

pub(crate) use attributes::{Attribute, all, one, remove, set};
pub(crate) use sweep::sweep;
pub(crate) use upload::too_large;
pub use upload::{NewAttachment, Upload};

/// Bytes of every piece but the last.
pub(crate) const PIECE: usize = 512 * 1024;

/// The columns of the Attachment API.
const FIELDS: [&str; 19] = [
    "size_bytes",
    "file_name",
    "sys_mod_count",
    "average_image_color",
    "image_width",
    "sys_updated_on",
    "sys_tags",
    "table_name",
    "sys_id",
    "image_height",
    "sys_updated_by",
    "download_link",
    "content_type",
    "sys_created_on",
    "size_compressed",
    "compressed",
    "table_sys_id",
    "sys_created_by",
    "hash",
];

/// All of [`FIELDS`] as stored: this API shows no display values.
pub(crate) fn projection() -> Projection {
    Projection { fields: FIELDS.map(str::to_owned).to_vec(), ..Projection::default() }
}

/// The description, if the caller may read the record that the file hangs on.
pub(crate) fn describe(
    engine: &Engine,
    session: &Session,
    sys_id: &str,
) -> Result<(Vec<Arc<str>>, Vec<Cell>), Error> {
    let (names, cells) = records::get(engine, session, "sys_attachment", sys_id, &projection())?;
    let value = |element: &str| {
        names
            .iter()
            .zip(&cells)
            .find(|(name, _)| ***name == *element)
            .map_or("", |(_, cell)| cell.value.as_str())
    };
    let (table, record) = (value("table_name"), value("table_sys_id"));
    let schema = engine.schema();
    // A file whose table is gone is only a file.
    let readable = match schema.table(table).map(|table| session.reading(&schema, table)) {
        None | Some(Reading::Rows) => true,
        Some(Reading::Nothing | Reading::Refused) => false,
        Some(Reading::Where(_)) => {
            let key = Projection { fields: vec!["sys_id".to_owned()], ..Projection::default() };
            records::get(engine, session, table, record, &key).is_ok()
        }
    };
    if readable { Ok((names, cells)) } else { Err(Error::NotFound) }
}

/// A piece by its position; empty where there is none.
pub(crate) fn piece(engine: &Engine, sys_id: &str, position: u64) -> Result<Vec<u8>, Error> {
    const PIECE: &str = "SELECT data FROM sys_attachment_doc WHERE sys_attachment = ?1 AND position = ?2";
    let position = i64::try_from(position).unwrap_or(i64::MAX);
    engine.read(|connection| {
        let mut statement = connection.prepare_cached(PIECE)?;
        let bytes = statement.query_row((sys_id, position), |row| match row.get_ref(0)? {
            ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Ok(bytes.to_vec()),
            _ => Ok(Vec::new()),
        });
        Ok(bytes.optional()?.unwrap_or_default())
    })
}

/// The table that a file is to hang on, if the caller may write to the row and the row is there.
fn target<'s>(
    engine: &Engine,
    schema: &'s Schema,
    session: &Session,
    new: &NewAttachment,
) -> Result<&'s Arc<Table>, Error> {
    let table = find(schema, &new.table)?;
    let grant = session.may_write(schema, table, Operation::Write);
    if grant == Grant::Closed {
        return Err(Error::WriteForbidden { operation: "Insert" });
    }
    engine.read(|connection| {
        Record::load(connection, schema, table, &new.record)?.ok_or(Error::NotFound)?;
        if records::covers(engine, schema, session, connection, (table, &new.record), &grant)? {
            Ok(table)
        } else {
            Err(Error::WriteForbidden { operation: "Insert" })
        }
    })
}
