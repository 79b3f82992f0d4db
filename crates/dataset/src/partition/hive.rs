//! How Hive writes a value into the name of a folder; Spark, DuckDB, polars and pyarrow read it so.

use std::fmt::Write;

/// The folder of rows without a value.
pub(super) const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// `key=value`, with what a path cannot hold as `%` and two digits.
pub(super) fn segment(key: &str, value: Option<&str>) -> String {
    let mut segment = escape(key);
    segment.push('=');
    segment.push_str(&value.map_or_else(|| NULL.to_owned(), escape));
    segment
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_control() || "\"#%'*/:=?\\{[]^".contains(c) {
            write!(escaped, "%{:02X}", u32::from(c)).expect("a string takes everything");
        } else {
            escaped.push(c);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_hive_writes_them() {
        for (value, wanted) in [
            (Some("1"), "k=1"),
            (Some("a/b=c%d"), "k=a%2Fb%3Dc%25d"),
            (Some(".."), "k=.."),
            (Some("Größe 5"), "k=Größe 5"),
            (Some("x\ny"), "k=x%0Ay"),
            (None, "k=__HIVE_DEFAULT_PARTITION__"),
        ] {
            assert_eq!(segment("k", value), wanted);
        }
    }
}
