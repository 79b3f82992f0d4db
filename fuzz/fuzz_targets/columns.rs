//! Any bytes are the same columns by the quick way as by the sure one, or the same error: the quick way may give up on a
//! page, but never reads another one out of it.
#![no_main]

use std::sync::{Arc, LazyLock};

use columnar::{Batch, Columns, Decoder, Types};
use libfuzzer_sys::fuzz_target;
use servicenow::{ChoiceMode, ColumnInfo, DisplayMode};

/// One column of each kind, and one that the dictionary does not tell of.
const FIELDS: [(&str, &str); 8] = [
    ("sys_id", "GUID"),
    ("active", "boolean"),
    ("count", "integer"),
    ("cost", "currency"),
    ("opened_at", "glide_date_time"),
    ("due", "glide_date"),
    ("caller_id", "reference"),
    ("category", "string"),
];

static DECODERS: LazyLock<Vec<Decoder>> = LazyLock::new(|| {
    let modes = [DisplayMode::Value, DisplayMode::Display, DisplayMode::Both];
    modes.into_iter().flat_map(|mode| [decoder(mode, Types::Typed), decoder(mode, Types::String)]).collect()
});

fn decoder(display: DisplayMode, types: Types) -> Decoder {
    let info = |(name, kind): &(&str, &str)| ColumnInfo {
        internal_type: (*kind).to_owned(),
        choice_mode: if *name == "category" { ChoiceMode::Suggestion } else { ChoiceMode::None },
        ..ColumnInfo::default()
    };
    let infos: Vec<ColumnInfo> = FIELDS.iter().map(info).collect();
    let mut fields: Vec<_> =
        FIELDS.iter().zip(&infos).map(|((name, _), info)| ((*name).to_owned(), Some(info))).collect();
    fields.push(("note".to_owned(), None));
    Decoder::new(Arc::new(Columns::new(&fields, display, types)))
}

fn same(quick: &Batch, sure: &Batch) -> bool {
    quick.sys_ids == sure.sys_ids && quick.columns == sure.columns && quick.unparsed == sure.unparsed
}

fuzz_target!(|body: &[u8]| {
    for decoder in DECODERS.iter() {
        match (decoder.decode(body), decoder.decode_plainly(body)) {
            (Ok(quick), Ok(sure)) => assert!(same(&quick, &sure), "{quick:?} is not {sure:?}"),
            (Err(quick), Err(sure)) => assert_eq!(quick, sure),
            (quick, sure) => panic!("{quick:?} against {sure:?}"),
        }
    }
});
