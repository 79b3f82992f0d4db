//! One function per dictionary table.

use rusqlite::Connection;

use super::super::definition::{Definition, Override};
use super::super::{Choice, Column, Error, Schema, types};
use super::{Row, sys_id};

/// The last number given out before the first new row: demo rows sit below it.
const NUMBERS_FROM: i64 = 10_000;

pub(super) fn scope(conn: &Connection) -> Result<(), Error> {
    Row::new("sys_metadata", "global".to_owned())
        .text("sys_class_name", "sys_scope")
        .text("sys_name", "Global")
        .text("name", "Global")
        .text("scope", "global")
        .text("sys_scope", "global")
        .flag("active", true)
        .insert(conn)
}

pub(super) fn types(conn: &Connection) -> Result<(), Error> {
    for one in types::all() {
        Row::new("sys_glide_object", sys_id(&["sys_glide_object", one.name]))
            .text("name", one.name)
            .text("label", one.label)
            .text("scalar_type", one.scalar)
            .number("scalar_length", i64::from(one.length))
            .flag("visible", true)
            .flag("use_original_value", false)
            .insert(conn)?;
    }
    Ok(())
}

/// `sys_db_object`, the `collection` row of `sys_dictionary`, the label and the number format.
pub(super) fn table(conn: &Connection, table: &Definition) -> Result<(), Error> {
    let parent = table.extends.as_ref().map(|name| sys_id(&["sys_db_object", name]));
    let number = table.number.as_ref().map(|_| sys_id(&["sys_number", &table.name]));
    let mut row = Row::metadata("sys_db_object", &[&table.name], &table.label)
        .text("name", &table.name)
        .text("label", &table.label)
        .some("super_class", parent.as_deref())
        .some("number_ref", number.as_deref())
        .text("access", "public")
        .flag("is_extendable", true);
    for granted in
        ["read_access", "create_access", "update_access", "delete_access", "alter_access", "ws_access"]
    {
        row = row.flag(granted, true);
    }
    for denied in ["actions_access", "client_scripts_access", "configuration_access", "live_feed_enabled"] {
        row = row.flag(denied, false);
    }
    row.insert(conn)?;
    Row::metadata("sys_dictionary", &[&table.name, ""], &table.label)
        .text("name", &table.name)
        .text("internal_type", "collection")
        .text("column_label", &table.label)
        .flag("active", true)
        .flag("audit", table.audit)
        .number("choice", 0)
        .insert(conn)?;
    documentation(conn, &table.name, "", &table.label, &table.plural)?;
    let Some(number) = &table.number else { return Ok(()) };
    Row::metadata("sys_number", &[&table.name], &number.prefix)
        .text("category", &table.name)
        .text("prefix", &number.prefix)
        .number("number", NUMBERS_FROM)
        .number("maximum_digits", i64::from(number.digits))
        .insert(conn)?;
    Row::new("sys_number_counter", sys_id(&["sys_number_counter", &table.name]))
        .text("table", &table.name)
        .number("number", NUMBERS_FROM)
        .insert(conn)
}

/// A row of `sys_dictionary` and its label.
pub(super) fn column(
    conn: &Connection,
    table: &Definition,
    column: &Column,
    schema: &Schema,
) -> Result<(), Error> {
    dictionary(&table.name, column, has_choices(schema, &table.name, &column.element)).insert(conn)?;
    documentation(conn, &table.name, &column.element, &column.label, "")
}

fn dictionary(table: &str, column: &Column, choices: bool) -> Row {
    let choice = match (choices, &column.default_value) {
        (false, _) => 0,
        (true, None) => 1,
        (true, Some(_)) => 3,
    };
    let mut row = Row::metadata("sys_dictionary", &[table, &column.element], &column.label)
        .text("name", table)
        .text("element", &column.element)
        .text("internal_type", &column.internal_type)
        .text("column_label", &column.label)
        .number("max_length", i64::from(column.max_length))
        .some("reference", column.reference.as_deref())
        .some("reference_key", column.reference_key.as_deref())
        .some("default_value", column.default_value.as_deref())
        .some("dependent", column.dependent.as_deref())
        .number("choice", choice)
        .flag("active", true)
        .flag("mandatory", column.mandatory)
        .flag("read_only", column.read_only)
        .flag("display", column.display)
        .flag("primary", column.element == "sys_id")
        .flag("unique", column.element == "sys_id");
    for denied in ["array", "audit", "virtual", "staged", "spell_check", "text_index", "xml_view"] {
        row = row.flag(denied, false);
    }
    row.flag("use_dependent_field", column.dependent.is_some())
}

/// Whether the class or one that extends it lists choices for the column.
fn has_choices(schema: &Schema, table: &str, element: &str) -> bool {
    let classes = schema.table(table).map(|table| table.classes.as_slice()).unwrap_or_default();
    classes.iter().any(|class| schema.choices.contains_key(&(class.clone(), element.to_owned())))
}

/// What a class changes of an inherited column: a label is a field label, the rest a dictionary override.
pub(super) fn change(
    conn: &Connection,
    table: &Definition,
    change: &Override,
    schema: &Schema,
) -> Result<(), Error> {
    if let Some(label) = &change.label {
        documentation(conn, &table.name, &change.element, label, "")?;
    }
    if change.default_value.is_none() && change.mandatory.is_none() && change.read_only.is_none() {
        return Ok(());
    }
    let column = schema.table(&table.name).and_then(|table| table.column(&change.element));
    let base = column.map(|column| column.defined_on.as_str());
    let mut row = Row::metadata("sys_dictionary_override", &[&table.name, &change.element], &change.element)
        .text("name", &table.name)
        .text("element", &change.element)
        .some("base_table", base)
        .flag("default_value_override", change.default_value.is_some())
        .some("default_value", change.default_value.as_deref())
        .flag("mandatory_override", change.mandatory.is_some())
        .flag("read_only_override", change.read_only.is_some());
    if let Some(mandatory) = change.mandatory {
        row = row.flag("mandatory", mandatory);
    }
    if let Some(read_only) = change.read_only {
        row = row.flag("read_only", read_only);
    }
    row.insert(conn)
}

pub(super) fn choices(
    conn: &Connection,
    table: &str,
    element: &str,
    choices: &[Choice],
) -> Result<(), Error> {
    for (sequence, choice) in (1i64..).zip(choices) {
        let dependent = choice.dependent_value.as_deref().unwrap_or_default();
        Row::new("sys_choice", sys_id(&["sys_choice", table, element, dependent, &choice.value]))
            .text("name", table)
            .text("element", element)
            .text("value", &choice.value)
            .text("label", &choice.label)
            .text("language", "en")
            .text("dependent_value", dependent)
            .number("sequence", sequence)
            .flag("inactive", false)
            .insert(conn)?;
    }
    Ok(())
}

fn documentation(
    conn: &Connection,
    table: &str,
    element: &str,
    label: &str,
    plural: &str,
) -> Result<(), Error> {
    Row::metadata("sys_documentation", &[table, element], label)
        .text("name", table)
        .text("element", element)
        .text("language", "en")
        .text("label", label)
        .text("plural", plural)
        .insert(conn)
}
