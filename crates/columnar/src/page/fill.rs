//! Columns from a grid of values.

use std::sync::Arc;

use arrow_array::builder::{BooleanBuilder, PrimitiveBuilder, StringBuilder, StringDictionaryBuilder};
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, DurationMicrosecondType, Float64Type, Int32Type,
    Int64Type, TimestampMicrosecondType,
};
use arrow_array::{ArrayRef, StringArray};

use super::cells::Cells;
use crate::{Kind, value};

/// Takes the row and the text of a value that does not parse.
type Bad<'b> = dyn FnMut(usize, &str) + 'b;

/// One value.
pub(super) fn at<'t>(cells: &'t Cells, body: &'t str, row: usize, slot: usize) -> &'t str {
    cells.text(body, row, slot)
}

/// A column of this kind.
pub(super) fn column(cells: &Cells, body: &str, slot: usize, kind: Kind, bad: &mut Bad<'_>) -> ArrayRef {
    let grid = Grid { cells, body, slot };
    match kind {
        Kind::Text => Arc::new(text(cells, body, slot)),
        Kind::Label => grid.labels(),
        Kind::Boolean => grid.booleans(bad),
        Kind::Integer => grid.numbers::<Int64Type>(kind, value::integer, bad),
        Kind::Float => grid.numbers::<Float64Type>(kind, value::float, bad),
        Kind::Decimal => grid.numbers::<Decimal128Type>(kind, value::decimal, bad),
        Kind::Date => grid.numbers::<Date32Type>(kind, value::date, bad),
        Kind::Timestamp => grid.numbers::<TimestampMicrosecondType>(kind, value::moment, bad),
        Kind::Duration => grid.numbers::<DurationMicrosecondType>(kind, value::moment, bad),
    }
}

/// A column of text.
pub(super) fn text(cells: &Cells, body: &str, slot: usize) -> StringArray {
    let grid = Grid { cells, body, slot };
    let mut builder = StringBuilder::with_capacity(cells.rows(), cells.bytes(slot));
    for text in grid.values() {
        if text.is_empty() {
            builder.append_null();
        } else {
            builder.append_value(text);
        }
    }
    builder.finish()
}

/// The values of one column.
#[derive(Clone, Copy)]
struct Grid<'t> {
    cells: &'t Cells,
    body: &'t str,
    slot: usize,
}

impl<'t> Grid<'t> {
    fn values(self) -> impl Iterator<Item = &'t str> {
        (0..self.cells.rows()).map(move |row| self.cells.text(self.body, row, self.slot))
    }

    fn numbers<T: ArrowPrimitiveType>(
        self,
        kind: Kind,
        parse: impl Fn(&str) -> Option<T::Native>,
        bad: &mut Bad<'_>,
    ) -> ArrayRef {
        let builder = PrimitiveBuilder::<T>::with_capacity(self.cells.rows());
        let mut builder = builder.with_data_type(kind.data_type());
        for (row, text) in self.values().enumerate() {
            let parsed = if text.is_empty() { None } else { parse(text) };
            if parsed.is_none() && !text.is_empty() {
                bad(row, text);
            }
            builder.append_option(parsed);
        }
        Arc::new(builder.finish())
    }

    fn booleans(self, bad: &mut Bad<'_>) -> ArrayRef {
        let mut builder = BooleanBuilder::with_capacity(self.cells.rows());
        for (row, text) in self.values().enumerate() {
            let parsed = value::boolean(text);
            if parsed.is_none() && !text.is_empty() {
                bad(row, text);
            }
            builder.append_option(parsed);
        }
        Arc::new(builder.finish())
    }

    fn labels(self) -> ArrayRef {
        let mut builder = StringDictionaryBuilder::<Int32Type>::new();
        for text in self.values() {
            if text.is_empty() {
                builder.append_null();
            } else {
                builder.append_value(text);
            }
        }
        Arc::new(builder.finish())
    }
}
