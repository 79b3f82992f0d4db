//! Equality, order, lists and ranges.
//!
//! Emptiness is SQL's NULL, and SQL's own logic gives ServiceNow's rule: a negative comparison skips rows
//! whose field is empty. Booleans are the exception, they have no third state: empty counts as false.

use rusqlite::types::Value;

use super::operand::{Operand, operand};
use super::{Compiler, Field, Predicate, hierarchy};
use crate::schema::Kind;

/// Above every character, so that `prefix` + this bounds all texts that start with the prefix.
pub(crate) const LAST_CHARACTER: char = '\u{10FFFF}';

/// `=`
pub(crate) fn is(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    if means_empty(text) {
        return Predicate::Sql(format!("{} IS NULL", field.sql));
    }
    match operand(compiler, field, text) {
        Operand::Value(value) if field.column.kind == Kind::Boolean => {
            boolean(field, value == Value::Integer(1))
        }
        Operand::Value(value) => Predicate::Sql(format!("{} = {}", field.sql, compiler.bind(value))),
        Operand::Groups => hierarchy::my_groups(compiler, field, false),
        Operand::Misfit => Predicate::Never,
        Operand::Invalid => Predicate::Invalid,
    }
}

/// `!=`
pub(crate) fn is_not(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    if means_empty(text) {
        return Predicate::Sql(format!("{} IS NOT NULL", field.sql));
    }
    match operand(compiler, field, text) {
        Operand::Value(value) if field.column.kind == Kind::Boolean => {
            boolean(field, value == Value::Integer(0))
        }
        Operand::Value(value) => {
            let sql = format!("{} <> {}", field.sql, compiler.bind(value));
            negative(compiler, field, sql)
        }
        Operand::Groups => hierarchy::my_groups(compiler, field, true),
        Operand::Misfit => Predicate::Never,
        Operand::Invalid => Predicate::Invalid,
    }
}

/// `field=` and `field=NULL` ask for emptiness.
fn means_empty(text: &str) -> bool {
    text.is_empty() || text == "NULL"
}

fn boolean(field: &Field, truth: bool) -> Predicate {
    let sql = &field.sql;
    Predicate::Sql(if truth { format!("{sql} = 1") } else { format!("({sql} = 0 OR {sql} IS NULL)") })
}

/// A negative comparison, widened to empty fields where the settings say so.
pub(crate) fn negative(compiler: &Compiler<'_>, field: &Field, sql: String) -> Predicate {
    if compiler.settings.negation_matches_empty {
        return Predicate::Sql(format!("({sql} OR {} IS NULL)", field.sql));
    }
    Predicate::Sql(sql)
}

/// `<`, `<=`, `>`, `>=`
pub(crate) fn order(compiler: &mut Compiler<'_>, field: &Field, comparison: &str, text: &str) -> Predicate {
    match operand(compiler, field, text) {
        Operand::Value(Value::Text(text)) if comparison == "<=" && is_prose(field) => {
            up_to(compiler, field, text)
        }
        Operand::Value(value) => {
            Predicate::Sql(format!("{} {comparison} {}", field.sql, compiler.bind(value)))
        }
        Operand::Groups => Predicate::Invalid,
        Operand::Misfit => Predicate::Never,
        Operand::Invalid => Predicate::Invalid,
    }
}

/// `short_description<=s` is "first letter a to s": the bound takes in what starts with it.
fn up_to(compiler: &mut Compiler<'_>, field: &Field, mut text: String) -> Predicate {
    text.push(LAST_CHARACTER);
    Predicate::Sql(format!("{} < {}", field.sql, compiler.bind(text)))
}

fn is_prose(field: &Field) -> bool {
    matches!(field.column.kind, Kind::Text | Kind::ClassName)
}

/// `BETWEENlow@high`, both ends included.
pub(crate) fn between(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    let Some((low, high)) = text.split_once('@') else { return Predicate::Invalid };
    both(order(compiler, field, ">=", low), order(compiler, field, "<=", high))
}

/// Two predicates that must hold at once.
pub(crate) fn both(left: Predicate, right: Predicate) -> Predicate {
    match (left, right) {
        (Predicate::Sql(left), Predicate::Sql(right)) => Predicate::Sql(format!("({left} AND {right})")),
        (Predicate::Invalid, _) | (_, Predicate::Invalid) => Predicate::Invalid,
        (Predicate::Never, _) | (_, Predicate::Never) => Predicate::Never,
        (Predicate::Always, other) | (other, Predicate::Always) => other,
    }
}

/// `IN`
pub(crate) fn within(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    let values = match list(compiler, field, text) {
        Ok(values) => values,
        Err(predicate) => return predicate,
    };
    if field.column.kind == Kind::Boolean {
        return boolean_list(field, &values, true);
    }
    if values.is_empty() {
        return Predicate::Never;
    }
    Predicate::Sql(format!("{} IN ({})", field.sql, compiler.bind_all(values)))
}

/// `NOT IN`
pub(crate) fn not_within(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    let values = match list(compiler, field, text) {
        Ok(values) => values,
        Err(Predicate::Sql(sql)) => return negative(compiler, field, format!("NOT {sql}")),
        Err(predicate) => return predicate,
    };
    if field.column.kind == Kind::Boolean {
        return boolean_list(field, &values, false);
    }
    if values.is_empty() {
        return Predicate::Never;
    }
    let sql = format!("{} NOT IN ({})", field.sql, compiler.bind_all(values));
    negative(compiler, field, sql)
}

/// The values of a comma list; those that do not fit are left out. `Err` is a whole answer instead.
fn list(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Result<Vec<Value>, Predicate> {
    if text.starts_with("javascript:") {
        return match operand(compiler, field, text) {
            Operand::Value(value) => Ok(vec![value]),
            Operand::Groups => Err(hierarchy::my_groups(compiler, field, false)),
            Operand::Misfit => Ok(Vec::new()),
            Operand::Invalid => Err(Predicate::Invalid),
        };
    }
    let mut values = Vec::new();
    for item in text.split(',').filter(|item| !item.is_empty()) {
        if let Operand::Value(value) = operand(compiler, field, item) {
            values.push(value);
        }
    }
    Ok(values)
}

fn boolean_list(field: &Field, values: &[Value], inside: bool) -> Predicate {
    let has = |truth: i64| values.contains(&Value::Integer(truth)) == inside;
    match (has(1), has(0)) {
        _ if values.is_empty() => Predicate::Never,
        (true, true) => Predicate::Always,
        (true, false) => boolean(field, true),
        (false, true) => boolean(field, false),
        (false, false) => Predicate::Never,
    }
}

/// `EMPTYSTRING`: of texts only; storage does not tell `''` from NULL.
pub(crate) fn empty_string(field: &Field) -> Predicate {
    match field.column.kind {
        Kind::Text => Predicate::Sql(format!("{} IS NULL", field.sql)),
        _ => Predicate::Never,
    }
}
