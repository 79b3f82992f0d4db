//! The environment as a layer: `SNCGATE__SERVER__LISTEN` is the key `server.listen`.
//!
//! Two underscores after the prefix keep these apart from `SNCGATE_SERVER`, the command line's own variable.

use std::ffi::OsString;

use toml::{Table, Value};

use super::problem::Problems;

const PREFIX: &str = "SNCGATE__";

/// Puts the variables that are settings over what the file says. Names are read in any letter case.
pub(super) fn overlay(
    root: &mut Table,
    variables: impl Iterator<Item = (OsString, OsString)>,
    problems: &mut Problems,
) {
    for (name, value) in variables {
        let Some(path) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let Ok(value) = value.into_string() else {
            problems.add(&format!("{PREFIX}{path}"), "not UTF-8", "Correct the variable, or unset it.");
            continue;
        };
        let path = path.to_ascii_lowercase();
        let keys: Vec<&str> = path.split("__").collect();
        if !set(root, &keys, value) {
            let name = format!("{PREFIX}{}", path.to_ascii_uppercase());
            let fix = "Name a key, its tables separated by two underscores: SNCGATE__SERVER__LISTEN.";
            problems.add(&name, "names no key", fix);
        }
    }
}

fn set(table: &mut Table, keys: &[&str], value: String) -> bool {
    match keys {
        [] | ["", ..] => false,
        [key] => {
            // A text in place of a whole table would silently drop it.
            let is_table = table.get(*key).is_some_and(Value::is_table);
            if !is_table {
                table.insert((*key).to_owned(), Value::String(value));
            }
            !is_table
        }
        [key, rest @ ..] => {
            let inner = table.entry((*key).to_owned()).or_insert_with(|| Value::Table(Table::new()));
            inner.as_table_mut().is_some_and(|inner| set(inner, rest, value))
        }
    }
}
