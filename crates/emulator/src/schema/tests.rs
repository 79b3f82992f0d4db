use std::collections::BTreeSet;

use rusqlite::Connection;

use super::*;
use crate::store::{Error as StoreError, Store};

fn table(schema: &Schema, name: &str) -> Arc<Table> {
    schema.table(name).unwrap_or_else(|| panic!("no table {name}")).clone()
}

#[test]
fn what_is_written_is_read_back() {
    let store = Store::open(None).unwrap();
    let read = store.read(|conn| Ok::<_, StoreError>(Schema::read(conn)?)).unwrap();
    let built = Schema::builtin().unwrap();
    for (name, table) in &built.tables {
        assert_eq!(read.tables.get(name), Some(table), "{name}");
    }
    assert_eq!(read, built);
}

#[test]
fn every_reference_leads_to_a_table() {
    let schema = Schema::builtin().unwrap();
    for table in schema.tables.values() {
        for column in &table.columns {
            let place = format!("{}.{}", table.name, column.element);
            let needs = matches!(column.kind, Kind::Reference | Kind::List);
            assert_eq!(column.reference.is_some(), needs, "{place}");
            let Some(target) = &column.reference else { continue };
            let key = column.reference_key.as_deref().unwrap_or("sys_id");
            let target = schema.table(target).unwrap_or_else(|| panic!("{place} refers to {target}"));
            assert!(target.column(key).is_some(), "{place}");
            if let Some(dependent) = &column.dependent {
                assert!(table.column(dependent).is_some(), "{place}");
            }
        }
        assert!(table.column(&table.display).is_some());
    }
}

/// The columns that recordings and documentation name, by table.
#[test]
fn the_known_columns_are_there() {
    let schema = Schema::builtin().unwrap();
    for line in include_str!("known_columns.txt").lines() {
        let (name, columns) = line.split_once(": ").unwrap();
        let table = table(&schema, name);
        let missing: Vec<&str> =
            columns.split(' ').filter(|element| table.column(element).is_none()).collect();
        assert!(missing.is_empty(), "{name} lacks {missing:?}");
    }
}

#[test]
fn classes_and_storage_follow_inheritance() {
    let schema = Schema::builtin().unwrap();
    for (name, storage, parent) in [
        ("incident", "task", Some("task")),
        ("change_task", "task", Some("task")),
        ("cmdb_ci_linux_server", "cmdb", Some("cmdb_ci_server")),
        ("sys_dictionary", "sys_metadata", Some("sys_metadata")),
        ("sys_user", "sys_user", None),
    ] {
        let table = table(&schema, name);
        assert_eq!((table.storage.as_str(), table.super_class.as_deref()), (storage, parent), "{name}");
    }
    let task = table(&schema, "task");
    let expected = [
        "change_request",
        "change_task",
        "incident",
        "problem",
        "problem_task",
        "sc_req_item",
        "sc_request",
        "sc_task",
        "task",
        "universal_request",
    ];
    assert_eq!(task.classes, expected);
    assert!(table(&schema, "incident").extends(&task) && !task.extends(&table(&schema, "incident")));
    assert!(task.has_class && !table(&schema, "sys_user").has_class);
}

#[test]
fn a_row_is_named_by_the_nearest_display_column() {
    let schema = Schema::builtin().unwrap();
    for (name, display) in [
        ("incident", "number"),
        ("sys_user", "name"),
        ("sys_db_object", "label"),
        ("cmdb_ci_linux_server", "name"),
        ("task_sla", "sys_created_on"),
        ("sys_attachment", "file_name"),
    ] {
        assert_eq!(table(&schema, name).display, display, "{name}");
    }
}

#[test]
fn a_class_may_change_what_it_inherits() {
    let schema = Schema::builtin().unwrap();
    for (name, default) in [("task", "1"), ("incident", "1"), ("problem", "101"), ("change_request", "-5")] {
        let state = table(&schema, name).column("state").unwrap().clone();
        assert_eq!(
            (state.default_value.as_deref(), state.defined_on.as_str()),
            (Some(default), "task"),
            "{name}"
        );
    }
    assert_eq!(table(&schema, "incident").column("close_notes").unwrap().label, "Resolution notes");
    assert_eq!(table(&schema, "task").column("close_notes").unwrap().label, "Close notes");
    let labels = |name: &str| -> Vec<String> {
        schema.choices(&table(&schema, name), "state").iter().map(|choice| choice.label.clone()).collect()
    };
    assert_eq!(labels("incident"), ["New", "In Progress", "On Hold", "Resolved", "Closed", "Canceled"]);
    assert_eq!(labels("sc_task"), labels("task"));
    let subcategory = schema.choices(&table(&schema, "incident"), "subcategory");
    let vpn = subcategory.iter().find(|choice| choice.value == "vpn").unwrap();
    assert_eq!(vpn.dependent_value.as_deref(), Some("network"));
}

