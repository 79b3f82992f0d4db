//! What the platform does around a write: defaults, numbers, lookups, life of a task, refusals.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixed;

use std::ops::ControlFlow;

use chrono::Duration;
use fixed::Instance;
use servicenow::query::Query;
use servicenow_emulator::engine::{
    Cell, DisplayMode, Engine, Error, ListRequest, Projection, Session, WriteMode,
};
use servicenow_emulator::settings::Settings;

/// An instance, its engine and abel, who is admin here.
struct Desk {
    instance: Instance,
    engine: Engine,
    session: Session,
}

const PLAIN: WriteMode = WriteMode { input_display_value: false, suppress_auto_sys_field: false };
const SHOWN: WriteMode = WriteMode { input_display_value: true, suppress_auto_sys_field: false };

impl Desk {
    fn new() -> Self {
        Desk::with(Settings::default())
    }

    fn with(settings: Settings) -> Self {
        let instance = Instance::new();
        let engine = instance.engine(settings);
        let session = instance.session(&engine, "abel");
        Desk { instance, engine, session }
    }

    /// `field=value` pairs, with `{row}` for the sys_id of a row.
    fn fields(&self, fields: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), Some(self.instance.fill(value)))).collect()
    }

    fn insert(&self, table: &str, fields: &[(&str, &str)]) -> String {
        self.try_insert(table, fields, &PLAIN).unwrap()
    }

    fn try_insert(&self, table: &str, fields: &[(&str, &str)], mode: &WriteMode) -> Result<String, Error> {
        self.engine.insert(&self.session, table, self.fields(fields), mode)
    }

    fn update(&self, table: &str, id: &str, fields: &[(&str, &str)]) -> Result<(), Error> {
        self.engine.update(&self.session, table, &self.instance.fill(id), self.fields(fields), &PLAIN)
    }

    fn value(&self, table: &str, id: &str, field: &str) -> String {
        self.cell(table, id, field, DisplayMode::Value)
    }

    fn shown(&self, table: &str, id: &str, field: &str) -> String {
        self.cell(table, id, field, DisplayMode::Display)
    }

    fn cell(&self, table: &str, id: &str, field: &str, display: DisplayMode) -> String {
        let projection = Projection { fields: vec![field.to_owned()], display, ..Projection::default() };
        let id = self.instance.fill(id);
        let (_, cells) = self.engine.get(&self.session, table, &id, &projection).unwrap();
        let cell = cells.into_iter().next().unwrap_or_else(|| panic!("{table} shows no {field}"));
        cell.display.unwrap_or(cell.value)
    }

    fn holds(&self, table: &str, id: &str, expected: &[(&str, &str)]) {
        for (field, value) in expected {
            assert_eq!(self.value(table, id, field), self.instance.fill(value), "{table}.{field}");
        }
    }

    fn count(&self, table: &str, query: &str) -> u64 {
        self.engine.count(&self.session, table, &Query::parse(&self.instance.fill(query))).unwrap()
    }

    fn wait(&self, minutes: i64) {
        let clock = self.engine.clock();
        clock.set(clock.now() + Duration::minutes(minutes));
    }
}

#[test]
fn a_new_incident_is_complete() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("short_description", "Printer on fire")]);
    assert_eq!(id.len(), 32);
    desk.holds(
        "incident",
        &id,
        &[
            ("short_description", "Printer on fire"),
            ("number", "INC0010001"),
            ("task_effective_number", "INC0010001"),
            ("state", "1"),
            ("incident_state", "1"),
            ("active", "true"),
            ("category", "inquiry"),
            ("contact_type", "phone"),
            ("notify", "1"),
            ("severity", "3"),
            ("escalation", "0"),
            ("impact", "3"),
            ("urgency", "3"),
            ("priority", "5"),
            ("approval", "not requested"),
            ("upon_approval", "proceed"),
            ("upon_reject", "cancel"),
            ("made_sla", "true"),
            ("knowledge", "false"),
            ("caller_id", ""),
            ("child_incidents", "0"),
            ("reassignment_count", "0"),
            ("opened_at", "2024-05-15 18:30:00"),
            ("opened_by", "{abel}"),
            ("sys_created_on", "2024-05-15 18:30:00"),
            ("sys_created_by", "abel.tuter"),
            ("sys_updated_on", "2024-05-15 18:30:00"),
            ("sys_updated_by", "abel.tuter"),
            ("sys_mod_count", "0"),
            ("sys_class_name", "incident"),
            ("sys_domain", "global"),
            ("sys_domain_path", "/"),
        ],
    );
}

