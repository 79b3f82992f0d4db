use servicenow::query::{Operator, Query, Term};
use servicenow::{ChoiceMode, Error};

use crate::server::{Asked, Server, failure, json, with_header};

/// Rows as `name=value` lists; the server keeps those that the query's `=` and `IN` conditions match.
const TABLES: &[&str] = &[
    "sys_id=1 name=task label=Task super_class= super_class.name=",
    "sys_id=2 name=incident label=Incident super_class=1 super_class.name=task",
    "sys_id=3 name=u_special label=Special super_class=2",
    "sys_id=4 name=u_loop label=Loop super_class=4 super_class.name=u_loop",
    "sys_id=5 name=u_bare label=Bare",
];

const COLUMNS: &[&str] = &[
    "sys_id=10 name=task element=state column_label=State internal_type=integer choice=3 max_length=40",
    "sys_id=11 name=task element=number column_label=Number internal_type=string display=true",
    "sys_id=12 name=task element=gone internal_type=string active=false",
    "sys_id=13 name=incident element=caller_id column_label=Caller internal_type=reference reference=sys_user",
    "sys_id=14 name=incident element=state column_label=Incident_state internal_type=integer choice=3 mandatory=true default_value=1",
    "sys_id=15 name=u_loop element=a internal_type=string",
];

const CHOICES: &[&str] = &[
    "sys_id=20 name=task element=state value=3 label=Closed sequence=3 language=en",
    "sys_id=21 name=incident element=state value=7 label=Closed sequence=7 language=en inactive=false",
    "sys_id=22 name=incident element=state value=1 label=New sequence=1 language=en",
    "sys_id=23 name=incident element=state value=9 label=Old sequence=0 language=en inactive=true",
];

fn serve(asked: &Asked) -> axum::response::Response {
    let rows = match asked.path.rsplit('/').next().unwrap() {
        "sys_db_object" => TABLES,
        "sys_dictionary" => COLUMNS,
        "sys_choice" => CHOICES,
        other => panic!("{other}"),
    };
    let query = Query::parse(asked.param("sysparm_query").unwrap_or_default());
    let found: Vec<_> = rows.iter().map(|row| pairs(row)).filter(|row| matches(&query, row)).collect();
    let objects: Vec<_> = found
        .iter()
        .map(|row| {
            let pairs: Vec<_> = row.iter().map(|(name, value)| format!(r#""{name}":"{value}""#)).collect();
            format!("{{{}}}", pairs.join(","))
        })
        .collect();
    let reply = json(200, format!(r#"{{"result":[{}]}}"#, objects.join(",")));
    with_header(reply, "x-total-count", &found.len().to_string())
}

fn pairs(row: &'static str) -> Vec<(&'static str, &'static str)> {
    row.split(' ').map(|pair| pair.split_once('=').unwrap()).collect()
}

fn matches(query: &Query, row: &[(&str, &str)]) -> bool {
    query.terms().all(|term| {
        let Term::Condition(condition) = term else { panic!("{term:?}") };
        let value = row.iter().find(|(name, _)| *name == condition.field).map_or("", |(_, value)| value);
        match condition.operator {
            Operator::Is => value == condition.value,
            Operator::In => condition.value.split(',').any(|one| one == value),
            Operator::GreaterThan => value > condition.value.as_str(),
            Operator::IsNotEmpty => !value.is_empty(),
            other => panic!("{other:?}"),
        }
    })
}

#[tokio::test]
async fn columns_are_inherited_and_the_nearest_wins() {
    let server = Server::start(|asked, _| serve(asked)).await;
    let client = server.client();
    let schema = client.table_schema("u_special").await.unwrap();
    assert_eq!((schema.name.as_str(), schema.label.as_str()), ("u_special", "Special"));
    assert_eq!(schema.extends, ["incident", "task"]);
    let names: Vec<_> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["caller_id", "number", "state"]);

    let state = schema.column("state").unwrap();
    assert_eq!((state.label.as_str(), state.defined_on.as_str()), ("Incident_state", "incident"));
    assert_eq!((state.mandatory, state.choice_mode), (true, ChoiceMode::Dropdown));
    assert_eq!(state.default_value.as_deref(), Some("1"));
    let choices: Vec<_> =
        state.choices.iter().map(|choice| (choice.value.as_str(), choice.label.as_str())).collect();
    assert_eq!(choices, [("1", "New"), ("7", "Closed")]);

    assert_eq!(schema.column("caller_id").unwrap().reference.as_deref(), Some("sys_user"));
    assert!(schema.column("number").unwrap().display);
    assert_eq!(schema.column("gone"), None);

    let task = client.table_schema("task").await.unwrap();
    assert_eq!(task.extends, [""; 0]);
    assert_eq!(task.column("state").unwrap().choices.len(), 1);
}

#[tokio::test]
async fn a_schema_is_loaded_once() {
    let server = Server::start(|asked, _| serve(asked)).await;
    let client = server.client();
    let (first, second) = tokio::join!(client.table_schema("incident"), client.table_schema("incident"));
    assert_eq!(first, second);
    let loaded = server.count();
    client.table_schema("incident").await.unwrap();
    assert_eq!(server.count(), loaded);
}

#[tokio::test]
async fn what_cannot_be_known_is_an_error() {
    let server = Server::start(|asked, _| serve(asked)).await;
    let client = server.client();
    let unknown = client.table_schema("nope").await;
    assert_eq!(unknown, Err(Error::InvalidTable { table: "nope".to_owned() }));
    assert!(matches!(client.table_schema("u_bare").await, Err(Error::Forbidden(_))));
    assert!(matches!(client.table_schema("u_loop").await, Err(Error::Decode(_))));
    assert!(matches!(client.table_schema("a/b").await, Err(Error::InvalidInput(_))));
}

#[tokio::test]
async fn choices_that_are_forbidden_are_left_out() {
    let server = Server::start(|asked, _| {
        if asked.path.ends_with("sys_choice") {
            failure(403, "Insufficient rights to query records")
        } else {
            serve(asked)
        }
    })
    .await;
    let schema = server.client().table_schema("incident").await.unwrap();
    assert!(schema.columns.iter().all(|column| column.choices.is_empty()));
}

#[tokio::test]
async fn tables_name_what_they_extend() {
    let server = Server::start(|asked, _| serve(asked)).await;
    let tables = server.client().tables().await.unwrap();
    let names: Vec<_> =
        tables.iter().map(|table| (table.name.as_str(), table.super_class.as_deref())).collect();
    assert_eq!(
        names,
        [
            ("incident", Some("task")),
            ("task", None),
            ("u_bare", None),
            ("u_loop", Some("u_loop")),
            ("u_special", Some("incident")),
        ]
    );
}
