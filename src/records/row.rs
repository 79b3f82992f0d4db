//! Decodes a row of ServiceNow's JSON straight into the message that is sent.

use servicenow::{Cell, Row};

use crate::pb;

impl Row for pb::Record {
    fn new(table: &str) -> Self {
        pb::Record { table: table.to_owned(), ..pb::Record::default() }
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let field = pb::Field {
            value: cell.value.unwrap_or_default().into_owned(),
            display_value: cell.display_value.unwrap_or_default().into_owned(),
            link: cell.link.unwrap_or_default().into_owned(),
        };
        // In display mode the two come as display values only; both are plain digits or hex there, too.
        let plain = if field.value.is_empty() { &field.display_value } else { &field.value };
        match name {
            "sys_id" => self.sys_id.clone_from(plain),
            "sys_mod_count" => self.etag = plain.replace(',', ""), // displayed with grouping
            _ => {}
        }
        self.fields.insert(name.to_owned(), field);
    }

    fn sys_id(&self) -> Option<&str> {
        Some(self.sys_id.as_str()).filter(|sys_id| !sys_id.is_empty())
    }
}
