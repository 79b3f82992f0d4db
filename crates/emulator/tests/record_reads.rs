//! What a reader gets: cells in order, values, display values and links.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixed;

use std::ops::ControlFlow;

use chrono_tz::Tz;
use fixed::Instance;
use servicenow::query::Query;
use servicenow_emulator::engine::{
    Cell, DateFormat, DisplayMode, Engine, Error, ListRequest, Projection, Session, WriteMode,
};
use servicenow_emulator::settings::Settings;

const PLAIN: WriteMode = WriteMode { input_display_value: false, suppress_auto_sys_field: false };

fn desk() -> (Instance, Engine, Session) {
    let instance = Instance::new();
    let engine = instance.engine(Settings::default());
    let session = instance.session(&engine, "abel");
    (instance, engine, session)
}

fn projection(fields: &[&str], display: DisplayMode) -> Projection {
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    Projection { fields, display, ..Projection::default() }
}

fn insert(
    instance: &Instance,
    engine: &Engine,
    session: &Session,
    table: &str,
    fields: &[(&str, &str)],
) -> String {
    let fields =
        fields.iter().map(|(name, value)| ((*name).to_owned(), Some(instance.fill(value)))).collect();
    engine.insert(session, table, fields, &PLAIN).unwrap()
}

fn cell(engine: &Engine, session: &Session, table: &str, id: &str, field: &str) -> Cell {
    let (_, mut cells) = engine.get(session, table, id, &projection(&[field], DisplayMode::Both)).unwrap();
    cells.pop().unwrap_or_else(|| panic!("{table} shows no {field}"))
}

/// The values that a recorded reply of a real instance shows of its INC0000060.
#[test]
fn as_recorded() {
    let (instance, engine, session) = desk();
    let fields = [
        ("state", "7"),
        ("close_code", "Solution provided"),
        ("close_notes", "x"),
        ("impact", "2"),
        ("urgency", "2"),
        ("contact_type", "self-service"),
        ("subcategory", "email"),
        ("opened_at", "2016-12-12 15:19:57"),
        ("calendar_stc", "102197"),
        ("business_stc", "28800"),
        ("calendar_duration", "1970-01-02 04:23:17"),
        ("business_duration", "1970-01-01 08:00:00"),
    ];
    let id = insert(&instance, &engine, &session, "incident", &fields);
    let expected = [
        ("state", "7", "Closed"),
        ("impact", "2", "2 - Medium"),
        ("urgency", "2", "2 - Medium"),
        ("priority", "3", "3 - Moderate"),
        ("severity", "3", "3 - Low"),
        ("category", "inquiry", "Inquiry / Help"),
        ("subcategory", "email", "Email"),
        ("contact_type", "self-service", "Self-service"),
        ("notify", "1", "Do Not Notify"),
        ("approval", "not requested", "Not Yet Requested"),
        ("upon_approval", "proceed", "Proceed to Next Task"),
        ("upon_reject", "cancel", "Cancel all future Tasks"),
        ("escalation", "0", "Normal"),
        ("sla_due", "", "UNKNOWN"),
        ("sys_class_name", "incident", "Incident"),
        ("calendar_stc", "102197", "102,197"),
        ("business_stc", "28800", "28,800"),
        ("calendar_duration", "1970-01-02 04:23:17", "1 Day 4 Hours 23 Minutes"),
        ("business_duration", "1970-01-01 08:00:00", "8 Hours"),
        ("opened_at", "2016-12-12 15:19:57", "2016-12-12 07:19:57"),
        ("active", "false", "false"),
        ("made_sla", "true", "true"),
        ("sys_domain", "global", "global"),
        ("sys_domain_path", "/", "/"),
        ("sys_mod_count", "0", "0"),
    ];
    for (field, value, display) in expected {
        let cell = cell(&engine, &session, "incident", &id, field);
        assert_eq!((cell.value.as_str(), cell.display.as_deref()), (value, Some(display)), "{field}");
    }
    let domain = cell(&engine, &session, "incident", &id, "sys_domain");
    assert_eq!(domain.link.as_deref(), Some("table/sys_user_group/global"));
}

#[test]
fn by_kind() {
    let (instance, engine, session) = desk();
    let cases = [
        ("incident", "i1", "caller_id", "{abel}", "Abel Tuter"),
        ("incident", "i1", "caller_id.manager", "{beth}", "Beth Anglin"),
        ("incident", "i1", "caller_id.manager.name", "Beth Anglin", "Beth Anglin"),
        ("incident", "i1", "watch_list", "{abel},{beth}", "Abel Tuter, Beth Anglin"),
        ("incident", "i3", "watch_list", "joe@example.com", "joe@example.com"),
        ("incident", "i8", "caller_id", "dead0000000000000000000000000000", ""),
        ("incident", "i6", "caller_id", "", ""),
        ("incident", "i6", "caller_id.name", "", ""),
        ("incident", "i6", "caller_id.active", "", ""),
        ("incident", "i8", "active", "false", "false"),
        ("incident", "i1", "problem_id", "{p1}", "PRB0000001"),
        ("incident", "i1", "problem_id.state", "101", "New"),
        ("incident", "i3", "parent.ref_incident.caller_id", "{abel}", "Abel Tuter"),
        ("task", "i4", "state", "6", "6"),
        ("sc_req_item", "r4", "price", "1234.5", "$1,234.50"),
        ("sc_req_item", "r2", "price", "100", "$100.00"),
        ("sc_req_item", "r3", "price", "", ""),
        ("change_request", "c1", "review_date", "2024-05-15", "2024-05-15"),
        ("change_request", "c1", "state", "-5", "New"),
        ("cmdb_ci", "srv1", "sys_class_name", "cmdb_ci_linux_server", "Linux Server"),
        ("sys_user_has_role", "h2", "role", "{radmin}", "admin"),
    ];
    for (table, row, field, value, display) in cases {
        let cell = cell(&engine, &session, table, &instance.sys_id(row), field);
        let found = (cell.value, cell.display);
        assert_eq!(found, (instance.fill(value), Some(display.to_owned())), "{table} {row} {field}");
    }
}

