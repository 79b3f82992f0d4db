use super::*;
use crate::Record;

/// A row as `name=value|display|link` by `;`.
fn shape(record: &Record) -> String {
    let part = |text: &Option<String>| text.as_deref().map_or("-".to_owned(), |text| format!("'{text}'"));
    let field = |(name, field): &(String, crate::FieldValue)| {
        format!("{name}={}|{}|{}", part(&field.value), part(&field.display_value), part(&field.link))
    };
    record.fields.iter().map(field).collect::<Vec<_>>().join(";")
}

#[test]
fn a_cell_has_many_shapes() {
    use DisplayMode::{Both, Display, Value};
    for (mode, json, expected) in [
        (Value, r#""7""#, "'7'|-|-"),
        (Value, r#""a\n\u00e9""#, "'a\né'|-|-"),
        (Value, r#"{"link":"http://i/x","value":"id"}"#, "'id'|-|'http://i/x'"),
        (Value, "7", "'7'|-|-"),
        (Value, "-7", "'-7'|-|-"),
        (Value, "1.5", "'1.5'|-|-"),
        (Value, "true", "'true'|-|-"),
        (Value, "null", "-|-|-"),
        (Value, r#"["a",1,null,{"value":"b"}]"#, "'a,1,b'|-|-"),
        (Value, "{}", "-|-|-"),
        (Display, r#""Closed""#, "-|'Closed'|-"),
        (Display, r#"{"display_value":"David","link":"l"}"#, "-|'David'|'l'"),
        (Both, r#"{"display_value":"Closed","value":"7"}"#, "'7'|'Closed'|-"),
        (Both, r#"{"display_value":null,"value":7,"other":[{}]}"#, "'7'|-|-"),
    ] {
        let body = format!(r#"{{"result":{{"f":{json}}}}}"#);
        let record: Record = row(body.as_bytes(), "t", mode).unwrap();
        assert_eq!(shape(&record), format!("f={expected}"), "{json}");
    }
}

#[test]
fn rows_keep_their_order_and_names() {
    let body = br#"{"status":"ok","result":[{"sys_id":"a","caller_id.name":"Joe"},{},{"sys_id":"b"}]}"#;
    let records: Vec<Record> = rows(body, "incident", DisplayMode::Value).unwrap();
    let shapes: Vec<_> = records.iter().map(shape).collect();
    assert_eq!(shapes, ["sys_id='a'|-|-;caller_id.name='Joe'|-|-", "", "sys_id='b'|-|-"]);
    assert_eq!(records[2].sys_id(), Some("b"));
    assert_eq!(records[0].table, "incident");
}

#[test]
fn part_of_a_reply_is_no_success() {
    let cancelled = "Transaction cancelled: maximum execution time exceeded";
    let error = format!(r#""error":{{"message":"{cancelled}","detail":"x"}},"status":"failure"}}"#);
    for (body, expected) in [
        (format!(r#"{{"result":[{{"a":"1"}}],{error}"#), "TransactionTimeout"),
        (format!(r#"{{"result":[{{"a":"1"}},{{"a":"{error}"#), "TransactionTimeout"),
        (format!(r#"{{{error}"#), "TransactionTimeout"),
        (r#"{"result":[],"error":{"message":"odd","detail":null}}"#.to_owned(), "Server"),
        (r#"{"result":[{"a":"1"},{"a":"#.to_owned(), "Truncated"),
        (r#"{"result":[{"a":"1"}]"#.to_owned(), "Truncated"),
        (String::new(), "Truncated"),
        (r#"{"result":[]}{}"#.to_owned(), "Decode"),
        (r#"{"result":"no"}"#.to_owned(), "Decode"),
        (r#"{"other":1}"#.to_owned(), "Decode"),
        ("[]".to_owned(), "Decode"),
    ] {
        let found = rows::<Record>(body.as_bytes(), "t", DisplayMode::Value).unwrap_err();
        assert!(format!("{found:?}").starts_with(expected), "{body}: {found:?}");
    }
}

#[test]
fn errors_do_not_quote_rows() {
    let error = rows::<Record>(br#"{"result":["secret"]}"#, "t", DisplayMode::Value).unwrap_err();
    assert_eq!(error, Error::Decode("unexpected data at line 1 column 19".to_owned()));
}

#[test]
fn deep_nesting_is_an_error_not_a_crash() {
    let body = format!(r#"{{"result":[{{"a":{}"#, "[".repeat(100_000));
    assert!(rows::<Record>(body.as_bytes(), "t", DisplayMode::Value).is_err());
}

/// Takes note of whether text was borrowed.
struct Borrowed(Vec<bool>);

impl Row for Borrowed {
    fn new(_: &str) -> Borrowed {
        Borrowed(Vec::new())
    }

    fn cell(&mut self, _: &str, cell: crate::Cell<'_>) {
        self.0.push(matches!(cell.value, Some(std::borrow::Cow::Borrowed(_))));
    }

    fn sys_id(&self) -> Option<&str> {
        None
    }
}

#[test]
fn text_without_escapes_is_borrowed() {
    let row: Borrowed = row(br#"{"result":{"a":"plain","b":"es\tcaped"}}"#, "t", DisplayMode::Value).unwrap();
    assert_eq!(row.0, [true, false]);
}
