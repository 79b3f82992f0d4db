//! What is read from text and written back is the same text.

use arrow_array::types::Int8Type;
use arrow_array::{
    BinaryArray, BooleanArray, DictionaryArray, Float32Array, Float64Array, Int16Array, LargeStringArray,
    NullArray, TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use proptest::prelude::*;
use servicenow::{ChoiceMode, ColumnInfo, DisplayMode};

use super::*;
use crate::{Columns, Decoder, Types};

fn one(values: ArrayRef) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable([("c", values, true)]).unwrap()
}

/// The first value of a column, or what is wrong with it.
fn text(values: ArrayRef) -> Result<Option<String>, String> {
    let texts = Texts::new(&one(values)).map_err(|error| error.to_string())?;
    let row = texts.row(0).map_err(|error| error.to_string())?;
    Ok(row[0].1.clone())
}

#[test]
fn every_type_that_programs_have_is_written() {
    let labels: DictionaryArray<Int8Type> = ["network"].into_iter().collect();
    let cases: Vec<(ArrayRef, Option<&str>)> = vec![
        (Arc::new(NullArray::new(1)), None),
        (Arc::new(BooleanArray::from(vec![true])), Some("true")),
        (Arc::new(Int16Array::from(vec![-7])), Some("-7")),
        (Arc::new(Float32Array::from(vec![0.1])), Some("0.1")),
        (Arc::new(Float64Array::from(vec![1e-7])), Some("0.0000001")),
        (Arc::new(LargeStringArray::from(vec!["é"])), Some("é")),
        (Arc::new(labels), Some("network")),
        (Arc::new(TimestampSecondArray::from(vec![-1])), Some("1969-12-31 23:59:59")),
        // The zone of a column is how it is shown; the moment is the same.
        (
            Arc::new(TimestampMillisecondArray::from(vec![1_709_251_198_000]).with_timezone("+05:00")),
            Some("2024-02-29 23:59:58"),
        ),
    ];
    for (values, expected) in cases {
        assert_eq!(text(values.clone()), Ok(expected.map(str::to_owned)), "{values:?}");
    }
}

#[test]
fn what_would_be_cut_off_or_mistaken_is_refused() {
    let cases: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(TimestampNanosecondArray::from(vec![1])), "whole seconds"),
        (Arc::new(TimestampSecondArray::from(vec![i64::MAX])), "years 0 to 9999"),
        (Arc::new(Float64Array::from(vec![f64::NAN])), "finite"),
        (Arc::new(arrow_array::DurationSecondArray::from(vec![-1])), "below zero"),
        (Arc::new(arrow_array::Date32Array::from(vec![i32::MAX])), "years 0 to 9999"),
        (Arc::new(UInt64Array::from(vec![u64::MAX])), "UInt64"),
        (Arc::new(BinaryArray::from(vec![&b"x"[..]])), "Binary"),
    ];
    for (values, told) in cases {
        let error = text(values.clone()).unwrap_err();
        assert!(error.contains(told) && error.contains("column c"), "{values:?}: {error}");
    }
}

/// Text as instances write it, by type.
fn stored(kind: &str) -> BoxedStrategy<String> {
    let moment = (0_i64..253_402_300_799).prop_map(|seconds| {
        DateTime::from_timestamp(seconds, 0).unwrap().format("%Y-%m-%d %H:%M:%S").to_string()
    });
    match kind {
        "boolean" => prop_oneof![Just("true"), Just("false")].prop_map(str::to_owned).boxed(),
        "integer" => any::<i64>().prop_map(|number| number.to_string()).boxed(),
        "decimal" => "-?(0|[1-9][0-9]{0,12})(\\.[0-9]{0,8}[1-9])?"
            .prop_filter("zero has no sign", |text| text != "-0")
            .boxed(),
        "float" => any::<f64>()
            .prop_filter("finite", |number| number.is_finite())
            .prop_map(|number| number.to_string())
            .boxed(),
        "glide_date" => moment.prop_map(|moment| moment[..10].to_owned()).boxed(),
        "glide_date_time" | "glide_duration" => moment.boxed(),
        _ => "[a-zA-Zé\"\\\\ ]{1,12}".boxed(),
    }
}

const KINDS: [&str; 9] = [
    "boolean",
    "integer",
    "decimal",
    "float",
    "glide_date",
    "glide_date_time",
    "glide_duration",
    "string",
    "sys_class_name",
];

fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let value = |kind: &'static str| prop_oneof![4 => stored(kind), 1 => Just(String::new())].boxed();
    prop::collection::vec(KINDS.map(value).to_vec(), 1..6)
}

proptest! {
    #[test]
    fn what_was_read_is_written_as_it_was(rows in rows()) {
        let info = |kind: &&str| ColumnInfo {
            internal_type: (*kind).to_owned(),
            choice_mode: ChoiceMode::None,
            ..ColumnInfo::default()
        };
        let infos: Vec<ColumnInfo> = KINDS.iter().map(info).collect();
        let fields: Vec<_> =
            KINDS.iter().zip(&infos).map(|(kind, info)| ((*kind).to_owned(), Some(info))).collect();
        let decoder = Decoder::new(Arc::new(Columns::new(&fields, DisplayMode::Value, Types::Typed)));
        let objects: Vec<serde_json::Value> = rows
            .iter()
            .map(|row| KINDS.iter().zip(row).map(|(kind, text)| ((*kind).to_owned(), text.clone().into())).collect::<serde_json::Map<_, _>>().into())
            .collect();
        let body = serde_json::to_vec(&serde_json::json!({ "result": objects })).unwrap();
        let batch = decoder.decode(&body).unwrap();
        prop_assert_eq!(batch.unparsed.count, 0, "{:?}", batch.unparsed);
        let texts = Texts::new(&batch.columns).unwrap();
        prop_assert_eq!(texts.rows(), rows.len());
        for (number, row) in rows.iter().enumerate() {
            for ((name, written), text) in texts.row(number).unwrap().into_iter().zip(row) {
                prop_assert_eq!(written.unwrap_or_default(), text.clone(), "{}", name);
            }
        }
    }
}
