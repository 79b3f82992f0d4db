//! Indexes, made after the rows: filling a table with its indexes in place costs several times as much.

use rusqlite::Connection;

use super::{Error, Store};

/// Columns that most rows of their table leave empty: an index of the others is a fraction of the size, and serves
/// every search for a value.
const SPARSE: &[&str] =
    &["caller_id", "parent", "problem_id", "request", "request_item", "change_request", "category"];

/// (physical table, columns). The class comes second where there are classes: an index then answers "class and
/// value" without the row, and still serves the base table.
pub(super) const INDEXES: &[(&str, &[&str])] = &[
    ("task", &["sys_class_name"]),
    ("task", &["number"]),
    ("task", &["sys_updated_on", "sys_class_name"]),
    ("task", &["sys_created_on", "sys_class_name"]),
    ("task", &["opened_at", "sys_class_name"]),
    ("task", &["state", "sys_class_name"]),
    ("task", &["priority", "sys_class_name"]),
    ("task", &["active", "sys_class_name"]),
    ("task", &["category", "sys_class_name"]),
    ("task", &["assigned_to", "sys_class_name"]),
    ("task", &["assignment_group", "sys_class_name"]),
    ("task", &["caller_id"]),
    ("task", &["parent"]),
    ("task", &["problem_id"]),
    ("task", &["request"]),
    ("task", &["request_item"]),
    ("task", &["change_request"]),
    ("sys_journal_field", &["element_id", "sys_created_on"]),
    ("sys_audit", &["documentkey"]),
    ("sys_audit_delete", &["sys_created_on"]),
    ("sys_audit_delete", &["tablename", "sys_created_on"]),
    ("sys_attachment", &["table_sys_id"]),
    ("sys_attachment_attribute", &["attachment", "key"]),
    ("sys_attachment_doc", &["sys_attachment", "position"]),
    ("sys_user", &["user_name"]),
    ("sys_user", &["name"]),
    ("sys_user", &["email"]),
    ("sys_user_group", &["name"]),
    ("sys_user_grmember", &["group"]),
    ("sys_user_grmember", &["user"]),
    ("sys_user_has_role", &["user"]),
    ("sys_user_has_role", &["role"]),
    ("sys_choice", &["name", "element"]),
    ("sys_metadata", &["sys_class_name", "name"]),
    ("cmdb", &["name"]),
    ("cmdb", &["sys_class_name"]),
    ("cmdb_rel_ci", &["parent"]),
    ("cmdb_rel_ci", &["child"]),
    ("task_sla", &["task"]),
    ("metric_instance", &["id"]),
    ("sysapproval_approver", &["sysapproval"]),
    ("syslog", &["sys_created_on"]),
];

impl Store {
    /// Makes the indexes that are missing and lets SQLite look at the data, so that it chooses among them.
    pub fn build_indexes(&self) -> Result<(), Error> {
        self.write(|transaction| build_indexes(transaction))
    }
}

/// As [`Store::build_indexes`], on a connection that is writing already.
pub(crate) fn build_indexes(connection: &Connection) -> Result<(), Error> {
    for (table, columns) in INDEXES {
        create(connection, table, columns)?;
    }
    // A sample is enough to tell a state from a number.
    Ok(connection.execute_batch("PRAGMA analysis_limit = 1000; ANALYZE;")?)
}

fn create(connection: &Connection, table: &str, columns: &[&str]) -> Result<(), Error> {
    let quoted: Vec<String> = columns.iter().map(|column| format!("\"{column}\"")).collect();
    let name = format!("{table}${}", columns.join("$"));
    let sparse = columns.first().filter(|column| SPARSE.contains(column));
    let only = sparse.map(|column| format!(" WHERE \"{column}\" IS NOT NULL")).unwrap_or_default();
    let sql = format!("CREATE INDEX IF NOT EXISTS \"{name}\" ON \"{table}\" ({}){only}", quoted.join(", "));
    Ok(connection.execute_batch(&sql)?)
}
