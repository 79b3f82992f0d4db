//! An array that grows, lines of objects, or one object.

use std::io::{self, Write};

use super::cell::Object;
use super::{Cell, Column};

/// Objects of an array, of which `before` are written already. The array is closed by `write_end` only.
pub(super) fn write_items<W: Write>(
    out: &mut W,
    columns: &[Column],
    rows: &[Vec<Cell>],
    before: usize,
) -> io::Result<()> {
    for (index, cells) in rows.iter().enumerate() {
        out.write_all(if before + index == 0 { b"[\n  " } else { b",\n  " })?;
        serde_json::to_writer(&mut *out, &Object { columns, cells })?;
    }
    Ok(())
}

pub(super) fn write_end<W: Write>(out: &mut W, written: usize) -> io::Result<()> {
    out.write_all(if written == 0 { b"[]\n" } else { b"\n]\n" })
}

pub(super) fn write_lines<W: Write>(out: &mut W, columns: &[Column], rows: &[Vec<Cell>]) -> io::Result<()> {
    for cells in rows {
        serde_json::to_writer(&mut *out, &Object { columns, cells })?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

pub(super) fn write_object<W: Write>(out: &mut W, columns: &[Column], cells: &[Cell]) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &Object { columns, cells })?;
    out.write_all(b"\n")
}