#[test]
fn a_subcategory_is_named_by_its_category() {
    let (instance, engine, session) = desk();
    for (label, category) in [("Dependent on software", "software"), ("Dependent on database", "database")] {
        let fields = [
            ("name", "incident"),
            ("element", "subcategory"),
            ("value", "both"),
            ("label", label),
            ("dependent_value", category),
            ("language", "en"),
        ];
        insert(&instance, &engine, &session, "sys_choice", &fields);
    }
    for (category, label) in [("software", "Dependent on software"), ("database", "Dependent on database")] {
        let fields = [("category", category), ("subcategory", "both")];
        let id = insert(&instance, &engine, &session, "incident", &fields);
        assert_eq!(cell(&engine, &session, "incident", &id, "subcategory").display.as_deref(), Some(label));
    }
}

#[test]
fn a_document_is_named_with_its_table() {
    let (instance, engine, session) = desk();
    let fields = [("id", "{i1}"), ("table", "incident")];
    let id = insert(&instance, &engine, &session, "metric_instance", &fields);
    let document = cell(&engine, &session, "metric_instance", &id, "id");
    assert_eq!(document.display.as_deref(), Some("Incident: INC0000001"));
    assert_eq!(document.link, None);
}

#[test]
fn dates_follow_the_users_zone_and_format() {
    let (instance, engine, mut session) = desk();
    let id = instance.sys_id("i5");
    let mut shown = |zone: Tz, date: &str, time: &str, field: &str| {
        session.time_zone = zone;
        session.date_format = DateFormat::new(date, time);
        cell(&engine, &session, "incident", &id, field).display.unwrap()
    };
    assert_eq!(shown(chrono_tz::UTC, "", "", "closed_at"), "2024-05-09 20:00:00");
    assert_eq!(
        shown(chrono_tz::Asia::Kolkata, "dd/MM/yyyy", "hh:mm:ss a", "closed_at"),
        "10/05/2024 01:30:00 AM"
    );
    assert_eq!(shown(chrono_tz::US::Pacific, "MM-dd-yyyy", "HH.mm.ss", "opened_at"), "05-01-2024 00.00.00");
}

