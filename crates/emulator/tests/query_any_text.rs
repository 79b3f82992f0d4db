//! Whatever a caller sends as a query: it runs or is refused with a reason, and never reaches SQLite as text.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixed;

use std::ops::ControlFlow;
use std::sync::LazyLock;

use fixed::Instance;
use proptest::prelude::*;
use servicenow::query::Query;
use servicenow_emulator::engine::{
    Engine, Error, Having, ListRequest, Projection, Session, StatsOrder, StatsRequest,
};
use servicenow_emulator::settings::Settings;

struct Running {
    // Holds the store.
    _instance: Instance,
    engine: Engine,
    session: Session,
}

static RUNNING: LazyLock<Running> = LazyLock::new(|| {
    let instance = Instance::new();
    let engine = instance.engine(Settings::default());
    let session = instance.session(&engine, "abel");
    Running { _instance: instance, engine, session }
});

const TABLES: [&str; 7] =
    ["incident", "task", "problem", "sys_user", "cmdb_ci", "change_request", "sys_user_has_role"];

const CONNECTORS: &[&str] =
    &["^", "^OR", "^NQ", "^EQ^", "^^", "^ORDERBY", "^ORDERBYDESC", "^GROUPBY", "^GOTO"];

const FIELDS: &[&str] = &[
    "state",
    "priority",
    "active",
    "caller_id",
    "caller_id.name",
    "user",
    "role.name",
    "name",
    "manager",
    "manager.department.name",
    "assigned_to.manager.department.dept_head.name",
    "opened_at",
    "short_description",
    "sys_id",
    "sys_class_name",
    "sys_created_on",
    "watch_list",
    "work_notes",
    "comments_and_work_notes",
    "number",
    "calendar_duration",
    "problem_id",
    "parent.ref_incident.caller_id",
    "review_date",
    "warranty_expiration",
    "user_password",
    "no_such",
    "origin_id",
    "sys_mod_count",
];

const OPERATORS: &[&str] = &[
    "=",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "IN",
    "NOT IN",
    "STARTSWITH",
    "ENDSWITH",
    "LIKE",
    "NOT LIKE",
    "ISEMPTY",
    "ISNOTEMPTY",
    "EMPTYSTRING",
    "ANYTHING",
    "BETWEEN",
    "SAMEAS",
    "NSAMEAS",
    "GT_FIELD",
    "LT_OR_EQUALS_FIELD",
    "MORETHAN",
    "LESSTHAN",
    "ON",
    "NOTON",
    "DATEPART",
    "RELATIVEGT",
    "RELATIVELE",
    "RELATIVEEE",
    "DYNAMIC",
    "INSTANCEOF",
    "IN_HIERARCHY",
    "IN_HIERARCHY_DYNAMIC",
    "VALCHANGES",
    "MATCH_RGX",
];

/// Values of every form, and some that would hurt if they became SQL.
const VALUES: &[&str] = &[
    "",
    "1",
    "-3",
    "1.5",
    "1e308",
    "99999999999999999999",
    "true",
    "NULL",
    "abel",
    "a,b,,1,true",
    "1@5",
    "a@b",
    "@",
    "2024-05-15",
    "2024-05-15 10:00:00",
    "9999-12-31 23:59:59",
    "0001-01-01T00:00:00Z",
    "2024-05-15@2024-05-16",
    "opened_at",
    "opened_at@day",
    "sys_created_on@day@before@1",
    "sys_created_on@month@before or after@4000000000",
    "@hour@ago@2",
    "@year@ahead@9000",
    "@year@ago@4294967295",
    "Today",
    "x@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()",
    "javascript:gs.daysAgo(1)",
    "javascript:gs.yearsAgo(-9000)",
    "javascript:gs.getUserID()",
    "javascript:gs.getUser().getMyGroups()",
    "javascript:gs.datePart('hour','1','EE')",
    "x@javascript:gs.datePart('dayofweek','friday','GE')",
    "javascript:",
    "incident",
    "cmdb_ci_server",
    "parent@69746700000000000000000000000000",
    "90d1921e5f510100a9ad2572f2b477fe",
    "manager@Me",
    "'",
    "''; DROP TABLE task; --",
    "\") OR (\"1\"=\"1",
    "?1",
    ":a $b @c",
    "\0",
    "%_\\",
    "\u{10FFFF}é",
];

/// Whole terms with a form of their own.
const TERMS: &[&str] = &[
    "123TEXTQUERY321=disk 100% '\"",
    "RLQUERYincident.problem_id,>=1^ENDRLQUERY",
    "RLQUERYtask.parent,=0,priority=1^ENDRLQUERY",
    "RLQUERYsys_user_has_role.user,<=1,m2m^role.nameLIKEa^ENDRLQUERY",
    "RLQUERYsys_user.manager,!=18446744073709551615^ENDRLQUERY",
    "JOINsys_user.sys_id=sys_user_group.manager!active=true",
    "JOINincident.caller_id=incident.assigned_to!priority<3",
    "JOINtask.number=sys_user.name",
];

fn any_query() -> impl Strategy<Value = String> {
    let pick = |from: &'static [&'static str]| proptest::sample::select(from).prop_map(str::to_owned);
    let condition = (pick(FIELDS), pick(OPERATORS), prop_oneof![9 => pick(VALUES), 1 => ".{0,8}"])
        .prop_map(|(field, operator, value)| field + &operator + &value);
    let term = prop_oneof![12 => condition, 2 => pick(TERMS), 1 => pick(FIELDS), 1 => ".{0,12}"];
    let linked = (pick(CONNECTORS), term).prop_map(|(connector, term)| connector + &term);
    proptest::collection::vec(linked, 0..8).prop_map(|terms| terms.concat())
}

