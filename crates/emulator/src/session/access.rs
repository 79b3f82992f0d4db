//! What a caller may read and write: the rules an instance ships with, as far as clients have met them.
//!
//! Rows hidden from a caller are absent from lists and not found by sys_id; counts do not look at rules.

use super::Session;
use crate::schema::{Schema, Table};

/// How much of a table a caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its rows.
    Rows,
    /// Nothing, silently.
    Nothing,
    /// A refusal.
    Refused,
}

impl Session {
    /// How much of a table the caller reads.
    pub(crate) fn reading(&self, schema: &Schema, table: &Table) -> Reading {
        if self.admin {
            return Reading::Rows;
        }
        let when = |held: bool, otherwise: Reading| if held { Reading::Rows } else { otherwise };
        match table.name.as_str() {
            "sys_dictionary" | "sys_properties" => Reading::Nothing,
            "sys_plugins" => Reading::Refused,
            "sys_db_object" => when(!self.roles.is_empty(), Reading::Refused),
            "metric_definition" | "metric_instance" => when(self.has_role("itil"), Reading::Refused),
            _ if is_task(schema, table) => when(self.reads_tasks(), Reading::Nothing),
            _ => Reading::Rows,
        }
    }

    /// Whether the caller may see a column, and so may ask for it.
    pub(crate) fn may_query(&self, table: &str, element: &str) -> bool {
        self.admin || table != "sys_choice" || element == "label"
    }

    /// Whether the caller may write to a table.
    pub(crate) fn may_write(&self, schema: &Schema, table: &Table) -> bool {
        if self.admin {
            return true;
        }
        let staging = schema.table("sys_import_set_row").is_some_and(|row| table.extends(row));
        if staging && self.has_role("import_transformer") {
            return true;
        }
        let system = table.name.starts_with("sys_") && table.name != "sys_attachment";
        self.has_role("itil") && !system && (is_task(schema, table) || table.storage != "sys_metadata")
    }

    fn reads_tasks(&self) -> bool {
        const ROLES: [&str; 6] = [
            "itil",
            "sn_incident_read",
            "sn_change_read",
            "sn_request_read",
            "sn_problem_read",
            "problem_admin",
        ];
        ROLES.iter().any(|role| self.has_role(role))
    }
}

fn is_task(schema: &Schema, table: &Table) -> bool {
    schema.table("task").is_some_and(|task| table.extends(task))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::format::DateFormat;

    fn session(roles: &[&str]) -> Session {
        Session {
            user_id: "u".into(),
            user_name: "u".into(),
            name: "U".into(),
            time_zone: chrono_tz::UTC,
            date_format: DateFormat::default(),
            roles: roles.iter().map(|&role| role.to_owned()).collect(),
            admin: roles.contains(&"admin"),
        }
    }

    #[test]
    fn choices_show_only_their_labels() {
        assert!(session(&["itil"]).may_query("sys_choice", "label"));
        assert!(!session(&["itil"]).may_query("sys_choice", "name"));
        assert!(session(&["admin"]).may_query("sys_choice", "name"));
        assert!(session(&[]).may_query("incident", "number"));
    }

    #[test]
    fn an_admin_holds_every_role() {
        assert!(session(&["admin"]).has_role("anything"));
        assert!(!session(&["itil"]).has_role("admin"));
    }
}