#[test]
fn links_lead_to_the_referred_row() {
    let (instance, engine, session) = desk();
    let cases = [
        ("incident", "i1", "caller_id", Some("table/sys_user/{abel}")),
        ("incident", "i1", "caller_id.department", Some("table/cmn_department/{it}")),
        ("incident", "i1", "number", None),
        ("incident", "i6", "caller_id", None),
        ("incident", "i1", "watch_list", None),
    ];
    for (table, row, field, link) in cases {
        let cell = cell(&engine, &session, table, &instance.sys_id(row), field);
        assert_eq!(cell.link, link.map(|link| instance.fill(link)), "{field}");
    }
    // Where the key is not a sys_id, the link asks for it.
    let mut found = Vec::new();
    let request = ListRequest {
        table: "sys_dictionary".into(),
        query: Query::parse("name=incident^element=caller_id"),
        projection: projection(&["internal_type", "reference"], DisplayMode::Value),
        limit: 5,
        offset: 0,
    };
    engine
        .list(&session, &request, &mut |_, cells| {
            found.extend(cells.iter().map(|cell| (cell.value.clone(), cell.link.clone().unwrap())));
            ControlFlow::Continue(())
        })
        .unwrap();
    let pair = |value: &str, link: &str| (value.to_owned(), link.to_owned());
    let expected = [
        pair("reference", "table/sys_glide_object?name=reference"),
        pair("sys_user", "table/sys_db_object?name=sys_user"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn cells_come_in_the_order_asked_for() {
    let (instance, engine, session) = desk();
    let fields = ["state", "no_such", "caller_id.name", "sys_id", "state", "caller_id.no_such"];
    let (names, cells) = engine
        .get(&session, "incident", &instance.sys_id("i1"), &projection(&fields, DisplayMode::Value))
        .unwrap();
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    assert_eq!(names, ["state", "caller_id.name", "sys_id"]);
    let values: Vec<&str> = cells.iter().map(|cell| cell.value.as_str()).collect();
    assert_eq!(values, ["1", "Abel Tuter", &instance.sys_id("i1")]);
    assert!(cells.iter().all(|cell| cell.display.is_none()));
}

#[test]
fn a_base_table_shows_its_own_columns_of_every_class() {
    let (instance, engine, session) = desk();
    let id = instance.sys_id("i1");
    let names = |table: &str| {
        let (names, _) = engine.get(&session, table, &id, &Projection::default()).unwrap();
        names.iter().map(|name| name.to_string()).collect::<Vec<_>>()
    };
    assert!(names("incident").contains(&"caller_id".to_owned()));
    assert!(!names("task").contains(&"caller_id".to_owned()));
    assert!(names("task").contains(&"sys_class_name".to_owned()));
    let missing = engine.get(&session, "problem", &id, &Projection::default());
    assert!(matches!(missing, Err(Error::NotFound)));
    let unknown = engine.get(&session, "pm_project", &id, &Projection::default());
    assert!(matches!(unknown, Err(Error::InvalidTable(name)) if name == "pm_project"));
}

#[test]
fn pages_neither_overlap_nor_skip() {
    let (_instance, engine, session) = desk();
    for query in ["", "ORDERBYstate", "ORDERBYDESCcategory^ORDERBYcaller_id", "active=true"] {
        let page = |limit, offset| {
            let request = ListRequest {
                table: "incident".into(),
                query: Query::parse(query),
                projection: projection(&["number"], DisplayMode::Value),
                limit,
                offset,
            };
            let mut numbers = Vec::new();
            engine
                .list(&session, &request, &mut |_, cells| {
                    numbers.push(cells[0].value.clone());
                    ControlFlow::Continue(())
                })
                .unwrap();
            numbers
        };
        let whole = page(1_000, 0);
        for limit in [1, 5, 16] {
            let mut pages = Vec::new();
            for offset in (0..).step_by(limit as usize) {
                let next = page(limit, offset);
                if next.is_empty() {
                    break;
                }
                pages.extend(next);
            }
            assert_eq!(pages, whole, "{query} by {limit}");
        }
    }
}

#[test]
fn a_reader_may_stop() {
    let (_instance, engine, session) = desk();
    let request = ListRequest { table: "incident".into(), limit: 1_000, ..ListRequest::default() };
    let mut seen = 0;
    let given = engine.list(&session, &request, &mut |_, _| {
        seen += 1;
        if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!((given.unwrap(), seen), (3, 3));
}

#[test]
fn plain_filters_take_display_values() {
    let (instance, engine, session) = desk();
    // Every case is of incidents.
    type Filter<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Filter<'_>; 8] = [
        (&[("state", "2")], &["i2", "i7", "i11"]),
        (&[("state", "In Progress")], &["i2", "i7", "i11"]),
        (&[("active", "true"), ("priority", "1 - Critical")], &["i1"]),
        (&[("caller_id", "Abel Tuter")], &["i1", "i5"]),
        (&[("caller_id", "{abel}")], &["i1", "i5"]),
        (&[("caller_id.department", "IT"), ("state", "New")], &["i1"]),
        (&[("no_such", "x"), ("state", "8")], &["i6"]),
        (&[("caller_id", "")], &["i6", "i11"]),
    ];
    for (pairs, rows) in cases {
        let pairs: Vec<(String, String)> =
            pairs.iter().map(|(name, value)| ((*name).to_owned(), instance.fill(value))).collect();
        let query = engine.filters_to_query("incident", &pairs).unwrap();
        let request = ListRequest {
            table: "incident".into(),
            query,
            projection: projection(&["sys_id"], DisplayMode::Value),
            limit: 100,
            offset: 0,
        };
        let mut found = Vec::new();
        engine
            .list(&session, &request, &mut |_, cells| {
                found.push(cells[0].value.clone());
                ControlFlow::Continue(())
            })
            .unwrap();
        let mut expected: Vec<String> = rows.iter().map(|row| instance.sys_id(row)).collect();
        expected.sort();
        assert_eq!(found, expected, "{pairs:?}");
    }
}

#[test]
fn rows_hidden_from_a_reader_are_counted_and_not_shown() {
    let (instance, engine, _) = desk();
    let evan = instance.session(&engine, "evan");
    let list = |table: &str| {
        let request = ListRequest { table: table.to_owned(), limit: 10, ..ListRequest::default() };
        engine.list(&evan, &request, &mut |_, _| ControlFlow::Continue(()))
    };
    assert_eq!(list("incident").unwrap(), 0);
    assert_eq!(engine.count(&evan, "incident", &Query::default()).unwrap(), 12);
    assert_eq!(list("sys_dictionary").unwrap(), 0);
    assert!(matches!(list("sys_db_object"), Err(Error::NotAuthorized)));
    assert!(matches!(list("metric_instance"), Err(Error::NotAuthorized)));
    let mut names = Vec::new();
    let request = ListRequest { table: "sys_choice".into(), limit: 1, ..ListRequest::default() };
    engine
        .list(&evan, &request, &mut |columns, _| {
            names = columns.iter().map(|name| name.to_string()).collect();
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(names, ["label"]);
}