/// Refusals by meaning are answers; an error of the database is a defect.
fn is_an_answer<T: std::fmt::Debug>(result: &Result<T, Error>) -> bool {
    !matches!(result, Err(Error::Internal(_)))
}

fn rows(table: &str, query: &str, fields: &[&str]) -> Result<u64, Error> {
    let running = &*RUNNING;
    let fields = fields.iter().map(|&field| field.to_owned()).collect();
    let projection = Projection { fields, ..Projection::default() };
    let request =
        ListRequest { table: table.to_owned(), query: Query::parse(query), projection, limit: 50, offset: 0 };
    running.engine.list(&running.session, &request, &mut |_, _| ControlFlow::Continue(()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(query in any_query(), table in proptest::sample::select(&TABLES[..]), field in proptest::sample::select(FIELDS)) {
        let running = &*RUNNING;
        let listed = rows(table, &query, &["sys_id", field]);
        prop_assert!(is_an_answer(&listed), "{query:?}: {listed:?}");
        let counted = running.engine.count(&running.session, table, &Query::parse(&query));
        prop_assert!(is_an_answer(&counted), "{query:?}: {counted:?}");
        if let (Ok(listed), Ok(counted)) = (listed, counted) {
            prop_assert_eq!(listed, counted.min(50), "{}", query);
        }
        let stats = StatsRequest {
            table: table.to_owned(),
            query: Query::parse(&query),
            count: true,
            group_by: vec![field.to_owned(), "sys_created_by".to_owned()],
            sum: vec![field.to_owned(), "priority".to_owned()],
            having: Having::parse(&format!("max^{field}^>^{query}")).into_iter().collect(),
            order_by: StatsOrder::parse(field).into_iter().collect(),
            ..StatsRequest::default()
        };
        let stats = running.engine.stats(&running.session, &stats);
        prop_assert!(is_an_answer(&stats), "{query:?}: {stats:?}");
        let pairs = [(field.to_owned(), query.clone())];
        let filter = running.engine.filters_to_query(table, &pairs).unwrap();
        let filtered = running.engine.count(&running.session, table, &filter);
        prop_assert!(is_an_answer(&filtered), "{field:?}={query:?}: {filtered:?}");
    }
}

#[test]
fn every_operator_meets_every_kind_and_value() {
    let running = &*RUNNING;
    let known = |table: &str, field: &str| {
        let filter = running.engine.filters_to_query(table, &[(field.to_owned(), "x".to_owned())]).unwrap();
        !filter.alternatives[0].clauses.is_empty()
    };
    let pairs = TABLES.iter().flat_map(|table| FIELDS.iter().map(move |field| (*table, *field)));
    for (table, field) in pairs.filter(|(table, field)| known(table, field)) {
        for (operator, value) in
            OPERATORS.iter().flat_map(|operator| VALUES.iter().map(move |value| (operator, value)))
        {
            let query = Query::parse(&format!("{field}{operator}{value}"));
            let counted = running.engine.count(&running.session, table, &query);
            assert!(counted.is_ok(), "{table}: {field}{operator}{value}: {counted:?}");
        }
    }
    // And the tables are still there.
    for table in TABLES {
        assert!(rows(table, "", &["sys_id"]).unwrap() > 0, "{table}");
    }
}

#[test]
fn thousands_of_terms_have_an_answer() {
    // PySNC sends 2,300 terms on a field that does not exist.
    let unknown = "AAAA=BBBB^".repeat(2_300) + "state=7";
    assert_eq!(rows("incident", &unknown, &["sys_id"]).unwrap(), 2);
    let known = "numberLIKEINC^".repeat(3_000) + "state=7";
    assert_eq!(rows("incident", &known, &["sys_id"]).unwrap(), 2);
    let or = "state=1^OR".repeat(3_000) + "state=7";
    assert_eq!(rows("incident", &or, &["sys_id"]).unwrap(), 5);
    let numbers: Vec<String> = (0..15_000).map(|number| number.to_string()).collect();
    let list = format!("numberIN{},INC0000001", numbers.join(","));
    assert_eq!(rows("incident", &list, &["sys_id"]).unwrap(), 1);
}

#[test]
fn what_is_too_large_is_refused_with_a_reason() {
    let refused = |query: &str| match rows("incident", query, &["sys_id"]) {
        Err(Error::TooComplex(what)) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&"numberLIKEINC^".repeat(5_000)), "terms");
    let numbers: Vec<String> = (0..25_000).map(|number| number.to_string()).collect();
    assert_eq!(refused(&format!("numberIN{}", numbers.join(","))), "values");
    let walks: Vec<String> =
        (0..8).map(|depth| format!("caller_id{}.name=x", ".manager".repeat(depth))).collect();
    let more: Vec<String> = walks
        .iter()
        .flat_map(|walk| {
            ["", "opened_by", "assigned_to", "closed_by", "resolved_by", "reopened_by"].map(|first| {
                if first.is_empty() { walk.clone() } else { walk.replacen("caller_id", first, 1) }
            })
        })
        .collect();
    let walks = more.join("^OR")
        + "^ORparent.parent.parent.parent.parent.parent.number=1^ORproblem_id.opened_by.manager.name=1";
    assert_eq!(refused(&walks), "joins");
    let nested = "RLQUERYtask.parent,>=1^".repeat(7) + &"^ENDRLQUERY".repeat(7);
    assert_eq!(refused(&nested), "nested queries");
}
