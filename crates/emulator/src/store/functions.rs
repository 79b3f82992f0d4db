//! SQL functions for text without case beyond ASCII, where SQLite's LIKE knows ASCII only:
//! `text_contains(text, part)`, `text_starts(text, part)`, `text_ends(text, part)`. NULL in, NULL out.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Result};

use super::{Error, collation::folded};

type Test = fn(&str, &str) -> bool;

pub(super) fn register(connection: &Connection) -> std::result::Result<(), Error> {
    let functions: [(&str, Test); 3] = [
        ("text_contains", |text, part| text.contains(part)),
        ("text_starts", |text, part| text.starts_with(part)),
        ("text_ends", |text, part| text.ends_with(part)),
    ];
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    for (name, test) in functions {
        connection.create_scalar_function(name, 2, flags, move |context| call(context, test))?;
    }
    Ok(())
}

fn call(context: &Context<'_>, test: Test) -> Result<Option<bool>> {
    let (Some(text), Some(part)) = (lower(context.get_raw(0)), lower(context.get_raw(1))) else {
        return Ok(None);
    };
    Ok(Some(test(&text, &part)))
}

/// The value's text in lower case; numbers are their digits.
fn lower(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes)
            .ok()
            .map(|text| if text.is_ascii() { text.to_ascii_lowercase() } else { folded(text).collect() }),
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Null | ValueRef::Blob(_) => None,
    }
}
