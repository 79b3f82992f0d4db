//! Which columns an answer has. They are fixed before its first row.

use std::collections::BTreeSet;

use anyhow::Result;
use sncgate_client::{Field, Record};
use tonic::Code;

use super::args::{Format, Shown};
use super::connect::Session;
use super::output::{Cell, Column};

/// What tells records apart at a glance, in tables of most kinds.
const BRIEF: [&str; 10] = [
    "sys_id",
    "number",
    "name",
    "user_name",
    "short_description",
    "state",
    "priority",
    "assigned_to",
    "element",
    "sys_updated_on",
];

/// The columns to ask for, and to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Columns {
    /// What to ask for; empty is all of the table.
    pub(crate) fields: Vec<String>,
    names: Vec<String>,
    display: Shown,
}

impl Columns {
    /// Those named, in their order; or else all of the table by name, sys_id first; or a few, in a table.
    pub(crate) async fn of(session: &Session, table: &str, named: &[String], display: Shown) -> Result<Self> {
        if !named.is_empty() {
            return Ok(Self::named(named, display));
        }
        let names = all_names(session, table).await?;
        if session.format() == Format::Table && !names.is_empty() {
            return Ok(Self::named(&brief(&names), display));
        }
        Ok(Self { fields: Vec::new(), names, display })
    }

    /// Exactly these.
    pub(crate) fn named(names: &[String], display: Shown) -> Self {
        Self { fields: names.to_vec(), names: names.to_vec(), display }
    }

    /// Those of the first records too, where the dictionary did not tell all.
    pub(crate) fn complete(&mut self, records: &[Record]) {
        if self.fields.is_empty() {
            let found: BTreeSet<&String> = records.iter().flat_map(|record| record.fields.keys()).collect();
            let new: Vec<String> =
                found.into_iter().filter(|name| !self.names.contains(name)).cloned().collect();
            self.names.extend(sys_id_first(new));
        }
    }

    pub(crate) fn to_columns(&self) -> Vec<Column> {
        // An id reads the same to everybody.
        let column = |name: &String| match self.display {
            Shown::Both if name != "sys_id" => Column::both(name),
            _ => Column::new(name),
        };
        self.names.iter().map(column).collect()
    }

    pub(crate) fn row(&self, mut record: Record) -> Vec<Cell> {
        let mut cell = |name: &String| match record.fields.remove(name) {
            Some(field) => self.cell(field),
            None if name == "sys_id" => self.cell(own_sys_id(&record.sys_id)),
            None => Cell::Missing,
        };
        self.names.iter().map(&mut cell).collect()
    }

    fn cell(&self, field: Field) -> Cell {
        let Field { value, display_value, link } = field;
        match self.display {
            Shown::Value => Cell::Text(value),
            Shown::Display => Cell::Text(display_value),
            Shown::Both => Cell::Both { value, display_value, link },
        }
    }
}

/// Of all columns; none where the account may not read the dictionary.
async fn all_names(session: &Session, table: &str) -> Result<Vec<String>> {
    match session.client.schema(table).await {
        Ok(table) => Ok(sys_id_first(table.columns.into_iter().map(|column| column.name).collect())),
        Err(error) if error.code() == Code::PermissionDenied => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn sys_id_first(mut names: Vec<String>) -> Vec<String> {
    names.sort_by(|a, b| (a != "sys_id", a).cmp(&(b != "sys_id", b)));
    names
}

/// A table of which no column is known to tell records apart shows its first ones.
fn brief(names: &[String]) -> Vec<String> {
    let brief: Vec<String> =
        BRIEF.iter().map(ToString::to_string).filter(|name| names.contains(name)).collect();
    if brief.len() > 2 { brief } else { names.iter().take(8).cloned().collect() }
}

fn own_sys_id(sys_id: &str) -> Field {
    Field { value: sys_id.to_owned(), display_value: sys_id.to_owned(), link: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(ToString::to_string).collect()
    }

    fn record(fields: &[(&str, &str, &str)]) -> Record {
        let field = |(name, value, shown): &(&str, &str, &str)| {
            let field = Field { value: (*value).into(), display_value: (*shown).into(), link: String::new() };
            ((*name).to_owned(), field)
        };
        Record { sys_id: "id".into(), fields: fields.iter().map(field).collect(), ..Default::default() }
    }

    #[test]
    fn every_row_has_the_same_cells() {
        let columns = Columns::named(&names(&["state", "sys_id", "gone"]), Shown::Display);
        let row = columns.row(record(&[("state", "1", "New"), ("other", "x", "x")]));
        assert_eq!(row, [Cell::Text("New".into()), Cell::Text("id".into()), Cell::Missing]);
    }

    #[test]
    fn the_first_page_adds_what_the_dictionary_did_not_tell() {
        let mut columns = Columns { fields: vec![], names: names(&["sys_id", "b"]), display: Shown::Value };
        columns.complete(&[record(&[("b", "", "")]), record(&[("d", "", ""), ("c", "", "")])]);
        assert_eq!(columns.names, ["sys_id", "b", "c", "d"]);

        let mut columns = Columns::named(&names(&["b"]), Shown::Value);
        columns.complete(&[record(&[("c", "", "")])]);
        assert_eq!(columns.names, ["b"]);
    }

    #[test]
    fn a_table_shows_what_tells_records_apart() {
        let cases = [
            (names(&["sys_id", "active", "number", "state"]), names(&["sys_id", "number", "state"])),
            (names(&["sys_id", "a", "b"]), names(&["sys_id", "a", "b"])),
            (sys_id_first(names(&["b", "a", "sys_id", "z"])), names(&["sys_id", "a", "b", "z"])),
        ];
        for (all, expected) in cases {
            assert_eq!(brief(&all), expected, "{all:?}");
        }
    }
}
