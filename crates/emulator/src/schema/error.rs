//! What can be wrong with a dictionary or a change to it.

/// A dictionary that cannot be built, or a change to it that is refused.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A definition file does not parse.
    #[error("table definitions {file}: {message}")]
    File {
        /// The file's name.
        file: &'static str,
        /// The parser's words.
        message: String,
    },
    /// A definition contradicts another or itself.
    #[error("table {table}: {problem}")]
    Definition {
        /// The table at fault.
        table: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A column was asked for on a table that does not exist.
    #[error("no table is named {0:?}")]
    UnknownTable(String),
    /// A column was asked for with a type that does not exist.
    #[error("no field type is named {0:?}")]
    UnknownType(String),
    /// A column name that is not a lower-case letter followed by at most 79 letters, digits and underscores.
    #[error("{0:?} is not a column name")]
    BadElement(String),
    /// The table, or one that extends it, already has that column.
    #[error("table {table} already has a column {element}")]
    Duplicate {
        /// The table that has it.
        table: String,
        /// The column.
        element: String,
    },
    /// A class of the same hierarchy stores a column of that name in another form.
    #[error(
        "column {element} cannot be added to {table}: another class of its hierarchy stores it differently"
    )]
    Storage {
        /// The table asked for.
        table: String,
        /// The column.
        element: String,
    },
    /// SQLite refused.
    #[error("database: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

impl Error {
    pub(super) fn definition(table: &str, problem: impl Into<String>) -> Self {
        Error::Definition { table: table.to_owned(), problem: problem.into() }
    }
}
