//! Lists, single rows and counts.

use std::sync::Arc;

use rusqlite::Connection;
use servicenow::query::Query;

use super::guard::{self, Sight};
use super::select::Selection;
use super::{Cell, ListRequest, Projection, RowSink, cells};
use crate::engine::{Engine, find};
use crate::error::Error;
use crate::query::{Compiler, Predicate, Scope, filter, give_back, order_by, quoted, run};
use crate::schema::Schema;
use crate::session::{Reading, Session};
use crate::value::display::Displays;

/// The number of matching rows.
pub(crate) fn count(engine: &Engine, session: &Session, table: &str, query: &Query) -> Result<u64, Error> {
    let schema = engine.schema();
    let table = find(&schema, table)?;
    let mut compiler = Compiler::new(&schema, engine.settings(), session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(table));
    let condition = filter(&mut compiler, &mut scope, query);
    let values = compiler.finish()?;
    if condition == Predicate::Never {
        return Ok(0);
    }
    let sql = format!("SELECT count(*) {}{}", scope.from(), where_clause(condition));
    engine.read(|connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = run(&mut statement, &values)?;
        let count: i64 = rows.next()?.map(|row| row.get(0)).transpose()?.unwrap_or_default();
        drop(rows);
        give_back(statement, &sql);
        Ok(u64::try_from(count).unwrap_or_default())
    })
}

/// The matching rows, one at a time.
pub(crate) fn list(
    engine: &Engine,
    session: &Session,
    request: &ListRequest,
    row: &mut RowSink<'_>,
) -> Result<u64, Error> {
    let schema = engine.schema();
    let table = find(&schema, &request.table)?;
    if session.reading(&schema, table) == Reading::Refused {
        return Err(Error::NotAuthorized);
    }
    let mut compiler = Compiler::new(&schema, engine.settings(), session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(table));
    let condition = filter(&mut compiler, &mut scope, &request.query);
    let order = order_by(&mut compiler, &mut scope, &request.query);
    let mut selection = Selection::new(&mut compiler, &mut scope, &request.projection);
    let sight = guard::sight(&mut compiler, &mut scope);
    let limit = compiler.bind(i64::try_from(request.limit).unwrap_or(i64::MAX));
    let offset = compiler.bind(i64::try_from(request.offset).unwrap_or(i64::MAX));
    let values = compiler.finish()?;
    if condition == Predicate::Never || sight == Sight::None {
        return Ok(0);
    }
    let seen = selection.seen(sight);
    let (from, filter) = (scope.from(), where_clause(condition));
    let sql = format!("{} {from}{filter} {order} LIMIT {limit} OFFSET {offset}", selection.sql());
    let names = selection.names();
    engine.read(|connection| {
        let mut displays = Displays::new(connection, &schema, session);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = run(&mut statement, &values)?;
        let mut row_cells = Vec::new();
        let mut given = 0;
        while let Some(found) = rows.next()? {
            if !cells::seen(found, seen)? {
                continue;
            }
            cells::fill(found, &selection, &request.projection, &mut displays, &mut row_cells)?;
            given += 1;
            let given = match cells::hidden(found, &selection)? {
                None => row(&names, &row_cells),
                Some(hidden) => {
                    let (names, cells) = cells::without(&hidden, &names, &row_cells);
                    row(&names, &cells)
                }
            };
            if given.is_break() {
                break;
            }
        }
        drop(rows);
        give_back(statement, &sql);
        Ok(given)
    })
}

/// One row.
pub(crate) fn get(
    engine: &Engine,
    session: &Session,
    table: &str,
    sys_id: &str,
    projection: &Projection,
) -> Result<(Vec<Arc<str>>, Vec<Cell>), Error> {
    let schema = engine.schema();
    if session.reading(&schema, find(&schema, table)?) == Reading::Refused {
        return Err(Error::NotAuthorized);
    }
    engine.read(|connection| one(connection, engine, &schema, session, table, sys_id, projection))
}

fn one(
    connection: &Connection,
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    table: &str,
    sys_id: &str,
    projection: &Projection,
) -> Result<(Vec<Arc<str>>, Vec<Cell>), Error> {
    let mut compiler = Compiler::new(schema, engine.settings(), session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(find(schema, table)?));
    let class = scope.class_filter(&mut compiler).map(|class| format!(" AND {class}")).unwrap_or_default();
    let mut selection = Selection::new(&mut compiler, &mut scope, projection);
    let sight = guard::sight(&mut compiler, &mut scope);
    if sight == Sight::None {
        return Err(Error::NotFound);
    }
    let seen = selection.seen(sight);
    let id = compiler.bind(sys_id.to_owned());
    let values = compiler.finish()?;
    let key = format!("{}.{}", scope.alias, quoted("sys_id"));
    let sql = format!("{} {} WHERE {key} = {id}{class} LIMIT 1", selection.sql(), scope.from());
    let mut displays = Displays::new(connection, schema, session);
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = run(&mut statement, &values)?;
    let found = rows.next()?.ok_or(Error::NotFound)?;
    if !cells::seen(found, seen)? {
        return Err(Error::NotFound);
    }
    let (names, mut row_cells) = (selection.names(), Vec::new());
    cells::fill(found, &selection, projection, &mut displays, &mut row_cells)?;
    Ok(match cells::hidden(found, &selection)? {
        None => (names, row_cells),
        Some(hidden) => cells::without(&hidden, &names, &row_cells),
    })
}

pub(crate) fn where_clause(condition: Predicate) -> String {
    condition.into_sql().map(|sql| format!(" WHERE {sql}")).unwrap_or_default()
}
