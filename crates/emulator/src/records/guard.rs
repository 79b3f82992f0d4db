//! Conditions of rules, asked of rows: which rows of a list may be seen, and whether one row matches.
//!
//! A condition is an encoded query. It is compiled as the platform's own words: the caller need not be allowed to
//! read the fields it names.

use std::sync::Arc;

use rusqlite::Connection;
use servicenow::query::Query;

use crate::engine::Engine;
use crate::error::Error;
use crate::query::{Compiler, Predicate, Scope, condition_of, quoted, run};
use crate::rulebook::Grant;
use crate::schema::{Schema, Table};
use crate::session::{Reading, Session};

/// Which rows of a scope's table the caller may see.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    All,
    None,
    /// Those for which this expression is true. It stands among the columns, not in WHERE: a limit counts rows that
    /// are hidden, as on the platform.
    Some(String),
}

/// Every row is seen as what it is: a class with rules of its own goes by those.
pub(crate) fn sight(compiler: &mut Compiler<'_>, scope: &mut Scope) -> Sight {
    let (schema, session) = (compiler.schema, compiler.session);
    if session.admin && schema.rulebook.is_open() {
        return Sight::All;
    }
    let table = Arc::clone(&scope.table);
    let own = session.reading(schema, &table);
    let mut others = Vec::new();
    if table.has_class {
        for class in table.classes.iter().filter(|name| **name != table.name) {
            let Some(class) = schema.table(class) else { continue };
            let reading = session.reading(schema, class);
            if silent(&reading) != silent(&own) {
                others.push((Arc::clone(class), reading));
            }
        }
    }
    let own = one(compiler, scope, &own);
    if others.is_empty() {
        return own;
    }
    let mut sql = format!("CASE {}.{}", scope.alias, quoted("sys_class_name"));
    for (class, reading) in others {
        let name = compiler.bind(class.name.clone());
        // Columns of the class itself lie in the same row.
        scope.table = class;
        let seen = expression(one(compiler, scope, &reading));
        sql.push_str(&format!(" WHEN {name} THEN {seen}"));
    }
    scope.table = table;
    Sight::Some(format!("{sql} ELSE {} END", expression(own)))
}

/// Within a list nothing is refused aloud.
fn silent(reading: &Reading) -> &Reading {
    match reading {
        Reading::Refused => &Reading::Nothing,
        other => other,
    }
}

fn one(compiler: &mut Compiler<'_>, scope: &mut Scope, reading: &Reading) -> Sight {
    match reading {
        Reading::Rows => Sight::All,
        Reading::Nothing | Reading::Refused => Sight::None,
        Reading::Where(conditions) => any(compiler, scope, conditions),
    }
}

/// Whether a row of the scope matches one of the conditions.
pub(crate) fn any(compiler: &mut Compiler<'_>, scope: &mut Scope, conditions: &[String]) -> Sight {
    let mut terms = Vec::new();
    for text in conditions {
        match condition_of(compiler, scope, &Query::parse(text)) {
            Predicate::Sql(sql) => terms.push(format!("COALESCE(({sql}), 0)")),
            Predicate::Always => return Sight::All,
            Predicate::Never | Predicate::Invalid => {}
        }
    }
    if terms.is_empty() { Sight::None } else { Sight::Some(format!("({})", terms.join(" OR "))) }
}

fn expression(sight: Sight) -> String {
    match sight {
        Sight::All => "1".to_owned(),
        Sight::None => "0".to_owned(),
        Sight::Some(sql) => sql,
    }
}

/// Whether a stored row matches a condition.
pub(crate) fn matches(
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    connection: &Connection,
    (table, sys_id): (&Arc<Table>, &str),
    condition: &Query,
) -> Result<bool, Error> {
    let mut compiler = Compiler::new(schema, engine.settings(), session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(table));
    let condition = match condition_of(&mut compiler, &mut scope, condition) {
        Predicate::Never => return Ok(false),
        Predicate::Always | Predicate::Invalid => return Ok(true),
        Predicate::Sql(sql) => sql,
    };
    let id = compiler.bind(sys_id.to_owned());
    let values = compiler.finish()?;
    let key = format!("{}.{}", scope.alias, quoted("sys_id"));
    let mut statement =
        connection.prepare(&format!("SELECT 1 {} WHERE {key} = {id} AND {condition}", scope.from()))?;
    let mut rows = run(&mut statement, &values)?;
    Ok(rows.next()?.is_some())
}

/// Whether a grant covers a stored row.
pub(crate) fn covers(
    engine: &Engine,
    schema: &Schema,
    session: &Session,
    connection: &Connection,
    row: (&Arc<Table>, &str),
    grant: &Grant,
) -> Result<bool, Error> {
    match grant {
        Grant::Open => Ok(true),
        Grant::Closed => Ok(false),
        Grant::Where(conditions) => {
            for condition in conditions {
                if matches(engine, schema, session, connection, row, &Query::parse(condition))? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
    }
}
