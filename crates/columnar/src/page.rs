//! A page's bytes to columns, in two steps: find where each value lies, then fill column by column.
//!
//! The first step has two ways. Pages as ServiceNow writes them are [scanned](scan): text lies in them as it is meant,
//! and each row has its fields in the same order. Anything else, errors among it, is read [again, by the
//! book](plain): the scan never decides that a page is wrong.

mod cells;
mod escape;
mod fill;
mod plain;
mod scan;

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{RecordBatch, RecordBatchOptions};
use servicenow::{DisplayMode, Error};

use crate::{Batch, Columns, Face, Kind, Unparsed};
use cells::Cells;

/// Turns pages into batches.
#[derive(Clone, Debug)]
pub struct Decoder {
    columns: Arc<Columns>,
    slots: Slots,
}

/// Where a row's values go: each pair of a field and a face has a place.
#[derive(Clone, Debug)]
struct Slots {
    by_field: HashMap<String, FieldSlots>,
    /// Of each column.
    columns: Vec<usize>,
    sys_id: usize,
    width: usize,
    /// Bare text is what a person sees.
    shown: bool,
}

/// The places of a field's two faces, where they are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct FieldSlots {
    value: Option<usize>,
    display: Option<usize>,
}

impl Decoder {
    /// A decoder of pages that were asked for with these columns' fields.
    pub fn new(columns: Arc<Columns>) -> Self {
        Self { slots: Slots::new(&columns), columns }
    }

    /// Decodes the reply of a list.
    ///
    /// # Errors
    /// Whatever is wrong with the reply, as [`servicenow::Client::list`] tells it.
    pub fn decode(&self, body: &[u8]) -> Result<Batch, Error> {
        let mut cells = Cells::new(self.slots.width, body.len());
        if let Some(text) = scan::scan(body, &self.slots, &mut cells) {
            return self.fill(&cells, text);
        }
        self.decode_plainly(body)
    }

    /// The same by the way that is slow and sure; the measure of [`Decoder::decode`] in tests.
    ///
    /// # Errors
    /// The same.
    pub fn decode_plainly(&self, body: &[u8]) -> Result<Batch, Error> {
        let cells = plain::read(body, &self.slots, self.columns.display())?;
        self.fill(&cells, "")
    }

    fn fill(&self, cells: &Cells, body: &str) -> Result<Batch, Error> {
        let sys_ids = fill::text(cells, body, self.slots.sys_id);
        let mut unparsed = Unparsed::default();
        let mut arrays = Vec::with_capacity(self.slots.columns.len());
        for (column, &slot) in self.columns.iter().zip(&self.slots.columns) {
            arrays.push(match column.kind {
                Kind::Text if slot == self.slots.sys_id => Arc::new(sys_ids.clone()) as _,
                kind => {
                    let mut bad = |row: usize, text: &str| {
                        unparsed.add(&column.name, fill::at(cells, body, row, self.slots.sys_id), text);
                    };
                    fill::column(cells, body, slot, kind, &mut bad)
                }
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(cells.rows()));
        let columns = RecordBatch::try_new_with_options(self.columns.schema().clone(), arrays, &options)
            .map_err(|error| Error::Decode(format!("the page does not make columns: {error}")))?;
        Ok(Batch { columns, sys_ids, unparsed })
    }
}

impl Slots {
    fn new(columns: &Columns) -> Self {
        let mut by_field: HashMap<String, FieldSlots> = HashMap::new();
        let mut width = 0;
        let mut place = |field: &str, face| {
            let slots = by_field.entry(field.to_owned()).or_default();
            let slot = match face {
                Face::Value => &mut slots.value,
                Face::Display => &mut slots.display,
            };
            *slot.get_or_insert_with(|| {
                width += 1;
                width - 1
            })
        };
        let of_columns = columns.iter().map(|column| place(&column.field, column.face)).collect();
        let shown = columns.display() == DisplayMode::Display;
        let sys_id = place("sys_id", if shown { Face::Display } else { Face::Value });
        Self { columns: of_columns, sys_id, by_field, width, shown }
    }

    fn of(&self, field: &str) -> FieldSlots {
        self.by_field.get(field).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
