//! Display values: what a stored value is to people, in the caller's zone and format.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension};

use super::journal::Journals;
use super::raw;
use super::{calendar, duration, literal, number};
use crate::error::Error;
use crate::query::quoted;
use crate::schema::{Column, Kind, Schema, Table};
use crate::session::Session;

/// Referred rows remembered by one request; more than that and the memory starts over.
const MAX_REMEMBERED: usize = 50_000;
/// References a display value may pass through.
const MAX_DEPTH: usize = 3;

/// Turns values into display values; remembers the referred rows of one request.
pub(crate) struct Displays<'a> {
    connection: &'a Connection,
    schema: &'a Schema,
    session: &'a Session,
    remembered: HashMap<(String, String), Option<String>>,
    journals: Journals,
}

/// A value and what its display depends on.
pub(crate) struct Shown<'v> {
    /// The class the column was looked up on.
    pub(crate) table: &'v Table,
    pub(crate) column: &'v Column,
    /// The wire form.
    pub(crate) value: &'v str,
    /// The sys_id of the row, for journals.
    pub(crate) record: &'v str,
    /// The value of the column that this one depends on: the category of a subcategory, the table of a
    /// document id. Empty if there is none.
    pub(crate) companion: &'v str,
}

impl<'a> Displays<'a> {
    pub(crate) fn new(connection: &'a Connection, schema: &'a Schema, session: &'a Session) -> Self {
        Displays { connection, schema, session, remembered: HashMap::new(), journals: Journals::default() }
    }

    /// The display value.
    pub(crate) fn display(&mut self, shown: &Shown<'_>) -> Result<String, Error> {
        let Shown { table, column, value, .. } = *shown;
        if column.kind == Kind::Journal || column.kind == Kind::JournalList {
            if shown.record.is_empty() {
                return Ok(String::new());
            }
            return self.journals.history(
                self.connection,
                self.session,
                table,
                &column.element,
                shown.record,
            );
        }
        if value.is_empty() {
            return Ok(empty(column).to_owned());
        }
        if let Some(label) = self.choice(table, column, value, shown.companion) {
            return Ok(label.to_owned());
        }
        Ok(match column.kind {
            Kind::Integer | Kind::Decimal => number::grouped(value),
            Kind::Currency => number::currency(value).map_or_else(|| value.to_owned(), number::money),
            Kind::DateTime => self.date_time(value),
            Kind::Date => literal::date(value)
                .map_or_else(|| value.to_owned(), |day| self.session.date_format.date(day)),
            Kind::Duration => duration::seconds(value).map_or_else(|| value.to_owned(), duration::words),
            Kind::ClassName => {
                self.schema.table(value).map_or_else(|| value.to_owned(), |table| table.label.clone())
            }
            Kind::Reference => self.referred(column, value)?,
            Kind::List => self.listed(column, value)?,
            Kind::DocumentId => self.document(shown.companion, value)?,
            _ => value.to_owned(),
        })
    }

