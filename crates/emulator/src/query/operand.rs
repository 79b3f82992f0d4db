//! The value a condition compares with, as the field's kind stores it.

use chrono::NaiveDateTime;
use rusqlite::types::Value;

use super::{Compiler, Field};
use crate::schema::{Column, Kind};
use crate::value::calendar;
use crate::value::script::{self, Evaluated};
use crate::value::{duration, literal, number};

/// What the text of a value came to.
#[derive(Debug, PartialEq)]
pub(crate) enum Operand {
    /// A value the column could hold.
    Value(Value),
    /// One of the caller's groups.
    Groups,
    /// Text that no row of this kind of column can equal.
    Misfit,
    /// A script nobody here understands.
    Invalid,
}

/// Reads the text of a condition for a field.
pub(crate) fn operand(compiler: &Compiler<'_>, field: &Field, text: &str) -> Operand {
    let Some(script) = script::script(text) else {
        return stored(&field.column, text).map_or(Operand::Misfit, Operand::Value);
    };
    match script::evaluate(script, &compiler.caller) {
        None => Operand::Invalid,
        Some(Evaluated::Groups) => Operand::Groups,
        Some(Evaluated::Text(text)) => stored(&field.column, &text).map_or(Operand::Misfit, Operand::Value),
        Some(Evaluated::Instant(at)) => Operand::Value(Value::Text(moment(compiler, field, at))),
    }
}

/// A moment as the column stores one: dates have no zone, so theirs is the caller's day.
pub(crate) fn moment(compiler: &Compiler<'_>, field: &Field, at: NaiveDateTime) -> String {
    if field.column.kind == Kind::Date {
        return calendar::to_local(compiler.caller.zone, at).format(literal::DATE).to_string();
    }
    at.format(literal::DATE_TIME).to_string()
}

/// A literal as the column stores it.
pub(crate) fn stored(column: &Column, text: &str) -> Option<Value> {
    let text_value = |text: String| Some(Value::Text(text));
    match column.kind {
        Kind::Boolean => number::boolean(text).map(|truth| Value::Integer(i64::from(truth))),
        Kind::Integer => match text.parse::<i64>() {
            Ok(whole) => Some(Value::Integer(whole)),
            Err(_) => number::parse(text).map(Value::Real),
        },
        Kind::Decimal => number::parse(text).map(Value::Real),
        Kind::Currency => number::currency(text).map(Value::Real),
        Kind::DateTime => text_value(literal::date_time(text)?.format(literal::DATE_TIME).to_string()),
        Kind::Date => text_value(literal::date(text)?.format(literal::DATE).to_string()),
        Kind::Time => text_value(literal::time(text)?.format("%H:%M:%S").to_string()),
        Kind::Duration => text_value(duration::stored(duration::parse(text)?)?),
        Kind::Password => None,
        _ => text_value(text.to_owned()),
    }
}
