//! Decodes an entry straight into the message that is sent.

use servicenow::{Cell, Row};

use crate::moment;
use crate::pb::JournalEntry;

/// The columns of `sys_journal_field` that make an entry.
pub(super) const FIELDS: [&str; 5] = ["sys_id", "element", "value", "sys_created_by", "sys_created_on"];

impl Row for JournalEntry {
    fn new(_: &str) -> Self {
        JournalEntry::default()
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let text = cell.value.unwrap_or_default().into_owned();
        match name {
            "sys_id" => self.sys_id = text,
            "element" => self.set_kind(super::kind(&text)),
            "value" => self.text = text,
            "sys_created_by" => self.created_by = text,
            "sys_created_on" => self.created_time = moment::read(&text),
            _ => {}
        }
    }

    fn sys_id(&self) -> Option<&str> {
        Some(self.sys_id.as_str()).filter(|sys_id| !sys_id.is_empty())
    }
}
