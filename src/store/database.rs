//! The SQLite file: one connection, used off the async threads, and the steps that bring an older file up to date.

mod group;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, Transaction, TransactionBehavior};

use crate::error::Error;

const FILE: &str = "gateway.db";

/// How long the file is waited for at start: the gateway that had it may be about to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Each brings a file from the version of its place to the next one; `user_version` says how many a file has had.
const STEPS: &[&str] = &[
    include_str!("request_ids/table.sql"),
    include_str!("access/tables.sql"),
    include_str!("access/retention.sql"),
    include_str!("access/links.sql"),
    include_str!("tasks/tables.sql"),
    include_str!("access/row_counts.sql"),
];

/// The data directory or its file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory or the file cannot be made.
    #[error("cannot use the data directory {}: {source}", .path.display())]
    Directory {
        /// What could not be made.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Another gateway has it.
    #[error("{} is in use by another gateway; give each its own server.data_dir", .path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// A later version of the gateway wrote it.
    #[error("{} was written by a later version of sncgate", .path.display())]
    TooNew {
        /// The file.
        path: PathBuf,
    },
    /// The file of the key that seals secrets cannot be used.
    #[error("cannot use the key in {}: {source}", .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// SQLite cannot read it.
    #[error("cannot open {}: {source}", .path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
}

/// The open file.
pub(super) struct Database {
    path: PathBuf,
    connection: Arc<Mutex<Connection>>,
    /// What the next one who has the connection carries out.
    waiting: group::Waiting,
}

impl Database {
    /// Opens the file in this directory, or makes both, readable by this user only: answers hold records.
    pub(super) fn open(directory: &Path) -> Result<Self, OpenError> {
        let path = directory.join(FILE);
        private_directory(directory)
            .and_then(|()| private_file(&path))
            .map_err(|source| OpenError::Directory { path: directory.to_owned(), source })?;
        let connection = connect(&path).map_err(|source| match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                OpenError::InUse { path: path.clone() }
            }
            _ => OpenError::Database { path: path.clone(), source },
        })?;
        let database =
            Database { path, connection: Arc::new(Mutex::new(connection)), waiting: Arc::default() };
        database.bring_up_to_date()?;
        Ok(database)
    }

    /// Runs `work` in a transaction, on this thread: only for use at start.
    pub(super) fn run_blocking<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<T, OpenError> {
        transact(&self.connection, work).map_err(|source| self.broken(source))
    }

    /// Runs `work` on a thread that may block, in a transaction: what waits at the same moment shares one, and one write
    /// to the disk, but each is undone alone where it fails. It is carried out also where the caller does not
    /// wait for the end.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (job, answer) = group::job(work);
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(job);
        let (connection, waiting) = (self.connection.clone(), self.waiting.clone());
        tokio::task::spawn_blocking(move || group::run(&connection, &waiting));
        answer.await.map_err(|_| Error::internal("the work on the store broke off"))?
    }

    fn bring_up_to_date(&self) -> Result<(), OpenError> {
        let version = self.run_blocking(|transaction| {
            let version: usize =
                transaction.pragma_query_value(None, "user_version", |row| row.get::<_, u32>(0))? as usize;
            for step in STEPS.iter().skip(version) {
                transaction.execute_batch(step)?;
            }
            if version < STEPS.len() {
                transaction.pragma_update(None, "user_version", STEPS.len() as u32)?;
            }
            Ok(version)
        })?;
        if version > STEPS.len() { Err(OpenError::TooNew { path: self.path.clone() }) } else { Ok(()) }
    }

    fn broken(&self, source: rusqlite::Error) -> OpenError {
        OpenError::Database { path: self.path.clone(), source }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.busy_timeout(PATIENCE)?;
    // Exclusive: kept from the first statement on, and given up by the kernel when the process ends in any way.
    // Full: what was begun is known after a power failure too.
    connection.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         BEGIN EXCLUSIVE; COMMIT;",
    )?;
    Ok(connection)
}

fn transact<T>(
    connection: &Mutex<Connection>,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    // One that panicked left no half transaction: it was rolled back when it unwound.
    let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done = work(&transaction)?;
    transaction.commit()?;
    Ok(done)
}

pub(super) fn private_directory(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

fn private_file(path: &Path) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_gateway_at_a_time_has_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        let first = Database::open(&directory.path().join("deep/er")).unwrap();
        let second = Database::open(&directory.path().join("deep/er"));
        assert!(matches!(second, Err(OpenError::InUse { .. })), "{:?}", second.err());
        drop(first);
        Database::open(&directory.path().join("deep/er")).unwrap();
    }

    #[test]
    fn what_cannot_be_used_says_so() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(Database::open(&file), Err(OpenError::Directory { .. })));

        std::fs::write(directory.path().join(FILE), "this is no database, however long the text may be")
            .unwrap();
        assert!(matches!(Database::open(directory.path()), Err(OpenError::Database { .. })));

        let newer = directory.path().join("newer");
        Database::open(&newer).unwrap().run_blocking(|t| t.pragma_update(None, "user_version", 99)).unwrap();
        assert!(matches!(Database::open(&newer), Err(OpenError::TooNew { .. })));
    }

    #[cfg(unix)]
    #[test]
    fn only_its_user_reads_it() {
        use std::os::unix::fs::PermissionsExt;

        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("data");
        Database::open(&folder).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(&folder.join(FILE))), (0o700, 0o600));
    }
}
