//! Bytes of a reply to rows, in one pass: no tree of JSON values, text borrowed where it has no escapes.
//!
//! A reply is a success only if all of it is well-formed and holds no `error`: rows that came before an error
//! are dropped with it.

mod cell;
mod envelope;

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::{DisplayMode, Error, Row};

pub(crate) use cell::CellSeed;
pub(crate) use envelope::{broken, envelope};

/// Decodes the rows of a list's reply, `{"result":[…]}`, from bytes that were got elsewhere: a file, a batch.
///
/// # Errors
/// Whatever is wrong with the reply, as [`Client::list`](crate::Client::list) tells it.
pub fn decode_rows<R: Row>(body: &[u8], table: &str, display: DisplayMode) -> Result<Vec<R>, Error> {
    rows(body, table, display)
}

pub(crate) fn rows<R: Row>(body: &[u8], table: &str, display: DisplayMode) -> Result<Vec<R>, Error> {
    envelope(body, RowsSeed { row: RowSeed::new(table, display) })
}

/// The row of `{"result":{…}}`.
pub(crate) fn row<R: Row>(body: &[u8], table: &str, display: DisplayMode) -> Result<R, Error> {
    envelope(body, RowSeed::new(table, display))
}

/// A row that stands alone, with no `result` around it.
pub(crate) fn bare_row<R: Row>(body: &[u8], table: &str, display: DisplayMode) -> Result<R, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let row = RowSeed::new(table, display).deserialize(&mut deserializer);
    row.map_err(|_| Error::Decode("there is no row".to_owned()))
}

struct RowSeed<'t, R> {
    table: &'t str,
    display: DisplayMode,
    row: std::marker::PhantomData<R>,
}

impl<'t, R> RowSeed<'t, R> {
    fn new(table: &'t str, display: DisplayMode) -> RowSeed<'t, R> {
        RowSeed { table, display, row: std::marker::PhantomData }
    }
}

impl<'de, R: Row> DeserializeSeed<'de> for RowSeed<'_, R> {
    type Value = R;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<R, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: Row> Visitor<'de> for RowSeed<'_, R> {
    type Value = R;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<R, A::Error> {
        let mut row = R::new(self.table);
        while let Some(name) = map.next_key_seed(cell::TextSeed)? {
            let cell = map.next_value_seed(CellSeed { display: self.display })?;
            row.cell(&name, cell);
        }
        Ok(row)
    }
}

struct RowsSeed<'t, R> {
    row: RowSeed<'t, R>,
}

impl<'de, R: Row> DeserializeSeed<'de> for RowsSeed<'_, R> {
    type Value = Vec<R>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<R>, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Row> Visitor<'de> for RowsSeed<'_, R> {
    type Value = Vec<R>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<R>, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = seq.next_element_seed(RowSeed::new(self.row.table, self.row.display))? {
            rows.push(row);
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests;
