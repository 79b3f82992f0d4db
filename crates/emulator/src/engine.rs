//! The instance without its wire: records, queries and aggregates for a caller.
//!
//! Calls block on SQLite; an async face runs them on a blocking thread. A cloned engine is the same engine.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction};
use servicenow::query::Query;

use crate::attachments;
use crate::changes::Changes;
use crate::clock::Clock;
use crate::imports;
use crate::query;
use crate::records;
use crate::schema::{Schema, Table};
use crate::settings::Settings;
use crate::stats;
use crate::store::Store;

pub(crate) use crate::attachments::Attribute;
pub use crate::attachments::{NewAttachment, Upload};
pub use crate::error::Error;
pub use crate::imports::{ImportResult, ImportRow, ImportSet, ImportStatus};
pub use crate::records::{Cell, DisplayMode, ListRequest, Projection, RowSink, WriteMode};
pub use crate::session::Session;
pub use crate::stats::{Aggregate, GroupValue, Having, StatsOrder, StatsRequest, StatsRow};
pub use crate::value::format::DateFormat;

/// An instance.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

struct Inner {
    store: Arc<Store>,
    settings: Settings,
    clock: Clock,
    changes: Changes,
}

impl Engine {
    /// An engine over an open store.
    pub fn new(store: Arc<Store>, settings: Settings, clock: Clock) -> Self {
        Engine(Arc::new(Inner { store, settings, clock, changes: Changes::default() }))
    }

    /// The file behind it.
    pub fn store(&self) -> &Arc<Store> {
        &self.0.store
    }

    /// How the instance behaves.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// Where now comes from.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Which records it has written, in their order.
    pub fn changes(&self) -> &Changes {
        &self.0.changes
    }

    /// The dictionary as it is now.
    pub fn schema(&self) -> Arc<Schema> {
        self.0.store.schema()
    }

    /// How many rows match. It looks at no access rule, as on ServiceNow.
    pub fn count(&self, session: &Session, table: &str, query: &Query) -> Result<u64, Error> {
        records::count(self, session, table, query)
    }

    /// Gives the matching rows to `row`, one at a time, until it breaks; memory does not grow with their number.
    /// The result is how many it was given.
    pub fn list(
        &self,
        session: &Session,
        request: &ListRequest,
        row: &mut RowSink<'_>,
    ) -> Result<u64, Error> {
        records::list(self, session, request, row)
    }

    /// One row by its sys_id.
    pub fn get(
        &self,
        session: &Session,
        table: &str,
        sys_id: &str,
        projection: &Projection,
    ) -> Result<(Vec<Arc<str>>, Vec<Cell>), Error> {
        records::get(self, session, table, sys_id, projection)
    }

    /// Inserts a row and returns its sys_id.
    pub fn insert(
        &self,
        session: &Session,
        table: &str,
        fields: Vec<(String, Option<String>)>,
        mode: &WriteMode,
    ) -> Result<String, Error> {
        records::insert(self, session, table, &fields, mode)
    }

    /// Changes the fields that are named; the others keep their values.
    pub fn update(
        &self,
        session: &Session,
        table: &str,
        sys_id: &str,
        fields: Vec<(String, Option<String>)>,
        mode: &WriteMode,
    ) -> Result<(), Error> {
        records::update(self, session, table, sys_id, &fields, mode)
    }

    /// Deletes a row with its attachments and journal entries.
    pub fn delete(&self, session: &Session, table: &str, sys_id: &str) -> Result<(), Error> {
        records::delete(self, session, table, sys_id)
    }

    /// Starts a file on a row. Nobody sees it before [`Upload::finish`].
    pub fn attach(&self, session: &Session, new: NewAttachment) -> Result<Upload, Error> {
        Upload::begin(self, session, new)
    }

    /// What is known of an attachment that the caller may read, in the order of
    /// [`Engine::attachment_projection`].
    pub fn attachment(&self, session: &Session, sys_id: &str) -> Result<(Vec<Arc<str>>, Vec<Cell>), Error> {
        attachments::describe(self, session, sys_id)
    }

    /// What the Attachment API tells of an attachment.
    pub fn attachment_projection() -> Projection {
        attachments::projection()
    }

    /// A piece of an attachment's content, by its position; empty after the last. Every piece but the last has
    /// the same size.
    pub fn attachment_piece(&self, sys_id: &str, position: u64) -> Result<Vec<u8>, Error> {
        attachments::piece(self, sys_id, position)
    }

    /// The attributes of an attachment, by key.
    pub(crate) fn attributes(&self, session: &Session, sys_id: &str) -> Result<Vec<Attribute>, Error> {
        attachments::all(self, session, sys_id)
    }

    /// One of them.
    pub(crate) fn attribute(&self, session: &Session, sys_id: &str, key: &str) -> Result<Attribute, Error> {
        attachments::one(self, session, sys_id, key)
    }

    /// Sets one of them.
    pub(crate) fn set_attribute(
        &self,
        session: &Session,
        sys_id: &str,
        attribute: &Attribute,
    ) -> Result<(), Error> {
        attachments::set(self, session, sys_id, attribute)
    }

    /// Removes one of them, or all; whether there were any.
    pub(crate) fn remove_attributes(
        &self,
        session: &Session,
        sys_id: &str,
        key: Option<&str>,
    ) -> Result<bool, Error> {
        attachments::remove(self, session, sys_id, key)
    }

    /// Puts a row into a staging table and transforms it.
    pub fn import(
        &self,
        session: &Session,
        table: &str,
        fields: Vec<(String, Option<String>)>,
    ) -> Result<ImportRow, Error> {
        imports::import(self, session, table, fields)
    }

    /// Puts rows into a staging table; [`Engine::transform`] does the rest.
    pub fn import_many(
        &self,
        session: &Session,
        table: &str,
        rows: Vec<Vec<(String, Option<String>)>>,
    ) -> Result<ImportSet, Error> {
        imports::load(self, session, table, rows)
    }

    /// Transforms the rows of an import set.
    pub fn transform(&self, session: &Session, set: &ImportSet) -> Result<(), Error> {
        imports::transform(self, session, set)
    }

    /// What became of a row of a staging table.
    pub fn imported(&self, session: &Session, table: &str, sys_id: &str) -> Result<ImportRow, Error> {
        imports::imported(self, session, table, sys_id)
    }

    /// Aggregates, by group if groups are asked for.
    pub fn stats(&self, session: &Session, request: &StatsRequest) -> Result<Vec<StatsRow>, Error> {
        stats::stats(self, session, request)
    }

    /// The plain `name=value` parameters of a request as a query. Display values are accepted for choices and
    /// references; names that are no column are left out.
    pub fn filters_to_query(&self, table: &str, pairs: &[(String, String)]) -> Result<Query, Error> {
        let schema = self.schema();
        let table = find(&schema, table)?;
        Ok(query::filters(&schema, table, pairs))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.0.clock.now()
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        self.0.store.read(work)
    }

    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.0.changes.within(|| self.0.store.write(work))
    }
}

/// The table of that name, or the refusal.
pub(crate) fn find<'s>(schema: &'s Schema, name: &str) -> Result<&'s Arc<Table>, Error> {
    schema.table(name).ok_or_else(|| Error::InvalidTable(name.to_owned()))
}
