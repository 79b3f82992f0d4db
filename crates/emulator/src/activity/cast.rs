//! Who acts, and on what: users who may write, and records that are open.

use std::ops::ControlFlow;

use servicenow::query::Query;

use crate::engine::{Engine, Error, ListRequest, Projection, Session};

/// Users of every instance who work on tasks.
const USERS: [&str; 5] = ["itil", "david.loo", "beth.anglin", "fred.luddy", "admin"];
/// Open records of one table that are known at the start.
const KNOWN: u64 = 500;
/// Open records that are known at all; the activity goes on among these.
const MOST_KNOWN: usize = 20_000;

/// A record that something may happen to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) table: &'static str,
    pub(super) sys_id: String,
}

/// The users and the open records.
pub(super) struct Cast {
    pub(super) users: Vec<Session>,
    open: Vec<Open>,
}

impl Cast {
    pub(super) fn find(engine: &Engine, tables: &[&'static str]) -> Result<Self, Error> {
        let mut users = Vec::new();
        for name in USERS {
            let session = Session::load(engine, name)?;
            users.extend(session.filter(|session| session.has_role("itil")));
        }
        let Some(reader) = users.last() else {
            let names = USERS.join(", ");
            return Err(Error::Internal(format!("activity needs a user with the role itil among {names}")));
        };
        let mut open = Vec::new();
        for table in tables {
            find_open(engine, reader, table, &mut open)?;
        }
        Ok(Cast { users, open })
    }

    /// How many records are open.
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// One of them.
    pub(super) fn get(&self, at: usize) -> &Open {
        &self.open[at]
    }

    /// A new one. Of too many it takes the place of `instead`.
    pub(super) fn add(&mut self, record: Open, instead: usize) {
        if self.open.len() < MOST_KNOWN {
            self.open.push(record);
        } else {
            self.open[instead] = record;
        }
    }

    /// One that is over.
    pub(super) fn remove(&mut self, at: usize) {
        self.open.swap_remove(at);
    }
}

fn find_open(
    engine: &Engine,
    reader: &Session,
    table: &'static str,
    open: &mut Vec<Open>,
) -> Result<(), Error> {
    // Resolved incidents are active until they are closed.
    let unresolved = if table == "incident" { "active=true^stateNOT IN6,7,8" } else { "active=true" };
    let request = ListRequest {
        table: table.to_owned(),
        query: Query::parse(&format!("{unresolved}^sys_class_name={table}^ORDERBYsys_id")),
        projection: Projection { fields: vec!["sys_id".to_owned()], ..Projection::default() },
        limit: KNOWN,
        offset: 0,
    };
    engine.list(reader, &request, &mut |_, cells| {
        open.extend(cells.first().map(|cell| Open { table, sys_id: cell.value.clone() }));
        ControlFlow::Continue(())
    })?;
    Ok(())
}
