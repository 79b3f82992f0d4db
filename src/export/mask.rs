//! Masks the columns whose values the caller may not see, before anybody sees a batch.
//!
//! A masked column is text, whatever the dictionary says of it: anything else is an error of ours, and ends the reading.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use columnar::{Column, Columns, Face};

use crate::access::Guard;
use crate::access::guard::MASK;
use crate::error::Error;

/// Which columns of a batch are masked, by their place.
pub(super) struct Masks(Vec<usize>);

impl Masks {
    pub(super) fn new(guard: &Guard, columns: &Columns) -> Self {
        let hides = |column: &Column| {
            guard.masks(&column.field)
                || (column.face == Face::Display && !guard.shows_display(&column.field))
        };
        let masked = columns.iter().enumerate().filter(|(_, column)| hides(column));
        Self(masked.map(|(place, _)| place).collect())
    }

    /// What is empty stays so, as in records.
    pub(super) fn apply(&self, batch: RecordBatch) -> Result<RecordBatch, Error> {
        if self.0.is_empty() {
            return Ok(batch);
        }
        let (schema, mut columns, _) = batch.into_parts();
        for &place in &self.0 {
            columns[place] = masked(&columns[place])?;
        }
        RecordBatch::try_new(schema, columns).map_err(Error::internal)
    }
}

fn masked(column: &ArrayRef) -> Result<ArrayRef, Error> {
    let texts =
        column.as_string_opt::<i32>().ok_or_else(|| Error::internal("a masked column is not text"))?;
    let mask = |text: Option<&str>| text.map(|text| if text.is_empty() { "" } else { MASK }.to_owned());
    Ok(Arc::new(texts.iter().map(mask).collect::<StringArray>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(column: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter_with_nullable([("close_notes", column, true)]).unwrap()
    }

    #[test]
    fn values_are_masked_and_what_is_empty_stays_so() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("secret"), None, Some("")]));
        let shown = Masks(vec![0]).apply(batch(texts.clone())).unwrap();
        assert_eq!(shown.column(0).as_string::<i32>(), &StringArray::from(vec![Some(MASK), None, Some("")]));
        assert_eq!(Masks(vec![]).apply(batch(texts.clone())).unwrap().column(0), &texts);
    }

    #[test]
    fn what_cannot_be_masked_is_not_shown() {
        let numbers: ArrayRef = Arc::new(arrow_array::Int64Array::from(vec![1]));
        assert!(Masks(vec![0]).apply(batch(numbers)).is_err());
    }
}
