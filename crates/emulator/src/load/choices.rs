//! From labels to the values of choices.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::schema::{Choice, Column, Kind, Schema, Table, sys_id};

use super::map::Rule;

/// The labels of one column. A label that nobody knows becomes a choice whose value is the label itself; where the
/// column holds numbers, only a number can.
pub(super) struct Labels {
    values: HashMap<String, String>,
    numbers_only: bool,
    known: Vec<String>,
    pub(super) new: Vec<Choice>,
}

impl Labels {
    pub(super) fn of(schema: &Schema, table: &Table, column: &Column, rule: &Rule) -> Labels {
        let choices = schema.choices(table, &column.element);
        let mut values = HashMap::new();
        // A value stands for itself unless it is also another choice's label.
        for choice in choices {
            values.insert(choice.value.to_lowercase(), choice.value.clone());
        }
        for choice in choices.iter().rev() {
            values.insert(choice.label.to_lowercase(), choice.value.clone());
        }
        for (label, value) in &rule.values {
            values.insert(label.to_lowercase(), value.clone());
        }
        Labels {
            values,
            numbers_only: column.kind == Kind::Integer,
            known: choices.iter().map(|choice| choice.value.clone()).collect(),
            new: Vec::new(),
        }
    }

    /// The stored value of a label; none where the column cannot hold it.
    pub(super) fn value(&mut self, label: &str) -> Option<String> {
        let key = label.to_lowercase();
        let value = self.values.get(&key).cloned().unwrap_or_else(|| label.to_owned());
        if self.numbers_only && value.parse::<i64>().is_err() {
            return None;
        }
        if !self.known.contains(&value) {
            self.known.push(value.clone());
            let choice = Choice { value: value.clone(), label: label.to_owned(), dependent_value: None };
            self.new.push(choice);
        }
        self.values.insert(key, value.clone());
        Some(value)
    }
}

/// Writes the new choices of a column after the ones it has. They belong to the class whose choices the column has
/// now, as a list on a class hides the list of the class it extends.
pub(super) fn write(
    connection: &Connection,
    schema: &Schema,
    table: &Table,
    element: &str,
    choices: &[Choice],
) -> Result<u64, rusqlite::Error> {
    let owner = owner(schema, table, element);
    let mut statement = connection.prepare_cached(
        "INSERT OR REPLACE INTO sys_choice (sys_id, name, element, value, label, language, inactive, sequence,
             sys_created_on, sys_created_by, sys_updated_on, sys_updated_by, sys_mod_count)
         VALUES (?1, ?2, ?3, ?4, ?5, 'en', 0,
             (SELECT coalesce(max(sequence), 0) + 1 FROM sys_choice WHERE name = ?2 AND element = ?3),
             datetime('now'), 'system', datetime('now'), 'system', 0)",
    )?;
    for choice in choices {
        let id = sys_id(&["sys_choice", owner, element, "", &choice.value]);
        statement.execute(params![id, owner, element, choice.value, choice.label])?;
    }
    Ok(choices.len() as u64)
}

fn owner<'a>(schema: &'a Schema, table: &'a Table, element: &str) -> &'a str {
    let mut class = Some(table.name.as_str());
    while let Some(name) = class {
        if schema.choices.contains_key(&(name.to_owned(), element.to_owned())) {
            return name;
        }
        class = schema.table(name).and_then(|table| table.super_class.as_deref());
    }
    &table.name
}
