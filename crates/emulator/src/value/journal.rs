//! Journals: entries are rows of `sys_journal_field`, a record shows them newest first.

use rusqlite::Connection;

use super::{calendar, literal};
use crate::error::Error;
use crate::schema::{Kind, Table};
use crate::session::Session;

/// Entries of one record that are shown; the platform bounds its history too.
const MAX_ENTRIES: u32 = 500;

/// The history of a journal column, of several for a combined one.
pub(crate) fn history(
    connection: &Connection,
    session: &Session,
    table: &Table,
    element: &str,
    record: &str,
) -> Result<String, Error> {
    const ENTRIES: &str = "SELECT j.value, j.sys_created_on, j.sys_created_by, j.element, u.name \
         FROM sys_journal_field AS j LEFT JOIN sys_user AS u ON u.user_name = j.sys_created_by \
         WHERE j.element_id = ?1 AND (?2 IS NULL OR j.element = ?2) \
         ORDER BY j.sys_created_on DESC, j.sys_id LIMIT ?3";
    let combined = table.column(element).is_some_and(|column| column.kind == Kind::JournalList);
    let only = (!combined).then_some(element);
    let mut statement = connection.prepare_cached(ENTRIES)?;
    let mut rows = statement.query((record, only, MAX_ENTRIES))?;
    let mut out = String::new();
    while let Some(row) = rows.next()? {
        let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
        let element = text(3)?;
        let label = table.column(&element).map_or(element.as_str(), |column| column.label.as_str());
        let author = row.get::<_, Option<String>>(4)?.map_or_else(|| text(2), Ok)?;
        let at = shown(session, &text(1)?);
        out.push_str(&format!("{at} - {author} ({label})\n{}\n\n", text(0)?));
    }
    Ok(out)
}

/// A stored date-time on the user's clock.
fn shown(session: &Session, stored: &str) -> String {
    match literal::date_time(stored) {
        Some(at) => session.date_format.date_time(calendar::to_local(session.time_zone, at)),
        None => stored.to_owned(),
    }
}
