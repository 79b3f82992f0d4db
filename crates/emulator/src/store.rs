//! The SQLite file behind the instance: one writer, several readers.
//!
//! Storage rules, which the query compiler, the writers, the generator and the loader all keep:
//! - One physical table per hierarchy (see [`crate::schema::Table::storage`]), `WITHOUT ROWID`, primary key
//!   `sys_id TEXT COLLATE NOCASE`, so a read in sys_id order is a sequential read.
//! - An empty value is NULL, never `''`.
//! - `Boolean` and `Integer` are INTEGER, `Decimal` and `Currency` are REAL, everything else is TEXT declared
//!   `COLLATE NOCASE_UNICODE` (a collation registered on each connection; values compare without case, as on
//!   ServiceNow's database). Date-times are UTC `YYYY-MM-DD HH:MM:SS`.
//! - Journal columns have no physical column: entries are rows of `sys_journal_field`.
//! - Physical names are always quoted and always come from the schema, never from a request.
