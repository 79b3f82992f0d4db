//! What a caller may read and write: access rules that people have written, and where there are none for a table, those
//! that an instance ships with, as far as clients have met them.
//!
//! Rows hidden from a caller are absent from lists and not found by sys_id; counts do not look at rules.

use super::Session;
use crate::rulebook::{Grant, Operation};
use crate::schema::{Schema, Table};

/// How much of a table a caller reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Its rows.
    Rows,
    /// Those rows that match one of these encoded queries.
    Where(Vec<String>),
    /// Nothing, silently.
    Nothing,
    /// A refusal.
    Refused,
}

impl Session {
    /// How much of a table the caller reads.
    pub(crate) fn reading(&self, schema: &Schema, table: &Table) -> Reading {
        if let Some(rules) = schema.rulebook.of_table(schema, table, Operation::Read) {
            return match Grant::of(rules, self) {
                Grant::Open => Reading::Rows,
                Grant::Closed => Reading::Nothing,
                Grant::Where(conditions) => Reading::Where(conditions),
            };
        }
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

    /// Whether the caller may see a column.
    pub(crate) fn may_read_field(&self, schema: &Schema, table: &Table, element: &str) -> Grant {
        if let Some(rules) = schema.rulebook.of_field(schema, table, element, Operation::Read) {
            return Grant::of(rules, self);
        }
        let open = self.admin || table.name != "sys_choice" || element == "label";
        if open { Grant::Open } else { Grant::Closed }
    }

    /// Whether the caller may name a column in a query. Rules of their own for that are rare: then it is who may see
    /// the column in any row.
    pub(crate) fn may_query(
        &self,
        schema: &Schema,
        table: &Table,
        element: &str,
        operation: Operation,
    ) -> bool {
        let grant = match schema.rulebook.of_field(schema, table, element, operation) {
            Some(rules) => Grant::of(rules, self),
            None => self.may_read_field(schema, table, element),
        };
        grant != Grant::Closed
    }

    /// Which rows of a table the caller may create, write or delete.
    pub(crate) fn may_write(&self, schema: &Schema, table: &Table, operation: Operation) -> Grant {
        if let Some(rules) = schema.rulebook.of_table(schema, table, operation) {
            return Grant::of(rules, self);
        }
        if self.writes_by_role(schema, table) { Grant::Open } else { Grant::Closed }
    }

    /// Whether the caller may set a column. Without a rule of its own, whoever writes the row does.
    pub(crate) fn may_write_field(
        &self,
        schema: &Schema,
        table: &Table,
        element: &str,
        operation: Operation,
    ) -> Grant {
        let rules = schema.rulebook.of_field(schema, table, element, operation);
        rules.map_or(Grant::Open, |rules| Grant::of(rules, self))
    }

    fn writes_by_role(&self, schema: &Schema, table: &Table) -> bool {
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
    use crate::session::tests::session;

    #[test]
    fn choices_show_only_their_labels() {
        let schema = Schema::builtin().unwrap();
        for (roles, table, element, open) in [
            (&["itil"][..], "sys_choice", "label", true),
            (&["itil"], "sys_choice", "name", false),
            (&["admin"], "sys_choice", "name", true),
            (&[], "incident", "number", true),
        ] {
            let table = schema.table(table).unwrap();
            let may = session(roles).may_query(&schema, table, element, Operation::QueryMatch);
            assert_eq!(may, open, "{roles:?} {element}");
        }
    }

    #[test]
    fn an_admin_holds_every_role() {
        assert!(session(&["admin"]).has_role("anything"));
        assert!(!session(&["itil"]).has_role("admin"));
    }
}
