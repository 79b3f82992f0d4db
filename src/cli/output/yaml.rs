//! A sequence that grows, or one mapping.

use std::io::{self, Write};

use serde::Serialize;

use super::cell::Object;
use super::{Cell, Column};

pub(super) fn write_items<W: Write>(out: &mut W, columns: &[Column], rows: &[Vec<Cell>]) -> io::Result<()> {
    rows.iter().try_for_each(|cells| write_document(out, &[Object { columns, cells }]))
}

pub(super) fn write_mapping<W: Write>(out: &mut W, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
    write_document(out, &Object { columns, cells })
}

/// By way of a text: the library would turn a broken pipe into an error of its own.
fn write_document<W: Write, T: Serialize>(out: &mut W, value: &T) -> io::Result<()> {
    let text = serde_yaml_ng::to_string(value).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}
