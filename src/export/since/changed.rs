//! The rows of a window that were not given before.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, BooleanArray, RecordBatch};
use arrow_select::filter::filter_record_batch;

use super::cursor::{Cursor, Seen, version};
use super::window::{UPDATED, seconds};
use super::{Since, Window};
use crate::error::Error;
use crate::export::{Reading, Report};

/// A reading of a window. Dropping it stops it.
pub struct Changed {
    reading: Reading,
    known: Seen,
    /// Where the next increment begins, once the window was read as a whole by this one.
    next: Option<Cursor>,
    seen: Seen,
    /// Versions of this second or later may come again next time.
    remembered: i64,
    repeated: u64,
}

impl Changed {
    /// The reading of a window that began with `since`. `next` is the cursor of a window that has one part only.
    pub fn new(reading: Reading, since: &Since, window: &Window, next: Option<Cursor>) -> Self {
        let (known, reached) = match since {
            Since::Cursor(cursor) => (cursor.seen().clone(), cursor.reached()),
            Since::Moment(moment) => (Seen::default(), *moment),
        };
        // The next window begins as long before its second as this one before its own.
        let overlap = reached.saturating_sub(window.from);
        let overlap =
            if matches!(since, Since::Moment(_)) { super::OVERLAP.as_secs() as i64 } else { overlap };
        let remembered = next.as_ref().map_or(i64::MAX, |next| next.reached().saturating_sub(overlap));
        Changed { reading, known, next, seen: Seen::default(), remembered, repeated: 0 }
    }

    /// The next rows; `None` at the end. After an error comes nothing more.
    pub async fn next(&mut self) -> Option<Result<RecordBatch, Error>> {
        loop {
            let batch = match self.reading.next().await? {
                Ok(batch) => batch,
                Err(error) => return Some(Err(error)),
            };
            match self.fresh(&batch) {
                // A batch of nothing but repeats is no batch.
                Ok(fresh) if fresh.num_rows() == 0 => {}
                fresh => return Some(fresh),
            }
        }
    }

    /// What was taken so far. Rows that were given before are not among them.
    pub fn report(&self) -> Report {
        let report = self.reading.report();
        Report { rows: report.rows - self.repeated, ..report.clone() }
    }

    /// Where the next increment begins, once this one came to its end.
    pub fn cursor(&self) -> Option<Cursor> {
        self.next.clone().map(|next| next.with(self.seen.clone()))
    }

    /// The last row that was read.
    pub fn last_sys_id(&self) -> &str {
        self.reading.last_sys_id()
    }

    fn fresh(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let text = |name: &str| texts(batch, name);
        let (ids, stamps, counts) = (text("sys_id")?, text(UPDATED)?, text("sys_mod_count")?);
        let mut wanted = Vec::with_capacity(batch.num_rows());
        for ((id, stamp), count) in ids.iter().zip(&stamps).zip(&counts) {
            let version = version(id, stamp, count);
            // Stamps that cannot be read are given again and again rather than never.
            let is_known = !stamp.is_empty() && self.known.contains(&version);
            if seconds_of(stamp).is_some_and(|stamp| stamp >= self.remembered) {
                self.seen.add(version);
            }
            self.repeated += u64::from(is_known);
            wanted.push(!is_known);
        }
        filter_record_batch(batch, &BooleanArray::from(wanted)).map_err(Error::internal)
    }
}

/// A column as text, whatever its type: the types of an export are the same from one increment to the next.
fn texts(batch: &RecordBatch, name: &str) -> Result<Vec<String>, Error> {
    let column = batch.column_by_name(name).ok_or_else(|| Error::internal("an increment lacks a column"))?;
    let text = |row: usize| -> Option<String> {
        if column.is_null(row) {
            return Some(String::new());
        }
        if let Some(texts) = column.as_string_opt::<i32>() {
            return Some(texts.value(row).to_owned());
        }
        if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
            return Some(numbers.value(row).to_string());
        }
        let moments = column.as_primitive_opt::<TimestampMicrosecondType>()?;
        Some(moments.value(row).to_string())
    };
    let texts: Option<Vec<String>> = (0..column.len()).map(text).collect();
    texts.ok_or_else(|| Error::internal("a stamp is of a type that stamps do not have"))
}

/// Microseconds, or the text that instances write.
fn seconds_of(stamp: &str) -> Option<i64> {
    let typed = stamp.parse::<i64>().ok().map(|micros| micros.div_euclid(1_000_000));
    typed.or_else(|| seconds(stamp))
}
