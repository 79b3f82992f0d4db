//! Business rules of `sys_script` that abort: before-rules with `abort_action` and a filter.
//!
//! Scripts are not run. The filter is an encoded query, so the row is asked whether it matches, inside the
//! transaction that a match undoes.

use std::sync::Arc;

use rusqlite::Connection;
use servicenow::query::Query;

use super::Change;
use crate::error::Error;
use crate::query::{Compiler, Predicate, Scope, filter, quoted, run};
use crate::records::row::Record;
use crate::schema::Table;

/// A rule that may abort.
struct Rule {
    sys_id: String,
    name: String,
    filter: String,
}

/// Refuses the write if an aborting rule matches the row as it now stands.
pub(crate) fn abort(
    change: &Change<'_>,
    connection: &Connection,
    record: &Record,
    action: &'static str,
) -> Result<(), Error> {
    let mut class = Some(&record.table);
    while let Some(table) = class {
        for rule in rules(connection, change, &table.name, action)? {
            if matches(change, connection, record, &rule.filter)? {
                let table = record.table.name.clone();
                return Err(Error::Aborted { table, rule: rule.name, rule_id: rule.sys_id });
            }
        }
        class = table.super_class.as_deref().and_then(|name| change.schema.table(name));
    }
    Ok(())
}

fn rules(
    connection: &Connection,
    change: &Change<'_>,
    table: &str,
    action: &'static str,
) -> Result<Vec<Rule>, Error> {
    let Some(scripts) = change.schema.table("sys_script") else { return Ok(Vec::new()) };
    let sql = format!(
        "SELECT sys_id, name, filter_condition FROM {} WHERE collection = ?1 AND sys_class_name = 'sys_script' \
         AND active = 1 AND abort_action = 1 AND \"when\" = 'before' AND {} = 1 ORDER BY \"order\", sys_id",
        quoted(&scripts.storage),
        quoted(action),
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let rules = statement.query_map([table], |row| {
        let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
        Ok(Rule { sys_id: text(0)?, name: text(1)?, filter: text(2)? })
    })?;
    Ok(rules.collect::<Result<_, _>>()?)
}

fn matches(change: &Change<'_>, connection: &Connection, record: &Record, text: &str) -> Result<bool, Error> {
    let table: &Arc<Table> = &record.table;
    let engine = change.engine;
    let mut compiler = Compiler::new(change.schema, engine.settings(), change.session, engine.now());
    let mut scope = Scope::new(&mut compiler, Arc::clone(table));
    let condition = filter(&mut compiler, &mut scope, &Query::parse(text));
    let id = compiler.bind(record.text("sys_id").to_owned());
    let values = compiler.finish()?;
    if condition == Predicate::Never {
        return Ok(false);
    }
    let condition = condition.into_sql().unwrap_or_else(|| "1".to_owned());
    let sql = format!(
        "SELECT 1 {} WHERE {}.{} = {id} AND {condition}",
        scope.from(),
        scope.alias,
        quoted("sys_id")
    );
    let mut statement = connection.prepare(&sql)?;
    let mut rows = run(&mut statement, &values)?;
    Ok(rows.next()?.is_some())
}