#[test]
fn an_empty_body_makes_a_record() {
    let desk = Desk::new();
    for table in ["incident", "problem", "change_request", "sc_request", "sys_user", "cmdb_ci_server"] {
        let id = desk.insert(table, &[]);
        desk.holds(table, &id, &[("sys_id", &id), ("sys_mod_count", "0")]);
    }
}

#[test]
fn numbers_go_on_from_one_to_the_next() {
    let desk = Desk::new();
    for (table, numbers) in [
        ("incident", ["INC0010001", "INC0010002"]),
        ("problem", ["PRB0010001", "PRB0010002"]),
        ("sc_req_item", ["RITM0010001", "RITM0010002"]),
    ] {
        for number in numbers {
            let id = desk.insert(table, &[]);
            desk.holds(table, &id, &[("number", number)]);
        }
    }
    let own = desk.insert("incident", &[("number", "X1")]);
    desk.holds("incident", &own, &[("number", "X1"), ("task_effective_number", "X1")]);
}

#[test]
fn the_callers_sys_id_is_kept() {
    let desk = Desk::new();
    let id = "AAAABBBBCCCCDDDDEEEEFFFF00001111";
    assert_eq!(desk.insert("incident", &[("sys_id", id)]), id);
    assert!(matches!(desk.try_insert("incident", &[("sys_id", id)], &PLAIN), Err(Error::Conflict)));
    assert_ne!(desk.insert("incident", &[("sys_id", "short")]), "short");
    // A refused insert takes nothing with it: the number that it drew is given to the next.
    let next = desk.insert("incident", &[]);
    desk.holds("incident", &next, &[("number", "INC0010003")]);
}

#[test]
fn what_is_no_column_is_ignored() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("bunk_field", "x"), ("short_description", "y")]);
    desk.update("incident", &id, &[("bunk_field", "z")]).unwrap();
    desk.holds("incident", &id, &[("short_description", "y"), ("sys_mod_count", "0")]);
    let user = desk.insert("sys_user", &[("user_name", "new"), ("user_password", "secret")]);
    desk.holds("sys_user", &user, &[("user_password", "********"), ("sys_mod_count", "0")]);
    assert_eq!(desk.shown("sys_user", &user, "user_password"), "********");
}

#[test]
fn what_does_not_fit_a_column_is_ignored() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("reassignment_count", "4"), ("due_date", "2024-01-02 03:04:05")]);
    let nonsense =
        [("reassignment_count", "many"), ("due_date", "someday"), ("active", "perhaps"), ("opened_at", "")];
    desk.update("incident", &id, &nonsense).unwrap();
    let kept = [
        ("reassignment_count", "4"),
        ("due_date", "2024-01-02 03:04:05"),
        ("active", "true"),
        ("opened_at", ""),
    ];
    desk.holds("incident", &id, &kept);
    // On insert there is only the default to keep; what is sent empty stays empty.
    let id = desk.insert("incident", &[("state", "In Progress"), ("severity", "high"), ("category", "")]);
    desk.holds("incident", &id, &[("state", "1"), ("severity", "3"), ("category", "")]);
}

