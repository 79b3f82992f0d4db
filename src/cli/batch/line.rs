//! One operation, as a line of JSON.

use std::collections::HashMap;

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Map, Value};
use sncgate_client::Operation;
use sncgate_client::pb::operation::Kind;
use sncgate_client::pb::{CreateOperation, DeleteOperation, GetOperation, UpdateOperation};

use crate::cli::exit::Usage;
use crate::cli::{changes, ndjson};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    op: Op,
    table: String,
    id: Option<String>,
    sys_id: Option<String>,
    fields: Option<Map<String, Value>>,
    #[serde(default)]
    input_display_value: bool,
    #[serde(default)]
    allow_missing: bool,
    #[serde(default)]
    request_id: String,
}

#[derive(Clone, Copy, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Op {
    Create,
    Update,
    Delete,
    Get,
}

/// The operation of a line; the line's number is its id where it has none.
pub(super) fn parse(number: usize, text: &str) -> Result<Operation> {
    let wrong = |what: String| Usage(format!("line {number}: {what}"));
    let line: Line = ndjson::parse(number, text)?;
    let sys_id = match (line.op, line.sys_id) {
        (Op::Create, Some(_)) => {
            return Err(wrong("a create has its sys_id, if any, among its fields".to_owned()).into());
        }
        (Op::Create, None) => String::new(),
        (_, Some(sys_id)) => sys_id,
        (_, None) => return Err(wrong("sys_id is missing".to_owned()).into()),
    };
    let fields = match (line.op, line.fields) {
        (Op::Create | Op::Update, None) => return Err(wrong("fields is missing".to_owned()).into()),
        (Op::Delete | Op::Get, Some(_)) => {
            return Err(wrong("fields belongs to create and update".to_owned()).into());
        }
        (_, fields) => texts(fields.unwrap_or_default()).map_err(wrong)?,
    };
    let (table, input_display_value) = (line.table, line.input_display_value);
    let kind = match line.op {
        Op::Create => {
            Kind::Create(CreateOperation { table, fields, input_display_value, request_id: line.request_id })
        }
        Op::Update => Kind::Update(UpdateOperation { table, sys_id, fields, input_display_value }),
        Op::Delete => Kind::Delete(DeleteOperation { table, sys_id, allow_missing: line.allow_missing }),
        Op::Get => Kind::Get(GetOperation { table, sys_id, ..GetOperation::default() }),
    };
    Ok(Operation { id: line.id.unwrap_or_else(|| number.to_string()), kind: Some(kind) })
}

fn texts(fields: Map<String, Value>) -> Result<HashMap<String, String>, String> {
    let text = |(name, value)| match changes::as_text(value) {
        Some(text) => Ok((name, text)),
        None => Err(format!("{name} is not a text, a number, true, false or null")),
    };
    fields.into_iter().map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::exit::Exit;

    #[test]
    fn lines_become_operations() {
        let create = parse(7, r#"{"op":"create","table":"incident","fields":{"urgency":1}}"#).unwrap();
        assert_eq!(create.id, "7");
        let Some(Kind::Create(create)) = create.kind else { panic!() };
        assert_eq!(create.fields, HashMap::from([("urgency".to_owned(), "1".to_owned())]));
        let delete = r#"{"op":"delete","table":"incident","sys_id":"abc","id":"mine","allow_missing":true}"#;
        let delete = parse(1, delete).unwrap();
        assert_eq!(delete.id, "mine");
        assert!(matches!(delete.kind, Some(Kind::Delete(DeleteOperation { allow_missing: true, .. }))));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        for (text, says) in [
            ("x", "line 3: expected value"),
            (r#"{"op":"drop","table":"incident"}"#, "unknown variant `drop`"),
            (r#"{"op":"get","table":"incident"}"#, "sys_id is missing"),
            (r#"{"op":"update","table":"incident","sys_id":"a"}"#, "fields is missing"),
            (r#"{"op":"get","table":"incident","sys_id":"a","fields":{}}"#, "fields belongs"),
            (r#"{"op":"create","table":"incident","sys_id":"a","fields":{}}"#, "among its fields"),
            (r#"{"op":"create","table":"incident","fields":{"a":{}}}"#, "a is not a text"),
            (r#"{"op":"create","table":"incident","feilds":{}}"#, "unknown field `feilds`"),
        ] {
            let error = parse(3, text).unwrap_err();
            assert_eq!(Exit::of(&error), Exit::Usage);
            let error = error.to_string();
            assert!(error.starts_with("line 3: ") && error.contains(says), "{text}: {error}");
        }
    }
}
