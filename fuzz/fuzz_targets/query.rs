//! Any text reads to a tree whose text reads back as the same tree.
#![no_main]

use libfuzzer_sys::fuzz_target;
use servicenow::query::Query;

fuzz_target!(|text: &str| {
    let query = Query::parse(text);
    let printed = query.to_string();
    let again = Query::parse(&printed);
    assert_eq!(again, query, "printed as {printed:?}");
    assert_eq!(again.to_string(), printed);
    let _ = (query.fields(), query.problems());
});
