//! A page of 1000 incidents to columns, beside arrow-json and a tree of JSON values of the same bytes.
//!
//! arrow-json cannot read this page as typed columns (it refuses the empty text as a number), so it is given its
//! easiest work, text columns; the comparison of like with like is `ours_text`.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::{DataType, Field, Fields, Schema};
use columnar::{Columns, Decoder, Types};
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use servicenow::{ChoiceMode, ColumnInfo, DisplayMode};

const ROWS: usize = 1000;

/// Twenty columns, as people export incidents: name, dictionary type, and a value.
const COLUMNS: [(&str, &str, &str); 20] = [
    ("sys_id", "GUID", ""),
    ("number", "string", ""),
    ("active", "boolean", "true"),
    ("state", "integer", "2"),
    ("priority", "integer", "3"),
    ("impact", "integer", "2"),
    ("urgency", "integer", "2"),
    ("category", "choice", "network"),
    ("short_description", "string", "The printer on the third floor says \\\"no paper\\\" again"),
    ("caller_id", "reference", "62826bf03710200044e0bfc8bcbe5df1"),
    ("assigned_to", "reference", ""),
    ("assignment_group", "reference", "287ebd7da9fe198100f92cc8d1d2154e"),
    ("opened_at", "glide_date_time", "2024-02-29 23:59:58"),
    ("opened_by", "reference", "6816f79cc0a8016401c5a33be04be441"),
    ("closed_at", "glide_date_time", ""),
    ("reassignment_count", "integer", "0"),
    ("business_duration", "glide_duration", "1970-01-03 01:00:00"),
    ("sys_class_name", "sys_class_name", "incident"),
    ("sys_mod_count", "integer", "17"),
    ("sys_updated_on", "glide_date_time", "2024-03-01 08:15:00"),
];

fn main() {
    divan::main();
}

fn page() -> Vec<u8> {
    let row = |number: usize| {
        let field = |(name, _, value): &(&str, &str, &str)| match *name {
            "sys_id" => format!(r#""sys_id":"{number:032x}""#),
            "number" => format!(r#""number":"INC{number:07}""#),
            name => format!(r#""{name}":"{value}""#),
        };
        format!("{{{}}}", COLUMNS.iter().map(field).collect::<Vec<_>>().join(","))
    };
    format!(r#"{{"result":[{}]}}"#, (0..ROWS).map(row).collect::<Vec<_>>().join(",")).into_bytes()
}

fn decoder(types: Types) -> Decoder {
    let infos: Vec<_> = COLUMNS
        .iter()
        .map(|(name, kind, _)| {
            let choice_mode = if *kind == "choice" { ChoiceMode::Dropdown } else { ChoiceMode::None };
            (
                (*name).to_owned(),
                ColumnInfo { internal_type: (*kind).to_owned(), choice_mode, ..ColumnInfo::default() },
            )
        })
        .collect();
    let fields: Vec<_> = infos.iter().map(|(name, info)| (name.clone(), Some(info))).collect();
    Decoder::new(Arc::new(Columns::new(&fields, DisplayMode::Value, types)))
}

fn with_arrow_json(page: &[u8], schema: &Arc<Schema>) -> RecordBatch {
    let builder = arrow_json::ReaderBuilder::new(schema.clone()).with_batch_size(1);
    let mut decoder = builder.build_decoder().expect("the schema is plain");
    decoder.decode(page).expect("the page is well-formed");
    decoder.flush().expect("the page is whole").expect("there is a page")
}

fn text_schema() -> Arc<Schema> {
    let fields: Fields = COLUMNS.iter().map(|(name, _, _)| Field::new(*name, DataType::Utf8, true)).collect();
    let rows = DataType::List(Arc::new(Field::new("item", DataType::Struct(fields), true)));
    Arc::new(Schema::new(vec![Field::new("result", rows, true)]))
}

#[divan::bench]
fn ours_typed(bencher: Bencher<'_, '_>) {
    let (page, decoder) = (page(), decoder(Types::Typed));
    assert_eq!(decoder.decode(&page).expect("a page").unparsed.count, 0);
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::of_slice(&page))
        .bench(|| decoder.decode(black_box(&page)).expect("the page is well-formed"));
}

#[divan::bench]
fn ours_text(bencher: Bencher<'_, '_>) {
    let (page, decoder) = (page(), decoder(Types::String));
    let theirs = with_arrow_json(&page, &text_schema());
    let theirs = theirs.column(0).as_list::<i32>().values().as_struct().clone();
    let ours = decoder.decode(&page).expect("a page").columns;
    for (ours, theirs) in ours.columns().iter().zip(theirs.columns()) {
        let filled = theirs.as_string::<i32>().iter().map(|text| text.filter(|text| !text.is_empty()));
        assert!(ours.as_string::<i32>().iter().eq(filled), "the values are identical");
    }
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::of_slice(&page))
        .bench(|| decoder.decode(black_box(&page)).expect("the page is well-formed"));
}

#[divan::bench]
fn ours_by_the_book(bencher: Bencher<'_, '_>) {
    let (page, decoder) = (page(), decoder(Types::Typed));
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::of_slice(&page))
        .bench(|| decoder.decode_plainly(black_box(&page)).expect("the page is well-formed"));
}

#[divan::bench]
fn arrow_json_text(bencher: Bencher<'_, '_>) {
    let (page, schema) = (page(), text_schema());
    bencher
        .counter(ItemsCount::new(ROWS))
        .counter(BytesCount::of_slice(&page))
        .bench(|| with_arrow_json(black_box(&page), &schema));
}

#[divan::bench]
fn json_values(bencher: Bencher<'_, '_>) {
    let page = page();
    bencher.counter(ItemsCount::new(ROWS)).counter(BytesCount::of_slice(&page)).bench(|| {
        serde_json::from_slice::<serde_json::Value>(black_box(&page)).expect("the page is well-formed")
    });
}
