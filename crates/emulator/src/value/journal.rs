//! Journals: entries are rows of `sys_journal_field`, a record shows them newest first.

use rusqlite::Connection;

use super::{calendar, literal};
use crate::error::Error;
use crate::schema::{Kind, Table};
use crate::session::Session;

/// Entries of one record that are shown; the platform bounds its history too.
const MAX_ENTRIES: u32 = 500;

/// The entries of one record. A record has several journal columns: they are read once for all of them.
#[derive(Default)]
pub(crate) struct Journals {
    record: String,
    entries: Vec<Entry>,
}

struct Entry {
    text: String,
    at: String,
    author: String,
    element: String,
}

impl Journals {
    /// The history of a journal column; a combined column shows that of the others.
    pub(crate) fn history(
        &mut self,
        connection: &Connection,
        session: &Session,
        table: &Table,
        element: &str,
        record: &str,
    ) -> Result<String, Error> {
        if self.record != record {
            self.entries = read(connection, record)?;
            record.clone_into(&mut self.record);
        }
        let combined = table.column(element).is_some_and(|column| column.kind == Kind::JournalList);
        let mut out = String::new();
        for entry in self.entries.iter().filter(|entry| combined || entry.element == element) {
            let label = table.column(&entry.element).map_or(&entry.element, |column| &column.label);
            let at = shown(session, &entry.at);
            out.push_str(&format!("{at} - {} ({label})\n{}\n\n", entry.author, entry.text));
        }
        Ok(out)
    }
}

fn read(connection: &Connection, record: &str) -> Result<Vec<Entry>, Error> {
    const ENTRIES: &str = "SELECT j.value, j.sys_created_on, COALESCE(u.name, j.sys_created_by), j.element \
         FROM sys_journal_field AS j LEFT JOIN sys_user AS u ON u.user_name = j.sys_created_by \
         WHERE j.element_id = ?1 ORDER BY j.sys_created_on DESC, j.sys_id DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(ENTRIES)?;
    let entries = statement.query_map((record, MAX_ENTRIES), |row| {
        let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
        Ok(Entry { text: text(0)?, at: text(1)?, author: text(2)?, element: text(3)? })
    })?;
    Ok(entries.collect::<Result<_, _>>()?)
}

/// A stored date-time on the user's clock.
fn shown(session: &Session, stored: &str) -> String {
    match literal::date_time(stored) {
        Some(at) => session.date_format.date_time(calendar::to_local(session.time_zone, at)),
        None => stored.to_owned(),
    }
}