fn dictionary(conn: &Connection, name: &str, element: &str, kind: &str) {
    conn.execute(
        "INSERT INTO sys_metadata (sys_id, sys_class_name, name, element, internal_type, active)
         VALUES (?1, 'sys_dictionary', ?2, ?3, ?4, 1)",
        [sys_id(&[name, element]).as_str(), name, element, kind],
    )
    .unwrap();
}

#[test]
fn a_column_can_be_added_and_holds_values() {
    let store = Store::open(None).unwrap();
    let schema = store.schema();
    store
        .write(|tx| {
            schema.add_column(tx, "incident", "u_symptom", "string")?;
            dictionary(tx, "incident", "u_symptom", "string");
            schema.add_column(tx, "task", "u_thoughts", "journal_input")?;
            dictionary(tx, "task", "u_thoughts", "journal_input");
            Ok::<_, StoreError>(())
        })
        .unwrap();
    let after = store.reload_schema().unwrap();
    assert!(after.table("incident").unwrap().column("u_symptom").is_some());
    assert!(after.table("problem").unwrap().column("u_symptom").is_none());
    assert_eq!(after.table("problem").unwrap().column("u_thoughts").unwrap().kind, Kind::Journal);
    store.write(|tx| Ok::<_, StoreError>(tx.execute_batch("UPDATE task SET u_symptom = 'slow'")?)).unwrap();
}

#[test]
fn a_bad_column_is_refused() {
    let store = Store::open(None).unwrap();
    let schema = store.schema();
    let add = |table: &str, element: &str, kind: &str| {
        store.write(|tx| Ok::<_, StoreError>(schema.add_column(tx, table, element, kind)?)).unwrap_err()
    };
    type IsIt = fn(&Error) -> bool;
    let expected: [(&str, &str, &str, IsIt); 9] = [
        ("nowhere", "u_a", "string", |error| matches!(error, Error::UnknownTable(_))),
        ("task", "u_a", "strong", |error| matches!(error, Error::UnknownType(_))),
        ("task", "", "string", |error| matches!(error, Error::BadElement(_))),
        ("task", "U_A", "string", |error| matches!(error, Error::BadElement(_))),
        ("task", "u_a\" TEXT); --", "string", |error| matches!(error, Error::BadElement(_))),
        ("task", "1a", "string", |error| matches!(error, Error::BadElement(_))),
        ("incident", "number", "string", |error| matches!(error, Error::Duplicate { .. })),
        ("task", "caller_id", "string", |error| matches!(error, Error::Duplicate { .. })),
        ("problem", "caller_id", "integer", |error| matches!(error, Error::Storage { .. })),
    ];
    for (table, element, kind, is_it) in expected {
        let StoreError::Schema(error) = add(table, element, kind) else { panic!("{table}.{element}") };
        assert!(is_it(&error), "{table}.{element}: {error}");
    }
}

#[test]
fn rows_without_storage_are_not_part_of_the_dictionary() {
    let store = Store::open(None).unwrap();
    store
        .write(|tx| {
            dictionary(tx, "incident", "u_never_added", "string");
            dictionary(tx, "no_such_table", "u_lost", "string");
            let object = "INSERT INTO sys_metadata (sys_id, sys_class_name, name, label)
                          VALUES ('x', 'sys_db_object', 'u_nowhere', 'Nowhere')";
            Ok::<_, StoreError>(tx.execute_batch(object)?)
        })
        .unwrap();
    assert_eq!(*store.reload_schema().unwrap(), Schema::builtin().unwrap());
}

#[test]
fn a_choice_added_takes_effect() {
    let store = Store::open(None).unwrap();
    store
        .write(|tx| {
            let choice = "INSERT INTO sys_choice (sys_id, name, element, value, label, language, sequence)
                          VALUES ('x', 'incident', 'category', 'garden', 'Garden', 'en', 99)";
            Ok::<_, StoreError>(tx.execute_batch(choice)?)
        })
        .unwrap();
    let schema = store.reload_schema().unwrap();
    let last = schema.choices(schema.table("incident").unwrap(), "category").last().unwrap().clone();
    assert_eq!((last.value.as_str(), last.label.as_str()), ("garden", "Garden"));
}

#[test]
fn sys_ids_are_stable_and_distinct() {
    assert_eq!(sys_id(&["a", "b"]), sys_id(&["a", "b"]));
    let ids: BTreeSet<String> = [&["a", "b"][..], &["ab"], &["a", "b", ""], &["", "ab"]].map(sys_id).into();
    assert_eq!(ids.len(), 4);
    assert!(ids.iter().all(|id| id.len() == 32));
}
