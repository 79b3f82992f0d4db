//! A row, and what was changed of it.

use crate::{Cell, FieldValue, Fields, Record, Row as Decoded};

/// A row as it was read or is being made.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) record: Record,
    /// The stored values that changed fields had; `None` for fields that were not read.
    original: Vec<(String, Option<FieldValue>)>,
    /// It is not on the instance yet.
    pub(super) new: bool,
}

impl Row {
    /// One that is to be inserted.
    pub(super) fn fresh(table: &str) -> Row {
        Row {
            record: Record { table: table.to_owned(), fields: Vec::new() },
            original: Vec::new(),
            new: true,
        }
    }

    pub(super) fn read(record: Record) -> Row {
        Row { record, original: Vec::new(), new: false }
    }

    /// Sets a stored value. What a person sees of it is not known then.
    pub(super) fn set(&mut self, name: &str, value: String) {
        let known = self.record.fields.iter_mut().find(|(field, _)| field == name);
        let fresh = FieldValue { value: Some(value), ..FieldValue::default() };
        let before = match known {
            Some((_, field)) if field.value == fresh.value => return,
            Some((_, field)) => Some(std::mem::replace(field, fresh)),
            None => {
                self.record.fields.push((name.to_owned(), fresh));
                None
            }
        };
        let Some(index) = self.original.iter().position(|(field, _)| field == name) else {
            self.original.push((name.to_owned(), before));
            return;
        };
        // Back to what it was: nothing is left to be written, and what a person sees is known again.
        if let Some(first) = self.original[index].1.clone()
            && first.value.as_deref() == self.record.value(name)
        {
            self.original.remove(index);
            if let Some((_, field)) = self.record.fields.iter_mut().find(|(field, _)| field == name) {
                *field = first;
            }
        }
    }

    pub(super) fn is_changed(&self, name: &str) -> bool {
        self.original.iter().any(|(field, _)| field == name)
    }

    pub(super) fn has_changes(&self) -> bool {
        !self.original.is_empty()
    }

    /// The changed fields, as they are now.
    pub(super) fn changed(&self) -> Record {
        let fields = self.record.fields.iter().filter(|(name, _)| self.is_changed(name)).cloned().collect();
        Record { table: self.record.table.clone(), fields }
    }

    pub(super) fn changes(&self) -> Fields {
        values(&self.changed())
    }

    /// What an insert sends: all that was set, or of a row that was read a copy without what the instance sets.
    pub(super) fn insertable(&self) -> Fields {
        let mut fields = values(&self.record);
        if !self.new {
            fields.retain(|name, _| {
                !name.contains('.') && (!name.starts_with("sys_") || self.is_changed(name))
            });
        }
        fields
    }

    /// The instance stored it so.
    pub(super) fn stored(&mut self, record: Record) {
        *self = Row::read(record);
    }
}

fn values(record: &Record) -> Fields {
    record.fields.iter().map(|(name, field)| (name.clone(), field.value.clone())).collect()
}

impl Decoded for Row {
    fn new(table: &str) -> Row {
        Row::read(Record::new(table))
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        self.record.cell(name, cell);
    }

    fn sys_id(&self) -> Option<&str> {
        self.record.sys_id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        let mut row = Row::new("incident");
        row.cell("state", Cell { value: Some("1".into()), display_value: Some("New".into()), link: None });
        row
    }

    #[test]
    fn a_change_is_what_differs_from_what_was_read() {
        let mut row = row();
        row.set("state", "1".to_owned());
        assert!(!row.has_changes());
        row.set("state", "2".to_owned());
        row.set("state", "3".to_owned());
        assert!(row.is_changed("state"));
        assert_eq!(row.record.display_value("state"), None, "the label of the old value is not shown");
        row.set("state", "1".to_owned());
        assert!(!row.has_changes());
        assert_eq!(row.record.display_value("state"), Some("New"));
    }

    #[test]
    fn a_field_that_was_not_read_is_a_change() {
        let mut row = row();
        row.set("urgency", String::new());
        row.set("urgency", "1".to_owned());
        assert_eq!(row.changes(), [("urgency".to_owned(), Some("1".to_owned()))].into_iter().collect());
        assert_eq!(row.changed().fields.len(), 1);
    }

    #[test]
    fn a_copy_leaves_to_the_instance_what_is_its_own() {
        let mut row = row();
        row.cell("sys_id", Cell { value: Some("1".into()), ..Cell::default() });
        row.cell("caller_id.name", Cell { value: Some("Abel".into()), ..Cell::default() });
        assert_eq!(row.insertable().keys().collect::<Vec<_>>(), ["state"]);
        row.set("sys_id", "2".to_owned());
        assert_eq!(row.insertable().keys().collect::<Vec<_>>(), ["state", "sys_id"]);
    }
}