    /// The label of a choice; of several lists the one that depends on the companion's value.
    fn choice(&self, table: &Table, column: &Column, value: &str, companion: &str) -> Option<&'a str> {
        if !column.choice {
            return None;
        }
        let choices = self.schema.choices(table, &column.element);
        let mut fitting = choices.iter().filter(|choice| choice.value == value);
        let first = fitting.next()?;
        if first.dependent_value.as_deref().is_none_or(|dependent| dependent == companion) {
            return Some(&first.label);
        }
        let exact = fitting.find(|choice| choice.dependent_value.as_deref() == Some(companion));
        Some(&exact.unwrap_or(first).label)
    }

    fn date_time(&self, value: &str) -> String {
        match literal::date_time(value) {
            Some(at) => self.session.date_format.date_time(calendar::to_local(self.session.time_zone, at)),
            None => value.to_owned(),
        }
    }

    /// The display value of the row a reference names. What points nowhere shows itself (`global`), except a
    /// sys_id, which means nothing to people.
    fn referred(&mut self, column: &Column, value: &str) -> Result<String, Error> {
        let Some(target) = column.reference.as_deref().and_then(|name| self.schema.table(name)) else {
            return Ok(value.to_owned());
        };
        let key = column.reference_key.as_deref().unwrap_or("sys_id");
        let found = self.row(target, key, value, 0)?;
        Ok(found.unwrap_or_else(|| if is_sys_id(value) { String::new() } else { value.to_owned() }))
    }

    /// The display value of a row, by its key.
    pub(crate) fn row(
        &mut self,
        table: &Table,
        key: &str,
        value: &str,
        depth: usize,
    ) -> Result<Option<String>, Error> {
        // Keys are unique per storage, and a referred table has one key in practice.
        let place = (format!("{}.{key}", table.name), value.to_owned());
        if let Some(known) = self.remembered.get(&place) {
            return Ok(known.clone());
        }
        let found = self.look_up(table, key, value, depth)?;
        if self.remembered.len() >= MAX_REMEMBERED {
            self.remembered.clear();
        }
        self.remembered.insert(place, found.clone());
        Ok(found)
    }

    fn look_up(
        &mut self,
        table: &Table,
        key: &str,
        value: &str,
        depth: usize,
    ) -> Result<Option<String>, Error> {
        let Some(key) = table.column(key) else { return Ok(None) };
        let display = table.display().clone();
        let sql = format!(
            "SELECT {} FROM {} WHERE {} = ?1 LIMIT 1",
            quoted(&display.element),
            quoted(&table.storage),
            quoted(&key.element)
        );
        let stored = self
            .connection
            .prepare_cached(&sql)?
            .query_row([value], |row| {
                let mut text = String::new();
                raw::push(display.kind, row.get_ref(0)?, false, &mut text);
                Ok(text)
            })
            .optional()?;
        let Some(text) = stored else { return Ok(None) };
        if display.kind == Kind::Reference && depth < MAX_DEPTH {
            let target = display.reference.as_deref().and_then(|name| self.schema.table(name)).cloned();
            if let Some(target) = target {
                let key = display.reference_key.clone().unwrap_or_else(|| "sys_id".to_owned());
                return self.row(&target, &key, &text, depth + 1);
            }
        }
        let simple = Shown { table, column: &display, value: &text, record: "", companion: "" };
        if display.kind == Kind::Reference { Ok(Some(text)) } else { self.display(&simple).map(Some) }
    }

    /// `Name1, Name2`; what points nowhere is shown as it is (watch lists hold e-mail addresses).
    fn listed(&mut self, column: &Column, value: &str) -> Result<String, Error> {
        let target = column.reference.as_deref().and_then(|name| self.schema.table(name)).cloned();
        let Some(target) = target else { return Ok(value.to_owned()) };
        let key = column.reference_key.as_deref().unwrap_or("sys_id");
        let mut names = Vec::new();
        for item in value.split(',').filter(|item| !item.is_empty()) {
            names.push(self.row(&target, key, item, 0)?.unwrap_or_else(|| item.to_owned()));
        }
        Ok(names.join(", "))
    }

    /// `Incident: INC0010014`
    fn document(&mut self, table: &str, value: &str) -> Result<String, Error> {
        let Some(table) = self.schema.table(table).cloned() else { return Ok(value.to_owned()) };
        let name = self.row(&table, "sys_id", value, 0)?;
        Ok(name.map_or_else(|| value.to_owned(), |name| format!("{}: {name}", table.label)))
    }
}

/// What an empty value shows: these due dates are computed by SLAs that never ran.
fn empty(column: &Column) -> &'static str {
    match column.element.as_str() {
        "sla_due" | "activity_due" => "UNKNOWN",
        _ => "",
    }
}

/// Whether text has the form of a sys_id.
pub(crate) fn is_sys_id(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The column whose value the display of another depends on.
pub(crate) fn companion<'t>(table: &'t Table, column: &'t Column) -> Option<&'t str> {
    if let Some(dependent) = column.dependent.as_deref() {
        return table.column(dependent).map(|found| found.element.as_str());
    }
    if column.kind != Kind::DocumentId {
        return None;
    }
    let sibling = format!("{}_table", column.element.trim_end_matches("_id"));
    [sibling.as_str(), "table", "table_name", "tablename", "source_table"]
        .into_iter()
        .find_map(|name| table.column(name))
        .map(|found| found.element.as_str())
}
