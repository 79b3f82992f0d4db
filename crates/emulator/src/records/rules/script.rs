//! Business rules of `sys_script`, as far as they need no script: a condition, then fields that are set, or the write
//! stopped.
//!
//! The row is asked by an encoded query, so it is stored first, inside the transaction that an abort undoes. What has
//! changed is known here only: conditions about that are answered before the row is asked.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::Value;
use servicenow::query::{Condition, Operator, Query, Term};

use super::Change;
use crate::error::Error;
use crate::records::guard;
use crate::records::row::Record;
use crate::records::touch::Entry;
use crate::rulebook::{Action, Script, When};
use crate::schema::Kind;
use crate::value::input::Inputs;
use crate::value::script::{self, Evaluated};
use crate::value::{literal, raw};

/// What rules have set.
#[derive(Default)]
pub(crate) struct Set {
    /// The names of the fields, as in a request.
    pub(crate) fields: Vec<(String, Option<String>)>,
    /// Journal entries.
    pub(crate) entries: Vec<Entry>,
}

/// Runs the rules of a moment on a stored row, which follows what they set.
pub(crate) fn run(
    change: &Change<'_>,
    connection: &Connection,
    record: &mut Record,
    when: When,
    action: Action,
) -> Result<Set, Error> {
    let mut set = Set::default();
    let table = Arc::clone(&record.table);
    for rule in change.schema.rulebook.scripts(change.schema, &table) {
        if !rule.acts(when, action) || !applies(rule, change, connection, record)? {
            continue;
        }
        // A rule that comes after the write cannot stop it.
        if rule.abort && when == When::Before {
            let (rule, rule_id) = (rule.name.clone(), rule.sys_id.clone());
            return Err(Error::Aborted { table: table.name.clone(), rule, rule_id });
        }
        if action != Action::Delete {
            let before = record.clone();
            apply(rule, change, connection, record, &mut set)?;
            record.update(connection, &record.changes(&before))?;
        }
    }
    Ok(set)
}

fn applies(
    rule: &Script,
    change: &Change<'_>,
    connection: &Connection,
    record: &Record,
) -> Result<bool, Error> {
    if !rule.roles.is_empty() && !rule.roles.iter().any(|role| change.session.has_role(role)) {
        return Ok(false);
    }
    if rule.filter.is_empty() {
        return Ok(true);
    }
    let query = settled(Query::parse(&rule.filter), change, record);
    let row = (&record.table, record.text("sys_id"));
    guard::matches(change.engine, change.schema, change.session, connection, row, &query)
}

/// The query with what it says of changes answered: every row has a sys_id, and none has no sys_id.
fn settled(mut query: Query, change: &Change<'_>, record: &Record) -> Query {
    let clauses = query.alternatives.iter_mut().flat_map(|alternative| &mut alternative.clauses);
    for term in clauses.flat_map(|clause| &mut clause.any_of) {
        let Term::Condition(condition) = term else { continue };
        let Some(truth) = changed(condition, change, record) else { continue };
        let operator = if truth { Operator::IsNotEmpty } else { Operator::IsEmpty };
        *condition = Condition { field: "sys_id".to_owned(), operator, value: String::new() };
    }
    query
}

/// The answer to a condition about a change; `None` for any other.
fn changed(condition: &Condition, change: &Change<'_>, record: &Record) -> Option<bool> {
    let field = condition.field.as_str();
    let shown = |row: &Record| {
        let column = row.table.column(field)?;
        Some(raw::text(column.kind, row.get(field)))
    };
    let changed = change.changed(record, field);
    let is = |text: Option<String>| text.is_some_and(|text| text == condition.value);
    match condition.operator {
        Operator::Changes => Some(changed),
        Operator::ChangesTo => Some(changed && is(shown(record))),
        Operator::ChangesFrom => Some(changed && is(change.old.and_then(shown))),
        _ => None,
    }
}

/// Sets what the rule's template says. The platform's own rules follow from it, but what is set stays set.
fn apply(
    rule: &Script,
    change: &Change<'_>,
    connection: &Connection,
    record: &mut Record,
    set: &mut Set,
) -> Result<(), Error> {
    let (schema, session) = (change.schema, change.session);
    let settings = change.engine.settings();
    let inputs = Inputs { connection, schema, settings, session, display: false };
    let class = Arc::clone(&record.table);
    let mut values = Vec::new();
    for (name, text) in assignments(&rule.template) {
        let Some(column) = class.column(&name) else { continue };
        let text = evaluated(&text, change);
        if column.kind == Kind::Journal {
            set.entries.push(Entry { element: name, text });
            continue;
        }
        let fixed = matches!(name.as_str(), "sys_id" | "sys_class_name");
        if let Some(value) = inputs.read(&class, column, &text)?.filter(|_| !fixed) {
            set.fields.push((name.clone(), Some(text)));
            values.push((name, value));
        }
    }
    if values.is_empty() {
        return Ok(());
    }
    put(record, &values);
    let fields = [change.fields, &set.fields].concat();
    super::before(&Change { fields: &fields, ..*change }, connection, record)?;
    put(record, &values);
    Ok(())
}

fn put(record: &mut Record, values: &[(String, Value)]) {
    for (name, value) in values {
        record.set(name, value.clone());
    }
}

/// `field=value^field2=value2^EQ`; `^^` is a letter of a value.
fn assignments(template: &str) -> Vec<(String, String)> {
    const LETTER: &str = "\u{1}";
    let pairs = template.replace("^^", LETTER);
    let pairs = pairs.split('^').filter_map(|pair| pair.split_once('='));
    pairs
        .filter(|(name, _)| !name.is_empty())
        .map(|(name, value)| (name.to_owned(), value.replace(LETTER, "^")))
        .collect()
}

/// A value that is a script, as far as scripts are known; empty where it is not.
fn evaluated(text: &str, change: &Change<'_>) -> String {
    let Some(script) = script::script(text) else { return text.to_owned() };
    match script::evaluate(script, &change.session.caller(change.engine.now())) {
        Some(Evaluated::Text(text)) => text,
        Some(Evaluated::Instant(at)) => at.format(literal::DATE_TIME).to_string(),
        Some(Evaluated::Groups) | None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_is_a_list_of_assignments() {
        for (template, expected) in [
            ("", &[][..]),
            ("state=2^EQ", &[("state", "2")]),
            ("a=b=c^d=", &[("a", "b=c"), ("d", "")]),
            ("a=x^^y^b=z", &[("a", "x^y"), ("b", "z")]),
            ("=x^nothing^a=1", &[("a", "1")]),
        ] {
            let got = assignments(template);
            let got: Vec<_> = got.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(got, expected, "{template}");
        }
    }
}