#[test]
fn an_update_is_stamped_and_counted_only_when_it_changes_something() {
    let desk = Desk::new();
    desk.wait(5);
    desk.update("incident", "{i1}", &[("short_description", "VPN down"), ("sys_mod_count", "77")]).unwrap();
    desk.holds("incident", "{i1}", &[("sys_updated_on", "2024-05-15 18:00:00"), ("sys_mod_count", "")]);
    desk.update("incident", "{i1}", &[("short_description", "VPN up")]).unwrap();
    desk.holds(
        "incident",
        "{i1}",
        &[
            ("short_description", "VPN up"),
            ("sys_updated_on", "2024-05-15 18:35:00"),
            ("sys_updated_by", "abel.tuter"),
            ("sys_mod_count", "1"),
            ("opened_at", "2024-05-15 16:00:00"),
        ],
    );
    desk.update("incident", "{i1}", &[("short_description", "")]).unwrap();
    desk.holds("incident", "{i1}", &[("short_description", ""), ("sys_mod_count", "2")]);
}

#[test]
fn automatic_fields_are_the_callers_only_when_stamping_is_suppressed() {
    let desk = Desk::new();
    let sent =
        [("sys_created_on", "2001-01-01 00:00:00"), ("sys_created_by", "ghost"), ("sys_mod_count", "9")];
    let stamped = desk.insert("incident", &sent);
    desk.holds("incident", &stamped, &[("sys_created_by", "abel.tuter"), ("sys_mod_count", "0")]);
    let mode = WriteMode { suppress_auto_sys_field: true, ..PLAIN };
    let kept = desk.try_insert("incident", &sent, &mode).unwrap();
    desk.holds("incident", &kept, &sent);
}

#[test]
fn priority_is_looked_up() {
    let desk = Desk::new();
    let matrix = [
        ("1", "1", "1"),
        ("1", "2", "2"),
        ("1", "3", "3"),
        ("2", "1", "2"),
        ("2", "2", "3"),
        ("2", "3", "4"),
        ("3", "1", "3"),
        ("3", "2", "4"),
        ("3", "3", "5"),
    ];
    for (impact, urgency, priority) in matrix {
        let id = desk.insert("incident", &[("impact", impact), ("urgency", urgency), ("priority", "2")]);
        desk.holds("incident", &id, &[("priority", priority)]);
    }
    let id = desk.insert("incident", &[]);
    desk.update("incident", &id, &[("priority", "1")]).unwrap();
    desk.holds("incident", &id, &[("priority", "5")]);
    desk.update("incident", &id, &[("impact", "1")]).unwrap();
    desk.holds("incident", &id, &[("priority", "3")]);
    let change = desk.insert("change_request", &[("priority", "1")]);
    desk.holds("change_request", &change, &[("priority", "1")]);
}

#[test]
fn resolving_needs_a_resolution_and_leaves_marks() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("caller_id", "{beth}")]);
    desk.wait(137);
    let refusal = |fields: &[(&str, &str)]| match desk.update("incident", &id, fields) {
        Err(Error::DataPolicy { labels }) => labels,
        other => panic!("{other:?}"),
    };
    assert_eq!(refusal(&[("state", "6")]), ["Resolution code", "Resolution notes"]);
    assert_eq!(refusal(&[("incident_state", "7"), ("close_code", "Duplicate")]), ["Resolution notes"]);
    desk.holds("incident", &id, &[("state", "1"), ("close_code", ""), ("sys_mod_count", "0")]);

    let resolution = [("state", "6"), ("close_code", "Solution provided"), ("close_notes", "Restarted")];
    desk.update("incident", &id, &resolution).unwrap();
    desk.holds(
        "incident",
        &id,
        &[
            ("incident_state", "6"),
            ("active", "true"),
            ("resolved_at", "2024-05-15 20:47:00"),
            ("resolved_by", "{abel}"),
            ("closed_at", ""),
            ("calendar_duration", "1970-01-01 02:17:00"),
            ("calendar_stc", "8220"),
            ("business_duration", "1970-01-01 00:00:00"),
        ],
    );
    desk.wait(60);
    desk.update("incident", &id, &[("state", "7")]).unwrap();
    desk.holds(
        "incident",
        &id,
        &[
            ("active", "false"),
            ("resolved_at", "2024-05-15 20:47:00"),
            ("closed_at", "2024-05-15 21:47:00"),
            ("closed_by", "{abel}"),
            ("calendar_stc", "8220"),
        ],
    );
    desk.update("incident", &id, &[("state", "2")]).unwrap();
    desk.holds(
        "incident",
        &id,
        &[
            ("active", "true"),
            ("incident_state", "2"),
            ("reopen_count", "1"),
            ("reopened_by", "{abel}"),
            ("reopened_time", "2024-05-15 21:47:00"),
            ("closed_at", ""),
            ("resolved_by", ""),
        ],
    );
}

