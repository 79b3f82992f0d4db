//! The SQLite file behind the instance: one writer, several readers.
//!
//! Storage rules, which the query compiler, the writers, the generator and the loader all keep:
//! - One physical table per hierarchy (see [`crate::schema::Table::storage`]), `WITHOUT ROWID`, primary key
//!   `sys_id TEXT COLLATE NOCASE`, so a read in sys_id order is a sequential read.
//! - An empty value is NULL, never `''`.
//! - `Boolean` and `Integer` are INTEGER, `Decimal` and `Currency` are REAL, everything else is TEXT. What people write
//!   is declared `COLLATE NOCASE_UNICODE` (a collation registered on each connection; values compare without case,
//!   as on ServiceNow's database); references and class names are `NOCASE`, as sys_ids are; moments are `BINARY`.
//!   Date-times are UTC `YYYY-MM-DD HH:MM:SS`.
//! - Journal columns have no physical column: entries are rows of `sys_journal_field`.
//! - Physical names are always quoted and always come from the schema, never from a request.

mod collation;
mod error;
mod index;
mod meta;
mod number;
mod place;
mod readers;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::schema::Schema;

pub use error::Error;
pub use readers::Interrupt;

use place::Place;
use readers::Readers;

/// The instance's file: a pool of readers, one writer, and the dictionary in memory.
///
/// Calls block; async callers go through `spawn_blocking`.
#[derive(Debug)]
pub struct Store {
    schema: ArcSwap<Schema>,
    readers: Readers,
    writer: Mutex<Connection>,
    // Last, so that the connections are closed before a private file is removed.
    place: Place,
}

impl Store {
    /// Opens the file, or makes it with the built-in tables. Without a path the file is private and goes away with
    /// the store.
    pub fn open(path: Option<&Path>) -> Result<Store, Error> {
        let place = Place::new(path)?;
        let mut writer = readers::open_writer(place.file())?;
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let schema = if meta::check(&transaction)? {
            Schema::read(&transaction)?
        } else {
            meta::create(&transaction)?;
            Schema::create(&transaction)?
        };
        transaction.commit()?;
        Ok(Store {
            schema: ArcSwap::from_pointee(schema),
            readers: Readers::new(place.file().to_owned()),
            writer: Mutex::new(writer),
            place,
        })
    }

    /// The file's path.
    pub fn path(&self) -> &Path {
        self.place.file()
    }

    /// The dictionary as of the last [`Store::reload_schema`].
    pub fn schema(&self) -> Arc<Schema> {
        self.schema.load_full()
    }

    /// Reads the dictionary again, after a write to one of its tables was committed.
    pub fn reload_schema(&self) -> Result<Arc<Schema>, Error> {
        // Under the writer's lock, so that two reloads cannot end with the older dictionary.
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let schema = Arc::new(Schema::read(&writer)?);
        self.schema.store(schema.clone());
        Ok(schema)
    }

    /// Runs `work` on a read-only connection, waiting for one if all are busy. Every statement in it sees the
    /// database as it is then; use a transaction for one view over several.
    pub fn read<T, E: From<Error>>(&self, work: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        let connection = self.readers.take()?;
        work(&connection)
    }

    /// As [`Store::read`], with a handle that stops a statement from another thread.
    pub fn read_interruptible<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Connection, Interrupt) -> Result<T, E>,
    ) -> Result<T, E> {
        let connection = self.readers.take()?;
        let interrupt = Interrupt::of(&connection);
        work(&connection, interrupt)
    }

    /// Runs `work` in one transaction: committed if it succeeds, undone if it fails or panics. Writers queue.
    pub fn write<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        // A writer that panicked left no half transaction: it was rolled back when it unwound.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(|error| E::from(Error::from(error)))?;
        let done = work(&transaction)?;
        transaction.commit().map_err(|error| E::from(Error::from(error)))?;
        Ok(done)
    }

    /// Runs `work` on the writer without a journal, for filling a new file: a crash half way leaves the file broken,
    /// so it is marked as unfinished until `work` is done and refused by [`Store::open`] from then on.
    pub(crate) fn bulk<T, E: From<Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // A reader holds the journal mode in place; filling works then too, only slower.
        self.readers.close_idle();
        meta::set(&writer, meta::UNFINISHED, "1")?;
        set_journal(&writer, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")?;
        let done = work(&writer)?;
        set_journal(&writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;")?;
        meta::remove(&writer, meta::UNFINISHED)?;
        Ok(done)
    }

    /// A word the instance keeps about itself, such as the seed it was generated from.
    pub fn note(&self, key: &str) -> Result<Option<String>, Error> {
        self.read(|connection| meta::get(connection, key))
    }
}

pub(crate) use index::build_indexes;
pub(crate) use meta::set as set_note;
pub(crate) use number::settle_counters;

fn set_journal(connection: &Connection, pragmas: &str) -> Result<(), Error> {
    Ok(connection.execute_batch(pragmas)?)
}
