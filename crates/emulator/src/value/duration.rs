//! Durations: stored as an offset from the epoch (`1970-01-02 04:23:17`), shown in words.

use chrono::{DateTime, NaiveDateTime};

use super::literal;

/// Seconds of a stored duration.
pub(crate) fn seconds(stored: &str) -> Option<i64> {
    literal::date_time(stored).map(|at| at.and_utc().timestamp())
}

/// The stored form; `None` for what does not fit a date.
pub(crate) fn stored(seconds: i64) -> Option<String> {
    let at: NaiveDateTime = DateTime::from_timestamp(seconds, 0)?.naive_utc();
    let text = at.format(literal::DATE_TIME).to_string();
    literal::date_time(&text).map(|_| text)
}

/// `1 Day 4 Hours 23 Minutes`: seconds only where nothing larger is there.
pub(crate) fn words(seconds: i64) -> String {
    let (sign, total) =
        if seconds < 0 { ("-", seconds.unsigned_abs()) } else { ("", seconds.unsigned_abs()) };
    let parts = [(total / 86_400, "Day"), (total / 3_600 % 24, "Hour"), (total / 60 % 60, "Minute")];
    let mut out = String::new();
    for (count, name) in parts.into_iter().filter(|(count, _)| *count > 0) {
        push(&mut out, count, name);
    }
    if out.is_empty() {
        push(&mut out, total, "Second");
    }
    format!("{sign}{out}")
}

fn push(out: &mut String, count: u64, name: &str) {
    if !out.is_empty() {
        out.push(' ');
    }
    let plural = if count == 1 { "" } else { "s" };
    out.push_str(&format!("{count} {name}{plural}"));
}

/// A duration as it is written: `1970-01-02 04:23:17`, `1 04:23:17`, `04:23:17` or words.
pub(crate) fn parse(text: &str) -> Option<i64> {
    if text.len() > 60 {
        return None;
    }
    seconds(text).or_else(|| clock(text)).or_else(|| spelled(text))
}

/// `[days ]hours:minutes:seconds`
fn clock(text: &str) -> Option<i64> {
    let (days, clock) = match text.split_once(' ') {
        Some((days, clock)) => (days.parse::<u32>().ok()?, clock),
        None => (0, text),
    };
    let mut total = i64::from(days) * 24;
    let fields: Vec<&str> = clock.split(':').collect();
    if fields.len() != 3 {
        return None;
    }
    for (at, field) in fields.into_iter().enumerate() {
        let number = i64::from(field.parse::<u32>().ok()?);
        total = if at == 0 { total + number } else { total * 60 + number };
    }
    Some(total)
}

/// `1 Day 4 Hours`
fn spelled(text: &str) -> Option<i64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    if words.is_empty() || !words.len().is_multiple_of(2) {
        return None;
    }
    let mut total = 0;
    for pair in words.chunks_exact(2) {
        let count = i64::from(pair[0].parse::<u32>().ok()?);
        let unit = match pair[1].to_ascii_lowercase().trim_end_matches('s') {
            "day" => 86_400,
            "hour" => 3_600,
            "minute" => 60,
            "second" => 1,
            _ => return None,
        };
        total += count * unit;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_in_words() {
        let cases = [
            (102_197, "1 Day 4 Hours 23 Minutes"),
            (28_800, "8 Hours"),
            (137, "2 Minutes"),
            (17, "17 Seconds"),
            (1, "1 Second"),
            (0, "0 Seconds"),
            (172_800, "2 Days"),
            (-3_600, "-1 Hour"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(words(seconds), expected);
        }
    }

    #[test]
    fn every_spelling_is_read() {
        for text in [
            "1970-01-02 04:23:17",
            "1 04:23:17",
            "1 4:23:17",
            "28:23:17",
            "1 Day 4 Hours 23 Minutes 17 Seconds",
        ] {
            assert_eq!(parse(text), Some(102_197), "{text}");
        }
        assert_eq!(parse("soon"), None);
        assert_eq!(parse(""), None);
        assert_eq!(stored(102_197).as_deref(), Some("1970-01-02 04:23:17"));
    }
}