#[test]
fn a_row_loaded_without_a_resolution_can_be_edited_otherwise() {
    let desk = Desk::new();
    desk.update("incident", "{i5}", &[("description", "more")]).unwrap();
    desk.holds("incident", "{i5}", &[("description", "more"), ("state", "7")]);
}

#[test]
fn two_state_columns_say_the_same() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("incident_state", "2")]);
    desk.holds("incident", &id, &[("state", "2")]);
    desk.update("incident", &id, &[("state", "3")]).unwrap();
    desk.holds("incident", &id, &[("incident_state", "3")]);
    desk.update("incident", &id, &[("incident_state", "1")]).unwrap();
    desk.holds("incident", &id, &[("state", "1")]);
    desk.update("incident", &id, &[("state", "2"), ("incident_state", "3")]).unwrap();
    desk.holds("incident", &id, &[("state", "2"), ("incident_state", "2")]);
}

#[test]
fn each_class_ends_in_its_own_states() {
    let desk = Desk::new();
    let cases = [
        ("incident", "8", "false"),
        ("incident", "3", "true"),
        ("problem", "107", "false"),
        ("problem", "106", "true"),
        ("change_request", "3", "false"),
        ("change_request", "4", "false"),
        ("change_request", "0", "true"),
        ("sc_task", "3", "false"),
        ("sc_task", "2", "true"),
        ("sc_req_item", "4", "false"),
        ("sc_request", "7", "false"),
    ];
    for (table, state, active) in cases {
        let id = desk.insert(table, &[]);
        desk.update(table, &id, &[("state", state)]).unwrap();
        let closed_by = if active == "true" { "" } else { "{abel}" };
        desk.holds(table, &id, &[("active", active), ("closed_by", closed_by)]);
    }
    let id = desk.insert("sc_request", &[("request_state", "closed_complete")]);
    desk.holds("sc_request", &id, &[("state", "3"), ("active", "false")]);
}

#[test]
fn a_move_between_groups_is_counted() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[]);
    for (group, count) in
        [("{net}", "0"), ("{hw}", "1"), ("{hw}", "1"), ("", "1"), ("{db}", "1"), ("{net}", "2")]
    {
        desk.update("incident", &id, &[("assignment_group", group)]).unwrap();
        desk.holds("incident", &id, &[("reassignment_count", count)]);
    }
}

#[test]
fn journals_are_entries_shown_newest_first() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("comments", "It smokes")]);
    desk.wait(1);
    desk.update("incident", &id, &[("work_notes", "Water\nsent")]).unwrap();
    desk.wait(1);
    desk.update("incident", &id, &[("comments", "It is wet"), ("work_notes", "")]).unwrap();
    desk.holds("incident", &id, &[("comments", ""), ("work_notes", ""), ("sys_mod_count", "2")]);
    let first = "2024-05-15 11:30:00 - Abel Tuter (Additional comments)\nIt smokes\n\n";
    let second = "2024-05-15 11:31:00 - Abel Tuter (Work notes)\nWater\nsent\n\n";
    let third = "2024-05-15 11:32:00 - Abel Tuter (Additional comments)\nIt is wet\n\n";
    assert_eq!(desk.shown("incident", &id, "work_notes"), second);
    assert_eq!(desk.shown("incident", &id, "comments"), format!("{third}{first}"));
    assert_eq!(desk.shown("incident", &id, "comments_and_work_notes"), format!("{third}{second}{first}"));
    assert_eq!(
        desk.count("sys_journal_field", &format!("element_id={id}^element=comments^name=incident")),
        2
    );
}

