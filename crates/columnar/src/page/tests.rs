//! The quick way against the sure one, and both against values that are known.

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayAccessor, RecordBatch, StringArray};
use proptest::prelude::*;
use servicenow::{ChoiceMode, ColumnInfo, PageRows};

use super::*;
use crate::Types;

fn info(internal_type: &str, choice_mode: ChoiceMode) -> ColumnInfo {
    ColumnInfo { internal_type: internal_type.to_owned(), choice_mode, ..ColumnInfo::default() }
}

fn decoder(display: DisplayMode, types: Types) -> Decoder {
    let infos = [
        ("sys_id", info("GUID", ChoiceMode::None)),
        ("active", info("boolean", ChoiceMode::None)),
        ("count", info("integer", ChoiceMode::None)),
        ("cost", info("currency", ChoiceMode::None)),
        ("opened_at", info("glide_date_time", ChoiceMode::None)),
        ("category", info("string", ChoiceMode::Suggestion)),
        ("caller_id", info("reference", ChoiceMode::None)),
        ("note", info("string", ChoiceMode::None)),
    ];
    let fields: Vec<_> = infos.iter().map(|(name, info)| ((*name).to_owned(), Some(info))).collect();
    Decoder::new(Arc::new(Columns::new(&fields, display, types)))
}

fn quickly(decoder: &Decoder, body: &[u8]) -> Option<Batch> {
    let mut cells = Cells::new(decoder.slots.width, body.len());
    let text = scan::scan(body, &decoder.slots, &mut cells)?;
    Some(decoder.fill(&cells, text).expect("it is a page"))
}

fn assert_same(one: &Batch, other: &Batch) {
    assert_eq!(one.sys_ids, other.sys_ids);
    assert_eq!(one.unparsed, other.unparsed);
    assert_eq!(one.columns.schema(), other.columns.schema());
    for (left, right) in one.columns.columns().iter().zip(other.columns.columns()) {
        assert_eq!(left, right);
    }
}

const PAGE: &str = r#"{"result":[{"sys_id":"a1","active":"true","count":"42","cost":"12.5","opened_at":"2024-02-29 23:59:58","category":"network","caller_id":{"link":"https://x/api","value":"u1"},"note":"say \"hi\"\n\u00e9 é"},{"active":"maybe","sys_id":"a2","count":"","cost":"","opened_at":"","category":"","caller_id":"","note":"","other":"x"}]}"#;

#[test]
fn values_become_their_types_and_the_odd_one_is_counted() {
    let batch =
        quickly(&decoder(DisplayMode::Value, Types::Typed), PAGE.as_bytes()).expect("the common form");
    let columns = &batch.columns;
    let column = |name: &str| columns.column_by_name(name).unwrap();
    assert_eq!(batch.sys_ids, StringArray::from(vec!["a1", "a2"]));
    assert!(column("active").as_boolean().value(0) && column("active").is_null(1));
    assert_eq!(column("count").as_primitive::<Int64Type>().value(0), 42);
    assert_eq!(column("cost").as_primitive::<Decimal128Type>().value(0), 12_500_000_000);
    assert_eq!(
        column("opened_at").as_primitive::<TimestampMicrosecondType>().value(0),
        1_709_251_198_000_000
    );
    let category = column("category").as_dictionary::<Int32Type>();
    assert_eq!(category.downcast_dict::<StringArray>().unwrap().value(0), "network");
    assert_eq!(column("caller_id").as_string::<i32>().value(0), "u1");
    assert_eq!(column("note").as_string::<i32>().value(0), "say \"hi\"\né é");
    for name in ["count", "cost", "opened_at", "category", "caller_id", "note"] {
        assert!(column(name).is_null(1), "{name}");
    }
    let sample = &batch.unparsed.samples[0];
    assert_eq!((batch.unparsed.count, sample.column.as_str()), (1, "active"));
    assert_eq!((sample.sys_id.as_str(), sample.text.as_str()), ("a2", "maybe"));
}

#[test]
fn text_stays_text_where_it_is_asked_for() {
    let batch = decoder(DisplayMode::Value, Types::String).decode(PAGE.as_bytes()).unwrap();
    let active = batch.columns.column_by_name("active").unwrap();
    assert_eq!(active.as_string::<i32>().iter().collect::<Vec<_>>(), [Some("true"), Some("maybe")]);
    assert_eq!(batch.unparsed.count, 0);
}

#[test]
fn both_faces_are_kept_apart() {
    let page = r#"{"result":[{"sys_id":{"display_value":"a1","value":"a1"},"count":{"display_value":"4,200","value":"4200"},"caller_id":{"display_value":null,"link":"l","value":"u1"}}]}"#;
    let batch = quickly(&decoder(DisplayMode::Both, Types::Typed), page.as_bytes()).expect("the common form");
    let text = |name: &str| {
        let column = batch.columns.column_by_name(name).unwrap().as_string::<i32>();
        (!column.is_null(0)).then(|| column.value(0).to_owned())
    };
    assert_eq!(batch.columns.column_by_name("count").unwrap().as_primitive::<Int64Type>().value(0), 4200);
    assert_eq!(text("count__display").as_deref(), Some("4,200"));
    assert_eq!((text("caller_id").as_deref(), text("caller_id__display")), (Some("u1"), None));

    let shown =
        r#"{"result":[{"sys_id":"a1","count":"4,200","caller_id":{"display_value":"Abel","link":"l"}}]}"#;
    let batch =
        quickly(&decoder(DisplayMode::Display, Types::Typed), shown.as_bytes()).expect("the common form");
    let text =
        |name: &str| batch.columns.column_by_name(name).unwrap().as_string::<i32>().value(0).to_owned();
    assert_eq!((text("count"), text("caller_id")), ("4,200".to_owned(), "Abel".to_owned()));
    assert_eq!(batch.sys_id(0), Some("a1"));
}

