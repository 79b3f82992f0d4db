//! The aggregate API: what is counted, added and grouped over the fixed rows.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixed;

use fixed::Instance;
use servicenow::query::Query;
use servicenow_emulator::engine::{DisplayMode, Having, StatsOrder, StatsRequest, StatsRow};
use servicenow_emulator::settings::Settings;

/// A request written as parameters: `count`, `sum=a,b`, `by=f`, `having=count^f^>^1`, `order=COUNT^DESC`.
fn request(table: &str, query: &str, parameters: &str) -> StatsRequest {
    let mut request =
        StatsRequest { table: table.to_owned(), query: Query::parse(query), ..StatsRequest::default() };
    for parameter in parameters.split(' ') {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        let list = || value.split(',').map(str::to_owned).collect();
        match name {
            "count" => request.count = true,
            "sum" => request.sum = list(),
            "avg" => request.avg = list(),
            "min" => request.min = list(),
            "max" => request.max = list(),
            "by" => request.group_by = list(),
            "having" => request.having = value.split(',').map(|text| Having::parse(text).unwrap()).collect(),
            "order" => {
                request.order_by = value.split(',').map(|text| StatsOrder::parse(text).unwrap()).collect()
            }
            "shown" => request.display = DisplayMode::Both,
            other => panic!("no parameter {other}"),
        }
    }
    request
}

/// A row as text: `group,group: count sum(f)=n`.
fn text(row: &StatsRow) -> String {
    let group = |value: &servicenow_emulator::engine::GroupValue| match &value.display {
        Some(display) => format!("{}|{display}", value.value),
        None => value.value.clone(),
    };
    let groups: Vec<String> = row.groups.iter().map(group).collect();
    let mut out = groups.join(",");
    if !row.groups.is_empty() {
        out.push(':');
    }
    if let Some(count) = &row.count {
        out.push_str(&format!(" {count}"));
    }
    for (name, values) in [("sum", &row.sum), ("avg", &row.avg), ("min", &row.min), ("max", &row.max)] {
        for (field, value) in values {
            out.push_str(&format!(" {name}({field})={value}"));
        }
    }
    out.trim().to_owned()
}

#[test]
fn over_the_fixed_rows() {
    let cases: &[(&str, &str, &str, &str)] = &[
        ("incident", "", "count", "12"),
        ("task", "", "count", "22"),
        ("incident", "state=7", "count", "2"),
        ("incident", "state=99", "count", "0"),
        ("incident", "state=banana", "count", "0"),
        ("incident", "no_such=1", "count", "12"),
        ("incident", "", "sum=reassignment_count", "sum(reassignment_count)=51"),
        ("incident", "", "avg=reassignment_count", "avg(reassignment_count)=4.6364"),
        ("incident", "state=1", "count sum=priority avg=priority", "3 sum(priority)=9 avg(priority)=3.0000"),
        ("incident", "state=99", "count sum=priority", "0"),
        (
            "incident",
            "",
            "min=opened_at,number,priority",
            "min(opened_at)=2023-06-15 20:00:00 min(number)=INC0000001 min(priority)=1",
        ),
        (
            "incident",
            "",
            "max=opened_at,short_description",
            "max(opened_at)=2024-05-16 20:00:00 max(short_description)=zebra crossing, please",
        ),
        ("incident", "", "sum=short_description,no_such,priority", "sum(priority)=40"),
        ("incident", "", "sum=calendar_duration", "sum(calendar_duration)=1970-01-05 03:00:02"),
        ("incident", "state=7", "avg=calendar_duration", "avg(calendar_duration)=1970-01-02 02:30:01"),
        (
            "sc_req_item",
            "",
            "sum=price avg=price max=price",
            "sum(price)=1344 avg(price)=448.0000 max(price)=1234.5",
        ),
        ("incident", "", "count by=state", ": 1 / 1: 3 / 2: 3 / 3: 1 / 6: 1 / 7: 2 / 8: 1"),
        ("incident", "stateIN1,7", "count by=state shown", "1|New: 3 / 7|Closed: 2"),
        ("incident", "", "count by=active", "false: 5 / true: 7"),
        (
            "incident",
            "stateIN6,7",
            "count by=caller_id shown",
            "{abel}|Abel Tuter: 1 / {dora}|Dora Élan: 1 / {evan}|Evan O'Neil: 1",
        ),
        ("incident", "", "count by=caller_id.department.name", ": 4 / Finance: 2 / HR: 2 / IT: 4"),
        (
            "incident",
            "stateIN1,7",
            "count by=state,category",
            "1,database: 1 / 1,hardware: 1 / 1,network: 1 / 7,inquiry: 1 / 7,software: 1",
        ),
        ("incident", "state=1", "count by=no_such", "3"),
        ("incident", "state=99", "count by=state", ""),
        ("incident", "state=banana", "count by=state", ""),
        (
            "incident",
            "",
            "count by=category",
            ": 1 / database: 1 / hardware: 3 / inquiry: 2 / network: 3 / software: 2",
        ),
        ("incident", "", "count by=state having=count^state^>^1", "1: 3 / 2: 3 / 7: 2"),
        ("incident", "", "count by=state having=count^state^=^3,sum^priority^>=^8", "1: 3 / 2: 3"),
        ("incident", "", "count by=state having=count^state^=^3,sum^priority^>^8.5", "1: 3"),
        ("incident", "", "by=state having=max^opened_at^>=^2024-05-15", "1: / 2:"),
        ("incident", "", "count by=state having=avg^reassignment_count^<^2,count^x^!=^1", "2: 3"),
        ("incident", "", "count having=count^state^>^100", "12"),
        ("incident", "", "count by=state order=state^DESC", "8: 1 / 7: 2 / 6: 1 / 3: 1 / 2: 3 / 1: 3 / : 1"),
        ("incident", "", "count by=state order=COUNT^DESC", "1: 3 / 2: 3 / 7: 2 / : 1 / 3: 1 / 6: 1 / 8: 1"),
        (
            "incident",
            "stateIN1,2,7",
            "avg=reassignment_count by=state order=AVG^reassignment_count",
            "2: avg(reassignment_count)=1.5000 / 7: avg(reassignment_count)=6.0000 / 1: avg(reassignment_count)=6.6667",
        ),
        (
            "incident",
            "assignment_groupISNOTEMPTY",
            "count by=assignment_group order=assignment_group shown",
            "{db}|Database: 2 / {hw}|Hardware: 2 / {hr}|HR desk: 1 / {itg}|IT admin: 1 / {net}|Network: 3",
        ),
        (
            "cmdb_ci",
            "",
            "count by=sys_class_name shown",
            "cmdb_ci_appl|Application: 1 / cmdb_ci_computer|Computer: 1 / cmdb_ci_linux_server|Linux Server: 1 / cmdb_ci_server|Server: 1 / cmdb_ci_win_server|Windows Server: 1",
        ),
        ("sys_user", "", "min=user_password max=user_password count", "7"),
    ];
    let instance = Instance::new();
    let engine = instance.engine(Settings::default());
    let session = instance.session(&engine, "abel");
    for (table, query, parameters, expected) in cases {
        let rows = engine.stats(&session, &request(table, query, parameters)).unwrap();
        let found: Vec<String> = rows.iter().map(text).collect();
        assert_eq!(found.join(" / "), instance.fill(expected), "{table} {query} {parameters}");
    }
}
