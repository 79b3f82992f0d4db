//! Journals of records: comments and work notes, which ServiceNow only ever appends to.
//!
//! They are read from `sys_journal_field`, a row for each entry, and not from the journal columns of a record, whose
//! display value is one text in the account's zone and language that nothing could be parsed from.

mod add;
mod entry;
mod list;

pub use add::{Addition, add};
pub use list::{JournalPage, list};

use crate::pb::JournalKind;

/// The table of entries.
const ENTRIES: &str = "sys_journal_field";

/// The columns that journals are kept in.
const ELEMENTS: [(JournalKind, &str); 2] =
    [(JournalKind::Comment, "comments"), (JournalKind::WorkNote, "work_notes")];

/// The column of a kind; `None` for the unspecified one.
fn element(kind: JournalKind) -> Option<&'static str> {
    ELEMENTS.iter().find(|(known, _)| *known == kind).map(|(_, element)| *element)
}

/// The kind of a column.
fn kind(element: &str) -> JournalKind {
    let known = ELEMENTS.iter().find(|(_, known)| *known == element);
    known.map_or(JournalKind::Unspecified, |(kind, _)| *kind)
}
