//! Any bytes are a page of rows or an error, whatever kind of value was asked for; who reads the rows as a table
//! or as values finds the same number of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servicenow::{DisplayMode, Face, Record, Serialization, decode_rows};

fuzz_target!(|body: &[u8]| {
    let mut counts = Vec::new();
    for display in [DisplayMode::Value, DisplayMode::Display, DisplayMode::Both] {
        let Ok(rows) = decode_rows::<Record>(body, "incident", display) else { continue };
        counts.push(rows.len());
        for (_, field) in rows.iter().flat_map(|row| &row.fields) {
            let _ = (field.bool(), field.integer(), field.decimal(), field.reference());
            let _ = (field.date_time(), field.date(), field.time(), field.duration());
        }
        let form = Serialization { face: Face::Smart, ..Serialization::default() };
        let mut written = Vec::new();
        form.write_ndjson(&rows, &mut written).expect("memory takes all");
        assert_eq!(written.split(|byte| *byte == b'\n').count(), rows.len() + 1);
        form.write_csv(&rows, &mut written).expect("memory takes all");
    }
    assert!(counts.is_empty() || counts.len() == 3 && counts.windows(2).all(|pair| pair[0] == pair[1]));
});
