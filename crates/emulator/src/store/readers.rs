//! Connections: how one is set up, and the bounded pool of readers.

use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use super::{Error, collation};
use crate::query::functions;

/// Readers at a time; a further one waits. Each holds a page cache of its own.
const MOST: usize = 8;
/// KiB of page cache per connection.
const READER_CACHE: u32 = 4 * 1024;
const WRITER_CACHE: u32 = 16 * 1024;
/// Prepared statements kept per connection.
const STATEMENTS: usize = 128;
/// The writer waits for no reader in WAL mode; this covers another process on the same file.
const BUSY: Duration = Duration::from_secs(10);

/// The connection that writes; it makes the file if there is none.
pub(super) fn open_writer(file: &Path) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    // Larger than the default so that a task with its description stays within its page: rows without a rowid
    // spill at a quarter of one.
    connection
        .execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
    set_up(&connection, WRITER_CACHE)?;
    Ok(connection)
}

fn open_reader(file: &Path) -> Result<Connection, Error> {
    let connection = Connection::open_with_flags(
        file,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    set_up(&connection, READER_CACHE)?;
    Ok(connection)
}

fn set_up(connection: &Connection, cache: u32) -> Result<(), Error> {
    connection.busy_timeout(BUSY)?;
    // No memory map: its pages would count as the process's memory.
    connection.execute_batch(&format!(
        "PRAGMA cache_size = -{cache}; PRAGMA mmap_size = 0; PRAGMA temp_store = FILE;"
    ))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    collation::register(connection)?;
    Ok(functions::register(connection)?)
}

pub(super) struct Readers {
    file: PathBuf,
    pool: Mutex<Pool>,
    returned: Condvar,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Connection>,
    open: usize,
}

impl Readers {
    pub(super) fn new(file: PathBuf) -> Self {
        Readers { file, pool: Mutex::default(), returned: Condvar::new() }
    }

    /// A connection, when there is one.
    pub(super) fn take(&self) -> Result<Reader<'_>, Error> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(connection) = pool.idle.pop() {
                return Ok(self.lend(connection));
            }
            if pool.open < MOST {
                let connection = open_reader(&self.file)?;
                pool.open += 1;
                return Ok(self.lend(connection));
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Closes the connections that nobody has borrowed.
    pub(super) fn close_idle(&self) {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        pool.open -= pool.idle.len();
        pool.idle.clear();
    }

    fn lend(&self, connection: Connection) -> Reader<'_> {
        Reader { readers: self, connection: Some(connection) }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("file", &self.file).finish_non_exhaustive()
    }
}

/// A borrowed connection; it goes back when dropped.
pub(super) struct Reader<'a> {
    readers: &'a Readers,
    connection: Option<Connection>,
}

impl Deref for Reader<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection.as_ref().expect("taken only when dropped")
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take().expect("taken only here");
        let mut pool = self.readers.pool.lock().unwrap_or_else(PoisonError::into_inner);
        // A transaction left open would freeze the connection's view of the data.
        if connection.is_autocommit() {
            pool.idle.push(connection);
        } else {
            pool.open -= 1;
        }
        drop(pool);
        self.readers.returned.notify_one();
    }
}

/// Stops a running read from another thread: its statement fails with `SQLITE_INTERRUPT`.
#[derive(Clone)]
pub struct Interrupt(Arc<InterruptHandle>);

impl Interrupt {
    pub(super) fn of(connection: &Connection) -> Self {
        Interrupt(Arc::new(connection.get_interrupt_handle()))
    }

    /// Stops the statement that runs on the connection now, if one does. Call it only while the read it was given
    /// to is running: the connection is lent to others afterwards.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}
