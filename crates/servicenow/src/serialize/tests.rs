use super::*;
use crate::FieldValue;

fn field(name: &str, value: &str, display: &str, link: Option<&str>) -> (String, FieldValue) {
    let text = |text: &str| Some(text.to_owned());
    let value =
        FieldValue { value: text(value), display_value: text(display), link: link.map(str::to_owned) };
    (name.to_owned(), value)
}

fn records() -> Vec<Record> {
    let first = vec![
        field("number", "INC1", "INC1", None),
        field("state", "1", "New", None),
        field("caller_id", "6816", "Abel, \"A\"", Some("http://i/sys_user/6816")),
    ];
    let second = vec![field("number", "INC2", "INC2", None), field("state", "x", "x", None)];
    let record = |fields| Record { table: "incident".to_owned(), fields };
    vec![record(first), record(second)]
}

fn written(serialization: &Serialization, form: &str) -> String {
    let (records, mut written) = (records(), Vec::new());
    let done = match form {
        "json" => serialization.write_json(&records, &mut written),
        "ndjson" => serialization.write_ndjson(&records, &mut written),
        _ => serialization.write_csv(&records, &mut written),
    };
    done.unwrap();
    String::from_utf8(written).unwrap()
}

#[test]
fn each_face_has_its_form() {
    let face = |face| Serialization { face, ..Serialization::default() };
    for (serialization, form, expected) in [
        (
            face(Face::Value),
            "ndjson",
            "{\"number\":\"INC1\",\"state\":\"1\",\"caller_id\":\"6816\"}\n{\"number\":\"INC2\",\"state\":\"x\",\"caller_id\":null}\n",
        ),
        (face(Face::Display), "csv", "number,state,caller_id\nINC1,New,\"Abel, \"\"A\"\"\"\nINC2,x,\n"),
        (
            Serialization { fields: vec!["state".to_owned()], ..face(Face::Both) },
            "json",
            r#"[{"state":{"value":"1","display_value":"New"}},{"state":{"value":"x","display_value":"x"}}]"#,
        ),
        (
            Serialization { fields: vec!["state".to_owned()], ..face(Face::Both) },
            "csv",
            "state__value,state__display\n1,New\nx,x\n",
        ),
        (
            Serialization { fields: vec!["number".to_owned(), "state".to_owned()], ..face(Face::Smart) },
            "json",
            r#"[{"number":"INC1","state__value":"1","state__display":"New"},{"number":"INC2","state__value":"x","state__display":"x"}]"#,
        ),
        (
            Serialization { fields: vec!["caller_id".to_owned()], links: true, ..face(Face::Value) },
            "json",
            r#"[{"caller_id":{"value":"6816","link":"http://i/sys_user/6816"}},{"caller_id":null}]"#,
        ),
        (
            Serialization { fields: vec!["caller_id".to_owned()], links: true, ..face(Face::Smart) },
            "csv",
            "caller_id__value,caller_id__display,caller_id__link\n6816,\"Abel, \"\"A\"\"\",http://i/sys_user/6816\n,,\n",
        ),
        (
            Serialization {
                fields: vec!["number".to_owned(), "absent".to_owned()],
                names: vec!["No.".to_owned(), "b".to_owned()],
                ..face(Face::Value)
            },
            "csv",
            "No.,b\nINC1,\nINC2,\n",
        ),
    ] {
        assert_eq!(written(&serialization, form), expected, "{serialization:?}");
    }
}

#[test]
fn columns_are_given_from_top_to_bottom() {
    let serialization = Serialization { face: Face::Smart, ..Serialization::default() };
    let columns = serialization.columnar(&records()).unwrap();
    let names: Vec<_> = columns.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["number", "state__value", "state__display", "caller_id__value", "caller_id__display"]);
    assert_eq!(columns[3].1, [Some("6816".to_owned()), None]);
    assert_eq!(serialization.columnar(&[]).unwrap(), [], "no rows are no error");
}

#[test]
fn names_must_fit() {
    let serialization = Serialization { names: vec!["a".to_owned()], ..Serialization::default() };
    assert!(matches!(serialization.write_csv(&records(), Vec::new()), Err(Error::InvalidInput(_))));
}
