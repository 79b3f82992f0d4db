//! The SQL functions that compiled queries call; every connection of the store registers them.
//!
//! Each gives NULL for NULL, so that SQL's logic of empty fields goes through them unchanged.

use rusqlite::Connection;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;

use chrono_tz::Tz;

use crate::value::calendar::{self, Unit};
use crate::value::{literal, number};

/// Registers them all.
pub(crate) fn register(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("text_contains", 2, flags, |context| {
        text_test(context, |text, part| text.contains(part))
    })?;
    connection.create_scalar_function("text_starts", 2, flags, |context| {
        text_test(context, |text, part| text.starts_with(part))
    })?;
    connection.create_scalar_function("text_ends", 2, flags, |context| {
        text_test(context, |text, part| text.ends_with(part))
    })?;
    connection.create_scalar_function("text_words", -1, flags, |context| words(context))?;
    connection.create_scalar_function("number_text", 1, flags, |context| {
        context.get::<Option<f64>>(0).map(|value| value.map(number::plain))
    })?;
    connection.create_scalar_function("date_unit", 3, flags, |context| unit(context))?;
    connection.create_scalar_function("date_part", 3, flags, |context| part(context))
}

type Result<T> = rusqlite::Result<Option<T>>;

/// Both texts in lower case; the second is folded once per statement.
fn text_test(context: &Context<'_>, test: fn(&str, &str) -> bool) -> Result<bool> {
    let ValueRef::Text(text) = context.get_raw(0) else { return Ok(None) };
    let part = context.get_or_create_aux(1, folded_value)?;
    Ok(Some(test(&fold(&String::from_utf8_lossy(text)), &part)))
}

fn folded_value(value: ValueRef<'_>) -> std::result::Result<String, rusqlite::types::FromSqlError> {
    value.as_str().map(fold)
}

fn fold(text: &str) -> String {
    if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        text.chars().flat_map(char::to_lowercase).collect()
    }
}

/// Whether every word of the first argument is in one of the others.
fn words(context: &Context<'_>) -> Result<bool> {
    let words = context.get_or_create_aux(0, folded_value)?;
    let mut texts = String::new();
    for at in 1..context.len() {
        if let ValueRef::Text(text) = context.get_raw(at) {
            texts.push_str(&String::from_utf8_lossy(text));
            texts.push('\n');
        }
    }
    let texts = fold(&texts);
    Ok(Some(words.split_whitespace().all(|word| texts.contains(word))))
}

/// The text of a date turned to a zone's clock.
fn local(context: &Context<'_>) -> Result<chrono::NaiveDateTime> {
    let ValueRef::Text(text) = context.get_raw(0) else { return Ok(None) };
    let zone = context.get_or_create_aux(2, |value| {
        value.as_str().map(|name| name.parse::<Tz>().unwrap_or(chrono_tz::UTC))
    })?;
    let at = literal::date_time(&String::from_utf8_lossy(text));
    Ok(at.map(|at| calendar::to_local(*zone, at)))
}

/// `date_unit(value, unit, zone)`: the start of the unit, on the zone's clock.
fn unit(context: &Context<'_>) -> Result<String> {
    let unit = Unit::parse(context.get_raw(1).as_str()?);
    let at = local(context)?;
    Ok(at.zip(unit).map(|(at, unit)| calendar::start_of(unit, at).format(literal::DATE_TIME).to_string()))
}

/// `date_part(value, part, zone)`: a number.
fn part(context: &Context<'_>) -> Result<i64> {
    let at = local(context)?;
    let part = context.get_raw(1).as_str()?;
    Ok(at.and_then(|at| calendar::part_of(part, at)))
}