/// What the quick way leaves to the sure one, and what that makes of it.
#[test]
fn uncommon_pages_are_read_by_the_book() {
    let decoder = decoder(DisplayMode::Value, Types::Typed);
    for page in [
        r#" {"result":[]}"#,
        "{\"result\":[{\"sys_id\":\"a1\"}]}\n",
        r#"{"result":[{"sys_id":"a1", "count":7,"active":true}]}"#,
        r#"{"result":[{"sys_id":"a1","note":["x","y"]}]}"#,
        r#"{"result":[{"sys\u005fid":"a1"}]}"#,
        r#"{"count":1,"result":[{"sys_id":"a1"}]}"#,
    ] {
        assert!(quickly(&decoder, page.as_bytes()).is_none(), "{page}");
        assert!(decoder.decode(page.as_bytes()).is_ok(), "{page}");
    }
    for page in [
        r#"{"result":[{"sys_id":"a1"}"#,
        r#"{"result":[{"sys_id":"a1"}],"error":{"message":"Transaction cancelled","detail":"maximum execution time exceeded"},"status":"failure"}"#,
        r#"{"result":[{"sys_id":"a1"}]}x"#,
        r#"{"result":[{"sys_id":"a\x"}]}"#,
        "{\"result\":[{\"sys_id\":\"a\u{1}\"}]}",
        r#"{"result":[{"sys_id":"a1",}]}"#,
        r#"{"result":[{"sys_id":"a1"},]}"#,
        "",
    ] {
        assert!(decoder.decode(page.as_bytes()).is_err(), "{page}");
    }
    assert!(decoder.decode(b"{\"result\":[{\"note\":\"\xff\"}]}").is_err());
}

#[test]
fn every_cut_of_a_page_is_an_error() {
    let decoder = decoder(DisplayMode::Value, Types::Typed);
    for end in 0..PAGE.len() {
        assert!(decoder.decode(&PAGE.as_bytes()[..end]).is_err(), "cut at {end}");
    }
}

fn field_value() -> impl Strategy<Value = serde_json::Value> {
    use serde_json::{Value, json};
    let texts = prop_oneof![
        Just(String::new()),
        Just("true".to_owned()),
        "[0-9]{1,5}(\\.[0-9]{1,3})?",
        "20[0-9]{2}-0[1-9]-[0-3][0-9] 1[0-9]:00:00",
        any::<String>(),
        "[a-z\"\\\\\n\t é😀]{0,12}",
    ]
    .boxed();
    let one = texts.clone();
    prop_oneof![
        8 => texts.clone().prop_map(Value::from),
        1 => Just(Value::Null),
        3 => (one, texts).prop_map(|(value, shown)| json!({"display_value": shown, "link": "l", "value": value})),
    ]
}

fn rows() -> impl Strategy<Value = Vec<serde_json::Map<String, serde_json::Value>>> {
    let names = prop::sample::subsequence(
        vec!["sys_id", "active", "count", "cost", "opened_at", "category", "caller_id", "note", "other"],
        0..=9,
    )
    .prop_shuffle();
    let row = names.prop_flat_map(|names| {
        let count = names.len();
        prop::collection::vec(field_value(), count)
            .prop_map(move |values| names.iter().map(|name| (*name).to_owned()).zip(values).collect())
    });
    prop::collection::vec(row, 0..5)
}

proptest! {
    /// Whatever serde writes has no white space, so the quick way must take it, and read the same as the sure one.
    #[test]
    fn both_ways_read_the_same(rows in rows(), mode in 0..3) {
        let body = serde_json::to_vec(&serde_json::json!({ "result": rows })).unwrap();
        let display = [DisplayMode::Value, DisplayMode::Display, DisplayMode::Both][mode as usize];
        for types in [Types::Typed, Types::String] {
            let decoder = decoder(display, types);
            let quick = quickly(&decoder, &body).expect("it is of the common form");
            assert_same(&quick, &decoder.decode_plainly(&body).unwrap());
        }
    }

    /// The values themselves, by a third reader that shares nothing with either way.
    #[test]
    fn text_is_what_serde_json_reads(rows in rows()) {
        let body = serde_json::to_vec(&serde_json::json!({ "result": rows })).unwrap();
        let batch = decoder(DisplayMode::Value, Types::String).decode(&body).unwrap();
        for (row, fields) in rows.iter().enumerate() {
            for name in ["active", "note", "caller_id"] {
                let value = fields.get(name).and_then(|value| value.get("value").or(Some(value)));
                let expected = value.and_then(|value| value.as_str()).filter(|text| !text.is_empty());
                prop_assert_eq!(text_at(&batch.columns, name, row), expected.map(str::to_owned));
            }
        }
    }

    /// A mutated page is an error for both, or the same for both.
    #[test]
    fn a_broken_page_is_never_read_as_another(at in 0..PAGE.len(), byte in 0x20_u8..0x7f) {
        let decoder = decoder(DisplayMode::Value, Types::Typed);
        let mut body = PAGE.as_bytes().to_vec();
        body[at] = byte;
        match (decoder.decode(&body), decoder.decode_plainly(&body)) {
            (Ok(quick), Ok(sure)) => assert_same(&quick, &sure),
            (Err(quick), Err(sure)) => prop_assert_eq!(quick, sure),
            (quick, sure) => prop_assert!(false, "{quick:?} against {sure:?}"),
        }
    }
}

fn text_at(batch: &RecordBatch, name: &str, row: usize) -> Option<String> {
    let column = batch.column_by_name(name).unwrap().as_string::<i32>();
    (!column.is_null(row)).then(|| column.value(row).to_owned())
}
