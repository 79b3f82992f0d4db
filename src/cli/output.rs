//! Rows on stdout: a table, JSON, NDJSON, CSV or YAML, written as they come.
//!
//! Every row of an answer has the same columns, whatever the format. Nothing is taken out of a value, except in a
//! table, which is for people.

mod cell;
mod csv;
mod flat;
mod json;
mod table;
mod yaml;

use std::io::{self, Write};

pub(crate) use cell::{Cell, Column};

use super::args::Format;

/// Writes rows of the same columns, page by page.
pub(crate) struct Rows<W> {
    format: Format,
    header: bool,
    columns: Vec<Column>,
    /// Of a table: the width of each column, from the first page.
    widths: Vec<usize>,
    pages: usize,
    written: usize,
    out: W,
}

impl<W: Write> Rows<W> {
    pub(crate) fn new(format: Format, header: bool, columns: Vec<Column>, out: W) -> Self {
        Self { format, header, columns, widths: Vec::new(), pages: 0, written: 0, out }
    }

    /// Writes a page, and passes it on at once: whoever reads sees rows as they come.
    pub(crate) fn write(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        match self.format {
            Format::Table => self.write_table(rows)?,
            Format::Csv => self.write_csv(rows)?,
            Format::Json => json::write_items(&mut self.out, &self.columns, rows, self.written)?,
            Format::Ndjson => json::write_lines(&mut self.out, &self.columns, rows)?,
            Format::Yaml => yaml::write_items(&mut self.out, &self.columns, rows)?,
        }
        self.pages += 1;
        self.written += rows.len();
        self.out.flush()
    }

    /// Writes what ends the format; a header or an empty list where there were no rows.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        if self.pages == 0 {
            self.write(&[])?;
        }
        match self.format {
            Format::Json => json::write_end(&mut self.out, self.written)?,
            Format::Yaml if self.written == 0 => self.out.write_all(b"[]\n")?,
            _ => {}
        }
        self.out.flush()
    }

    fn write_table(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        let lines = flat::lines(&self.columns, rows);
        if self.pages == 0 {
            let names = flat::names(&self.columns);
            self.widths = table::widths(&names, &lines);
            if self.header {
                table::write_line(&mut self.out, &self.widths, &names)?;
            }
        }
        lines.iter().try_for_each(|line| table::write_line(&mut self.out, &self.widths, line))
    }

    fn write_csv(&mut self, rows: &[Vec<Cell>]) -> io::Result<()> {
        if self.pages == 0 && self.header {
            csv::write_lines(&mut self.out, &[flat::names(&self.columns)])?;
        }
        csv::write_lines(&mut self.out, &flat::lines(&self.columns, rows))
    }
}

/// Writes one thing: an object in place of a list of one; in a table, one line for each column.
pub(crate) fn write_one<W: Write>(
    format: Format,
    header: bool,
    columns: Vec<Column>,
    cells: Vec<Cell>,
    mut out: W,
) -> io::Result<()> {
    match format {
        Format::Table => {
            let lines = flat::turned(&columns, &cells);
            let widths = table::whole_widths(&lines);
            lines.iter().try_for_each(|line| table::write_line(&mut out, &widths, line))?;
            out.flush()
        }
        Format::Json => {
            json::write_object(&mut out, &columns, &cells)?;
            out.flush()
        }
        Format::Yaml => {
            yaml::write_mapping(&mut out, &columns, &cells)?;
            out.flush()
        }
        Format::Csv | Format::Ndjson => {
            let mut rows = Rows::new(format, header, columns, out);
            rows.write(&[cells])?;
            rows.finish()
        }
    }
}

#[cfg(test)]
mod tests;
