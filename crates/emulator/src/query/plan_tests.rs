//! The queries that must not scan: what bulk readers and look-ups send, on a table with statistics.

use std::sync::Arc;

use servicenow::query::Query;

use super::{Compiler, Scope, filter, order_by, run};
use crate::session::Session;
use crate::settings::Settings;
use crate::store::{Error, Store};
use crate::value::format::DateFormat;

fn filled() -> Store {
    const ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) \
        INSERT INTO task (sys_id, sys_class_name, number, state, priority, caller_id, opened_at, sys_updated_on) \
        SELECT printf('%032x', i * 2654435761 % 4294967296), iif(i % 20 = 0, 'problem', 'incident'), \
        printf('INC%07d', i), i % 8, i % 5, printf('%032x', i % 300), datetime(i * 1000, 'unixepoch'), \
        datetime(i * 1000, 'unixepoch') FROM n";
    let store = Store::open(None).unwrap();
    store.write(|transaction| Ok::<_, Error>(transaction.execute_batch(ROWS)?)).unwrap();
    store.build_indexes().unwrap();
    store
}

fn plan(store: &Store, query: &str) -> String {
    let schema = store.schema();
    let settings = Settings::default();
    let session = Session {
        user_id: "u".into(),
        user_name: "u".into(),
        name: "U".into(),
        time_zone: chrono_tz::UTC,
        date_format: DateFormat::default(),
        roles: Vec::new(),
        admin: true,
    };
    let mut compiler = Compiler::new(&schema, &settings, &session, chrono::DateTime::UNIX_EPOCH);
    let mut scope = Scope::new(&mut compiler, Arc::clone(schema.table("incident").unwrap()));
    let query = Query::parse(query);
    let condition = filter(&mut compiler, &mut scope, &query).into_sql().unwrap();
    let order = order_by(&mut compiler, &mut scope, &query);
    let sql = format!("EXPLAIN QUERY PLAN SELECT t0.* {} WHERE {condition} {order} LIMIT 100", scope.from());
    let values = compiler.finish().unwrap();
    store
        .read(|connection| {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = run(&mut statement, &values)?;
            let mut plan = Vec::new();
            while let Some(row) = rows.next()? {
                plan.push(row.get::<_, String>(3)?);
            }
            Ok::<_, Error>(plan.join("; "))
        })
        .unwrap()
}

#[test]
fn bulk_reads_and_look_ups_use_an_index() {
    let store = filled();
    let cases = [
        ("sys_id>80000000000000000000000000000000^ORDERBYsys_id", "USING PRIMARY KEY (sys_id>?)"),
        ("sys_id>=4^sys_id<8^ORDERBYsys_id", "USING PRIMARY KEY (sys_id>? AND sys_id<?)"),
        ("sys_id=80000000000000000000000000000000", "USING PRIMARY KEY (sys_id=?)"),
        ("sys_idINa,b,c", "USING PRIMARY KEY (sys_id=?)"),
        ("number=INC0000007", "task$number (number=?)"),
        ("numberININC0000007,INC0000008", "task$number (number=?)"),
        ("numberSTARTSWITHINC00001", "task$number (number>? AND number<?)"),
        ("caller_id=00000000000000000000000000000007", "task$caller_id (caller_id=?)"),
        ("sys_updated_on>=1970-02-10^ORDERBYsys_updated_on^ORDERBYsys_id", "(sys_updated_on>?)"),
        (
            "sys_updated_on=1970-02-10^sys_id>8^NQsys_updated_on>1970-02-10^ORDERBYsys_updated_on^ORDERBYsys_id",
            "(sys_updated_on>?)",
        ),
        ("number=INC0000007^caller_id.name=x", "task$number (number=?)"),
    ];
    for (query, expected) in cases {
        let plan = plan(&store, query);
        assert!(plan.contains(expected) && !plan.contains("SCAN"), "{query}: {plan}");
    }
}

#[test]
fn pages_in_sys_id_order_are_not_sorted() {
    let store = filled();
    for query in ["", "ORDERBYsys_id", "sys_id>8^ORDERBYsys_id", "short_descriptionLIKEx", "active=true"] {
        let plan = plan(&store, query);
        assert!(!plan.contains("TEMP B-TREE"), "{query}: {plan}");
    }
}