#[test]
fn entries_of_one_second_are_shown_newest_first_too() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[]);
    for entry in 0..20 {
        desk.update("incident", &id, &[("work_notes", &format!("entry {entry:02}"))]).unwrap();
    }
    let shown = desk.shown("incident", &id, "work_notes");
    let texts: Vec<_> = shown.lines().filter(|line| line.starts_with("entry")).map(str::to_owned).collect();
    let newest_first: Vec<_> = (0..20).rev().map(|entry| format!("entry {entry:02}")).collect();
    assert_eq!(texts, newest_first);
}

#[test]
fn a_name_is_made_of_its_parts() {
    let desk = Desk::new();
    let id = desk.insert("sys_user", &[("first_name", "Fred"), ("last_name", "Luddy")]);
    desk.holds("sys_user", &id, &[("name", "Fred Luddy")]);
    desk.update("sys_user", &id, &[("last_name", "")]).unwrap();
    desk.holds("sys_user", &id, &[("name", "Fred")]);
}

#[test]
fn references_take_any_text_and_cut_it() {
    let desk = Desk::new();
    let id = desk.insert(
        "incident",
        &[("caller_id", "no value"), ("assigned_to", "{link=https://instance.service-now.com}")],
    );
    desk.holds(
        "incident",
        &id,
        &[("caller_id", "no value"), ("assigned_to", "{link=https://instance.service-n")],
    );
    assert_eq!(desk.value("incident", &id, "assigned_to").len(), 32);
}

#[test]
fn display_values_are_read_where_they_are_announced() {
    let desk = Desk::new();
    let fields = [
        ("caller_id", "beth anglin"),
        ("assignment_group", "Network"),
        ("watch_list", "Abel Tuter, somebody@example.com"),
        ("state", "In Progress"),
        ("category", "software"),
        ("due_date", "2024-05-20 09:00:00"),
        ("calendar_stc", "102,197"),
        ("calendar_duration", "1 Day 4 Hours"),
    ];
    let id = desk.try_insert("incident", &fields, &SHOWN).unwrap();
    desk.holds(
        "incident",
        &id,
        &[
            ("caller_id", "{beth}"),
            ("assignment_group", "{net}"),
            ("watch_list", "{abel},somebody@example.com"),
            ("state", "2"),
            ("category", "software"),
            ("due_date", "2024-05-20 16:00:00"),
            ("calendar_stc", "102197"),
            ("calendar_duration", "1970-01-02 04:00:00"),
        ],
    );
}

#[test]
fn an_unknown_choice_is_kept_or_dropped() {
    let kept = Desk::new();
    let id = kept.insert("incident", &[("category", "plumbing")]);
    kept.holds("incident", &id, &[("category", "plumbing")]);
    let dropping = Desk::with(Settings { allow_unknown_choices: false, ..Settings::default() });
    let id = dropping.insert("incident", &[("category", "plumbing")]);
    dropping.holds("incident", &id, &[("category", "")]);
    // What is dropped is missing: the data policy sees it.
    let fields = [("state", "6"), ("close_code", "Magic"), ("close_notes", "x")];
    let refused = dropping.update("incident", &id, &fields);
    assert!(matches!(refused, Err(Error::DataPolicy { labels }) if labels == ["Resolution code"]));
}

