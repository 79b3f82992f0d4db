//! What can go wrong with a request, by meaning. The HTTP face turns each into ServiceNow's exact words.

/// Why the engine did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No table has that name.
    #[error("Invalid table {0}")]
    InvalidTable(String),
    /// No row has that sys_id, or its reader may not see it.
    #[error("no record found")]
    NotFound,
    /// The caller holds no role that opens the table.
    #[error("not authorized")]
    NotAuthorized,
    /// The caller may not write to the table.
    #[error("{operation} failed due to security constraints")]
    WriteForbidden {
        /// `Insert`, `Update` or `Delete`.
        operation: &'static str,
    },
    /// The query names a field its reader may not read.
    #[error("insufficient rights to query records")]
    QueryForbidden,
    /// A data policy requires fields that would be empty.
    #[error("Data Policy Exception: The following fields are mandatory: {}", .labels.join(", "))]
    DataPolicy {
        /// Their labels, as people see them.
        labels: Vec<String>,
    },
    /// A business rule stopped the write.
    #[error(
        "Operation against file '{table}' was aborted by Business Rule '{rule}^{rule_id}'. Business Rule Stack:{rule}"
    )]
    Aborted {
        /// The table written to.
        table: String,
        /// The rule's name.
        rule: String,
        /// The rule's sys_id.
        rule_id: String,
    },
    /// The table cannot be written.
    #[error("{0} is read-only")]
    ReadOnly(String),
    /// The dictionary does not take that column.
    #[error("the dictionary refuses: {0}")]
    Dictionary(String),
    /// A table that is no staging table of import sets.
    #[error("{0} is not an import set table")]
    NotStaging(String),
    /// A file that cannot be attached; the text says why.
    #[error("{0}")]
    AttachmentRefused(String),
    /// A row with that sys_id exists.
    #[error("a record with that sys_id exists")]
    Conflict,
    /// The query is larger than the engine compiles; the text says which bound it passed.
    #[error("the query has too many {0}")]
    TooComplex(&'static str),
    /// Our own failure. The text is for the log, not for the caller.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<crate::store::Error> for Error {
    fn from(error: crate::store::Error) -> Self {
        Error::Internal(error.to_string())
    }
}

impl From<crate::schema::Error> for Error {
    fn from(error: crate::schema::Error) -> Self {
        match error {
            crate::schema::Error::Sqlite(error) => error.into(),
            refusal => Error::Dictionary(refusal.to_string()),
        }
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        Error::Internal(error.to_string())
    }
}
