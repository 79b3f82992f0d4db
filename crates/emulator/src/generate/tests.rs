use std::collections::BTreeSet;

use rusqlite::types::Value;
use sha2::{Digest, Sha256};

use super::*;
use crate::schema::Kind;

fn filled(seed: u64, records: u64) -> Store {
    let store = Store::open(None).unwrap();
    let summary = fill(&store, &Plan { seed, records, now: None }, &mut |_| ()).unwrap();
    assert!(!summary.kept);
    store
}

fn number(store: &Store, sql: &str) -> i64 {
    store.read(|conn| Ok::<_, store::Error>(conn.query_row(sql, [], |row| row.get(0))?)).unwrap()
}

fn rows(store: &Store, sql: &str) -> Vec<Vec<Value>> {
    store
        .read(|conn| {
            let mut query = conn.prepare(sql)?;
            let columns = query.column_count();
            let rows = query.query_map([], |row| (0..columns).map(|at| row.get(at)).collect())?;
            Ok::<_, store::Error>(rows.collect::<Result<_, _>>()?)
        })
        .unwrap()
}

/// Everything in the file, in one number.
fn fingerprint(store: &Store) -> String {
    let schema = store.schema();
    let storages: BTreeSet<&String> = schema.tables.values().map(|table| &table.storage).collect();
    let mut hash = Sha256::new();
    for storage in storages {
        for row in rows(store, &format!("SELECT * FROM \"{storage}\" ORDER BY sys_id")) {
            hash.update(format!("{row:?}"));
        }
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What holds at every size: (what, SQL that counts, smallest, largest count).
const INVARIANTS: &[(&str, &str, i64, i64)] = &[
    (
        "admin is in Finance",
        "SELECT count(*) FROM sys_user WHERE sys_id = '6816f79cc0a8016401c5a33be04be441' AND user_name = 'admin' AND department = 'a581ab703710200044e0bfc8bcbe5de8'",
        1,
        1,
    ),
    (
        "Finance is headed",
        "SELECT count(*) FROM cmn_department d JOIN sys_user u ON u.sys_id = d.dept_head WHERE d.sys_id = 'a581ab703710200044e0bfc8bcbe5de8' AND d.name = 'Finance' AND u.sys_id = '46c5bf6ca9fe1981010713e3ac7d3384' AND u.name = 'Natasha Ingram' AND u.email = 'natasha.ingram@example.com'",
        1,
        1,
    ),
    (
        "problem.admin",
        "SELECT count(*) FROM sys_user WHERE sys_id = '26fbff173b331300ad3cc9bb34efc4bd' AND user_name = 'problem.admin'",
        1,
        1,
    ),
    (
        "known people",
        "SELECT count(*) FROM sys_user WHERE (sys_id, user_name) IN (VALUES ('681ccaf9c0a8016400b98a06818d57c7', 'employee'), ('681b365ec0a80164000fb0b05854a0cd', 'itil'), ('5137153cc611227c000bbd1bd8cd2007', 'david.loo'))",
        3,
        3,
    ),
    (
        "known groups",
        "SELECT count(*) FROM sys_user_group WHERE (sys_id, name) IN (VALUES ('287ebd7da9fe198100f92cc8d1d2154e', 'Network'), ('8a5055c9c61122780043563ef53438e3', 'Hardware'), ('d625dccec0a8016700a222a0f7900d06', 'Service Desk'), ('8a4dde73c6112278017a6a4baf547aa7', 'Software'))",
        4,
        4,
    ),
    (
        "known company",
        "SELECT count(*) FROM core_company WHERE sys_id = '31bea3d53790200044e0bfc8bcbe5dec' AND name = 'ACME North America'",
        1,
        1,
    ),
    (
        "holders of admin",
        "SELECT count(DISTINCT user) FROM sys_user_has_role WHERE role = '2831a114c611228501d4ea6c309d626d'",
        11,
        24,
    ),
    (
        "holders of an admin role",
        "SELECT count(DISTINCT h.user) FROM sys_user_has_role h JOIN sys_user_role r ON r.sys_id = h.role WHERE text_contains(r.name, 'admin')",
        11,
        24,
    ),
    (
        "groups with an admin role",
        "SELECT count(DISTINCT \"group\") FROM sys_group_has_role g JOIN sys_user_role r ON r.sys_id = g.role WHERE text_contains(r.name, 'admin')",
        3,
        7,
    ),
    ("mobile phones", "SELECT count(*) FROM sys_user WHERE mobile_phone IS NOT NULL", 1, 19),
    ("users without a name", "SELECT count(*) FROM sys_user WHERE name IS NULL", 1, 19),
    ("log entries", "SELECT count(*) FROM syslog", 601, i64::MAX),
    ("application files", "SELECT count(*) FROM sys_metadata", 501, i64::MAX),
    ("problems", "SELECT count(*) FROM task WHERE sys_class_name = 'problem'", 9, i64::MAX),
    ("changes", "SELECT count(*) FROM task WHERE sys_class_name = 'change_request'", 9, i64::MAX),
    (
        "catalog work",
        "SELECT count(DISTINCT sys_class_name) FROM task WHERE sys_class_name LIKE 'sc_%'",
        3,
        3,
    ),
    ("configuration items", "SELECT count(DISTINCT sys_class_name) FROM cmdb", 8, 20),
    ("relations", "SELECT count(*) FROM cmdb_rel_ci", 100, i64::MAX),
    ("articles", "SELECT count(*) FROM kb_knowledge", 20, i64::MAX),
    ("matrix", "SELECT count(*) FROM dl_u_priority", 9, 9),
    (
        "Me",
        "SELECT count(*) FROM sys_metadata WHERE sys_id = '90d1921e5f510100a9ad2572f2b477fe' AND label = 'Me'",
        1,
        1,
    ),
];

/// What never happens: SQL that counts offenders.
const NEVER: &[(&str, &str)] = &[
    (
        "resolved without code, notes or time",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND state IN (6, 7) AND (close_code IS NULL OR close_notes IS NULL OR resolved_at IS NULL OR resolved_by IS NULL)",
    ),
    (
        "open but resolved",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND state < 6 AND (resolved_at IS NOT NULL OR closed_at IS NOT NULL OR close_code IS NOT NULL)",
    ),
    (
        "closed without a time",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND state IN (7, 8) AND (closed_at IS NULL OR closed_by IS NULL OR calendar_duration IS NULL)",
    ),
    (
        "active at the end",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND active <> (state < 7)",
    ),
    (
        "times out of order",
        "SELECT count(*) FROM task WHERE opened_at > resolved_at OR resolved_at > closed_at OR opened_at > closed_at OR sys_created_on > sys_updated_on OR opened_at > sys_created_on",
    ),
    (
        "states out of step",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND state <> incident_state",
    ),
    (
        "priority off the matrix",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND priority <> (SELECT m.priority FROM dl_u_priority m WHERE m.impact = task.impact AND m.urgency = task.urgency)",
    ),
    (
        "wrong duration",
        "SELECT count(*) FROM task WHERE calendar_duration IS NOT NULL AND unixepoch(calendar_duration) <> unixepoch(closed_at) - unixepoch(opened_at)",
    ),
    (
        "wrong resolve time",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND calendar_stc <> unixepoch(resolved_at) - unixepoch(opened_at)",
    ),
    (
        "on hold without a reason",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND (state = 3) <> (hold_reason IS NOT NULL)",
    ),
    (
        "assigned outside the group",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND assigned_to IS NOT NULL AND NOT EXISTS (SELECT 1 FROM sys_user_grmember m WHERE m.user = assigned_to AND m.\"group\" = assignment_group)",
    ),
    ("numbers twice", "SELECT count(*) - count(DISTINCT number) FROM task"),
    ("user names twice", "SELECT count(*) - count(DISTINCT user_name) FROM sys_user"),
    (
        "counter behind",
        "SELECT count(*) FROM task WHERE sys_class_name = 'incident' AND CAST(substr(number, 4) AS INTEGER) > (SELECT number FROM sys_number_counter WHERE \"table\" = 'incident')",
    ),
    (
        "related incidents miscounted",
        "SELECT count(*) FROM task p WHERE sys_class_name = 'problem' AND related_incidents <> (SELECT count(*) FROM task i WHERE i.problem_id = p.sys_id)",
    ),
    (
        "journal out of the incident's life",
        "SELECT count(*) FROM sys_journal_field j JOIN task t ON t.sys_id = j.element_id WHERE j.sys_created_on < t.opened_at OR j.sys_created_on > t.sys_updated_on",
    ),
    (
        "journal without an author",
        "SELECT count(*) FROM sys_journal_field WHERE sys_created_by NOT IN (SELECT user_name FROM sys_user)",
    ),
    (
        "item without a class path",
        "SELECT count(*) FROM cmdb WHERE sys_class_name LIKE '%server' AND sys_class_path IS NULL",
    ),
    (
        "role without a grant",
        "SELECT count(*) FROM sys_user_has_role h WHERE inherited = 1 AND NOT EXISTS (SELECT 1 FROM sys_group_has_role g WHERE g.\"group\" = h.granted_by AND g.role = h.role)",
    ),
    (
        "empty text",
        "SELECT count(*) FROM task WHERE short_description = '' OR description = '' OR assigned_to = ''",
    ),
];

#[test]
fn what_is_promised_holds_at_every_size() {
    for records in [0, 5, 500] {
        let store = filled(42, records);
        let incidents = number(&store, "SELECT count(*) FROM task WHERE sys_class_name = 'incident'");
        assert_eq!(incidents, records as i64);
        for (what, sql, least, most) in INVARIANTS {
            let found = number(&store, sql);
            assert!((*least..=*most).contains(&found), "{what} at {records}: {found}");
        }
        for (what, sql) in NEVER {
            assert_eq!(number(&store, sql), 0, "{what} at {records}");
        }
    }
}

#[test]
fn every_reference_finds_its_row() {
    let store = filled(42, 300);
    let schema = store.schema();
    for table in schema.tables.values().filter(|table| table.super_class.is_none()) {
        let classes = schema.tables.values().filter(|one| one.storage == table.storage);
        for column in
            classes.flat_map(|class| class.columns.iter().filter(move |one| one.defined_on == class.name))
        {
            let Some(target) = column.reference.as_ref().filter(|_| column.kind == Kind::Reference) else {
                continue;
            };
            let target = schema.table(target).unwrap();
            let key = column.reference_key.as_deref().unwrap_or("sys_id");
            let sql = format!(
                "SELECT count(*) FROM \"{}\" AS own WHERE \"{element}\" IS NOT NULL AND \"{element}\" <> 'global'
                 AND NOT EXISTS (SELECT 1 FROM \"{}\" AS far WHERE far.\"{key}\" = own.\"{element}\")",
                table.storage,
                target.storage,
                element = column.element,
            );
            assert_eq!(number(&store, &sql), 0, "{}.{}", table.name, column.element);
        }
    }
}

#[test]
fn choices_are_in_their_lists() {
    let store = filled(42, 300);
    let schema = store.schema();
    for table in schema.tables.values() {
        let class =
            if table.has_class { format!(" WHERE sys_class_name = '{}'", table.name) } else { String::new() };
        for column in &table.columns {
            let choices = schema.choices(table, &column.element);
            if choices.is_empty() {
                continue;
            }
            let sql = format!(
                "SELECT DISTINCT CAST(\"{}\" AS TEXT) FROM \"{}\"{class}",
                column.element, table.storage
            );
            for value in rows(&store, &sql).into_iter().flatten() {
                let Value::Text(value) = value else { continue };
                let known = choices.iter().any(|choice| choice.value == value);
                assert!(known, "{}.{} = {value:?}", table.name, column.element);
            }
        }
    }
}

#[test]
fn the_recorded_incident_is_as_recorded() {
    let store = filled(7, 1);
    let sql = "SELECT sys_id, state, impact, urgency, priority, severity, category, subcategory, contact_type, notify,
               approval, upon_approval, upon_reject, escalation, calendar_stc, business_stc, calendar_duration,
               business_duration, opened_at, sys_domain, sys_domain_path, opened_by, resolved_by, company, active
               FROM task WHERE number = 'INC0000060'";
    let text = |text: &str| Value::Text(text.to_owned());
    let expected = vec![
        text("1c741bd70b2322007518478d83673af3"),
        Value::Integer(7),
        Value::Integer(2),
        Value::Integer(2),
        Value::Integer(3),
        Value::Integer(3),
        text("inquiry"),
        text("email"),
        text("self-service"),
        Value::Integer(1),
        text("not requested"),
        text("proceed"),
        text("cancel"),
        Value::Integer(0),
        Value::Integer(102_197),
        Value::Integer(28_800),
        text("1970-01-02 04:23:17"),
        text("1970-01-01 08:00:00"),
        text("2016-12-12 15:19:57"),
        text("global"),
        text("/"),
        text("681ccaf9c0a8016400b98a06818d57c7"),
        text("5137153cc611227c000bbd1bd8cd2007"),
        text("31bea3d53790200044e0bfc8bcbe5dec"),
        Value::Integer(0),
    ];
    assert_eq!(rows(&store, sql), [expected]);
}

#[test]
fn the_same_seed_gives_the_same_rows() {
    let first = fingerprint(&filled(1, 120));
    assert_eq!(first, fingerprint(&filled(1, 120)));
    assert_ne!(first, fingerprint(&filled(2, 120)));
}

#[test]
fn nothing_is_later_than_now() {
    let now = "2024-05-01T12:00:00Z".parse().unwrap();
    let store = Store::open(None).unwrap();
    fill(&store, &Plan { seed: 3, records: 200, now: Some(now) }, &mut |_| ()).unwrap();
    for column in ["opened_at", "resolved_at", "closed_at", "sys_updated_on"] {
        let late =
            number(&store, &format!("SELECT count(*) FROM task WHERE {column} > '2024-05-01 12:00:00'"));
        assert_eq!(late, 0, "{column}");
    }
    let recent = "SELECT count(*) FROM task WHERE number > 'INC0010000' AND opened_at > '2024-04-01' AND sys_class_name = 'incident'";
    assert!(number(&store, recent) > 0);
}

#[test]
fn numbers_continue_where_rows_end() {
    for (records, last) in [(0, 10_000), (60, 10_000), (75, 10_015)] {
        let store = filled(1, records);
        assert_eq!(
            number(&store, "SELECT number FROM sys_number_counter WHERE \"table\" = 'incident'"),
            last
        );
    }
}

#[test]
fn a_kept_file_is_not_made_again_and_not_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kept.db");
    let plan = Plan { seed: 1, records: 10, now: None };
    let first = fill(&Store::open(Some(&file)).unwrap(), &plan, &mut |_| ()).unwrap();
    assert!(first.rows["task"] > 10);
    let store = Store::open(Some(&file)).unwrap();
    assert!(fill(&store, &plan, &mut |_| ()).unwrap().kept);
    let other = fill(&store, &Plan { seed: 2, ..plan }, &mut |_| ()).unwrap_err();
    assert!(matches!(&other, Error::OtherPlan { .. }), "{other}");
}

#[test]
fn progress_reaches_its_total() {
    let store = Store::open(None).unwrap();
    let mut seen = Vec::new();
    let summary =
        fill(&store, &Plan { seed: 1, records: 50, now: None }, &mut |step| seen.push(step)).unwrap();
    let last = seen.last().unwrap();
    assert_eq!((last.rows, last.step), (last.total, "indexes"));
    assert_eq!(seen[0].total, last.total);
    assert_eq!(summary.rows.values().sum::<u64>(), last.total);
    assert!(seen.is_sorted_by_key(|step| step.rows));
}