#[test]
fn deleting_takes_attachments_and_journal_and_nothing_else() {
    let desk = Desk::new();
    desk.update("incident", "{i1}", &[("comments", "bye")]).unwrap();
    for record in ["{i1}", "{i2}"] {
        let attachment =
            desk.insert("sys_attachment", &[("table_name", "incident"), ("table_sys_id", record)]);
        desk.insert("sys_attachment_doc", &[("sys_attachment", &attachment)]);
    }
    let id = desk.instance.sys_id("i1");
    desk.engine.delete(&desk.session, "incident", &id).unwrap();
    assert!(matches!(desk.engine.delete(&desk.session, "incident", &id), Err(Error::NotFound)));
    assert_eq!(desk.count("incident", "sys_id={i1}"), 0);
    assert_eq!(desk.count("sys_attachment", ""), 1);
    assert_eq!(desk.count("sys_attachment_doc", ""), 1);
    assert_eq!(desk.count("sys_journal_field", "element_id={i1}"), 0);
    assert_eq!(desk.count("incident", "parent={i1}"), 1);
    let tombstone = "tablename=incident^documentkey={i1}^display_value=INC0000001^sys_created_by=abel.tuter";
    assert_eq!(desk.count("sys_audit_delete", tombstone), 1);
    desk.engine.delete(&desk.session, "sys_user", &desk.instance.sys_id("abel")).unwrap();
    assert_eq!(desk.count("sys_user_grmember", "user={abel}"), 2);
}

#[test]
fn a_row_is_written_through_its_class_or_the_table_it_extends() {
    let desk = Desk::new();
    desk.update("task", "{i1}", &[("short_description", "by task"), ("caller_id", "{omer}")]).unwrap();
    desk.holds("incident", "{i1}", &[("short_description", "by task"), ("caller_id", "{abel}")]);
    assert!(matches!(desk.update("problem", "{i1}", &[("state", "1")]), Err(Error::NotFound)));
    assert!(matches!(desk.update("incident", "no such id", &[]), Err(Error::NotFound)));
    assert!(
        matches!(desk.update("no_such", "{i1}", &[]), Err(Error::InvalidTable(table)) if table == "no_such")
    );
    let id = desk.insert("cmdb_ci", &[("sys_class_name", "cmdb_ci_linux_server"), ("name", "lnx-02")]);
    desk.holds(
        "cmdb_ci_linux_server",
        &id,
        &[("name", "lnx-02"), ("sys_class_name", "cmdb_ci_linux_server")],
    );
    let id = desk.insert("problem", &[("sys_class_name", "incident")]);
    desk.holds("problem", &id, &[("sys_class_name", "problem")]);
}

#[test]
fn a_dictionary_row_is_a_column() {
    let desk = Desk::new();
    let fields = [
        ("name", "incident"),
        ("element", "u_floor"),
        ("internal_type", "integer"),
        ("column_label", "Floor"),
    ];
    desk.insert("sys_dictionary", &fields);
    let id = desk.insert("incident", &[("u_floor", "1200")]);
    assert_eq!(desk.shown("incident", &id, "u_floor"), "1,200");
    assert_eq!(desk.count("incident", "u_floor>1000"), 1);
    let again = desk.try_insert("sys_dictionary", &fields, &PLAIN);
    assert!(matches!(again, Err(Error::Dictionary(_))), "{again:?}");
    for bad in ["u x", "u\"; DROP TABLE task; --", ""] {
        let refused = desk.try_insert("sys_dictionary", &[("name", "incident"), ("element", bad)], &PLAIN);
        assert!(matches!(refused, Err(Error::Dictionary(_))), "{bad}: {refused:?}");
    }
    assert_eq!(desk.count("sys_dictionary", "element=u_floor"), 1);
}

#[test]
fn no_write_leaves_an_instance_without_its_dictionary() {
    let desk = Desk::new();
    let row = |table: &str, query: &str| {
        let request = ListRequest {
            table: table.to_owned(),
            query: Query::parse(query),
            projection: Projection { fields: vec!["sys_id".to_owned()], ..Projection::default() },
            limit: 1,
            offset: 0,
        };
        let mut id = String::new();
        let take = &mut |_: &[_], cells: &[Cell]| {
            id.clone_from(&cells[0].value);
            ControlFlow::Break(())
        };
        desk.engine.list(&desk.session, &request, take).unwrap();
        id
    };
    let column = row("sys_dictionary", "name=task^element=number");
    for change in [("element", "other"), ("name", "sys_user"), ("internal_type", "integer")] {
        let refused = desk.update("sys_dictionary", &column, &[change]);
        assert!(matches!(refused, Err(Error::Dictionary(_))), "{change:?}: {refused:?}");
    }
    desk.update("sys_dictionary", &column, &[("column_label", "No.")]).unwrap();
    for table in ["task", "sys_user", "sys_dictionary", "sys_metadata"] {
        let id = row("sys_db_object", &format!("name={table}"));
        let refused = desk.engine.delete(&desk.session, "sys_db_object", &id);
        assert!(matches!(refused, Err(Error::Dictionary(_))), "{table}: {refused:?}");
    }
    // A table that nobody made is a row and no more.
    desk.insert("sys_db_object", &[("name", "u_nothing"), ("label", "Nothing")]);
    assert!(matches!(desk.try_insert("u_nothing", &[], &PLAIN), Err(Error::InvalidTable(_))));
    let id = desk.insert("incident", &[]);
    desk.holds("incident", &id, &[("number", "INC0010001")]);
}

#[test]
fn a_choice_row_is_a_choice() {
    let desk = Desk::new();
    let id = desk.insert("incident", &[("category", "plumbing")]);
    assert_eq!(desk.shown("incident", &id, "category"), "plumbing");
    let fields = [
        ("name", "incident"),
        ("element", "category"),
        ("value", "plumbing"),
        ("label", "Plumbing"),
        ("language", "en"),
    ];
    let choice = desk.insert("sys_choice", &fields);
    assert_eq!(desk.shown("incident", &id, "category"), "Plumbing");
    desk.engine.delete(&desk.session, "sys_choice", &choice).unwrap();
    assert_eq!(desk.shown("incident", &id, "category"), "plumbing");
}

#[test]
fn a_business_rule_aborts_what_it_matches() {
    let desk = Desk::new();
    let rule = [
        ("name", "No fires"),
        ("collection", "incident"),
        ("when", "before"),
        ("active", "true"),
        ("action_update", "true"),
        ("abort_action", "true"),
        ("filter_condition", "short_descriptionLIKEfire^EQ"),
    ];
    let rule_id = desk.insert("sys_script", &rule);
    let aborted = desk.update("incident", "{i1}", &[("short_description", "a FIRE")]);
    let Err(Error::Aborted { table, rule, rule_id: by }) = aborted else { panic!("{aborted:?}") };
    assert_eq!((table.as_str(), rule.as_str(), by), ("incident", "No fires", rule_id.clone()));
    desk.holds("incident", "{i1}", &[("short_description", "VPN down")]);
    desk.update("incident", "{i1}", &[("short_description", "smoke")]).unwrap();
    // Of updates only, and not of another class.
    desk.insert("incident", &[("short_description", "fire")]);
    desk.update("problem", "{p1}", &[("short_description", "fire")]).unwrap();
    desk.update("sys_script", &rule_id, &[("active", "false")]).unwrap();
    desk.update("incident", "{i1}", &[("short_description", "fire")]).unwrap();
}

#[test]
fn who_may_not_write_is_refused() {
    let desk = Desk::new();
    let evan = desk.instance.session(&desk.engine, "evan");
    let id = desk.instance.sys_id("i1");
    let refused = |result: Result<(), Error>, expected: &str| {
        assert!(matches!(result, Err(Error::WriteForbidden { operation }) if operation == expected));
    };
    refused(desk.engine.insert(&evan, "incident", Vec::new(), &PLAIN).map(drop), "Insert");
    refused(desk.engine.update(&evan, "incident", &id, Vec::new(), &PLAIN), "Update");
    refused(desk.engine.delete(&evan, "incident", &id), "Delete");
    let read = desk.engine.get(&evan, "incident", &id, &Projection::default());
    assert!(matches!(read, Err(Error::NotFound)));
}
