//! The date formats users choose (`dd/MM/yyyy`, `hh:mm:ss a`), both ways.

use chrono::{NaiveDate, NaiveDateTime};

use super::literal;

/// How a user writes dates and times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat {
    date: String,
    time: String,
}

impl Default for DateFormat {
    fn default() -> Self {
        DateFormat::new("", "")
    }
}

impl DateFormat {
    /// From ServiceNow's patterns; an empty one means the system's, `yyyy-MM-dd` and `HH:mm:ss`.
    pub fn new(date: &str, time: &str) -> Self {
        let or = |pattern: &str, default: &str| {
            if pattern.is_empty() { default.to_owned() } else { translate(pattern) }
        };
        DateFormat { date: or(date, literal::DATE), time: or(time, "%H:%M:%S") }
    }

    pub(crate) fn date(&self, day: NaiveDate) -> String {
        day.format(&self.date).to_string()
    }

    pub(crate) fn date_time(&self, at: NaiveDateTime) -> String {
        format!("{} {}", at.format(&self.date), at.format(&self.time))
    }

    pub(crate) fn parse_date(&self, text: &str) -> Option<NaiveDate> {
        NaiveDate::parse_from_str(text, &self.date).ok()
    }

    pub(crate) fn parse_date_time(&self, text: &str) -> Option<NaiveDateTime> {
        let pattern = format!("{} {}", self.date, self.time);
        let midnight = || self.parse_date(text).and_then(|day| day.and_hms_opt(0, 0, 0));
        NaiveDateTime::parse_from_str(text, &pattern).ok().or_else(midnight)
    }
}

/// Java's pattern letters to strftime's. Letters without a counterpart stay as text, so that a pattern from
/// the database can never be an invalid one.
fn translate(pattern: &str) -> String {
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(letter) = rest.chars().next() {
        let run = rest.chars().take_while(|&c| c == letter).count();
        match (letter, run) {
            ('y', 4) => out.push_str("%Y"),
            ('y', 2) => out.push_str("%y"),
            ('M', 2) => out.push_str("%m"),
            ('M', 1) => out.push_str("%-m"),
            ('M', 3) => out.push_str("%b"),
            ('d', 2) => out.push_str("%d"),
            ('d', 1) => out.push_str("%-d"),
            ('H', 2) => out.push_str("%H"),
            ('H', 1) => out.push_str("%-H"),
            ('h', 2) => out.push_str("%I"),
            ('h', 1) => out.push_str("%-I"),
            ('m', 2) => out.push_str("%M"),
            ('s', 2) => out.push_str("%S"),
            ('a', 1) => out.push_str("%p"),
            ('%', count) => out.push_str(&"%%".repeat(count)),
            (other, count) => out.extend(std::iter::repeat_n(other, count)),
        }
        rest = &rest[letter.len_utf8() * run..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_in_each_format() {
        let at = NaiveDateTime::parse_from_str("2016-12-12 15:19:57", literal::DATE_TIME).unwrap();
        let cases = [
            ("", "", "2016-12-12 15:19:57"),
            ("MM-dd-yyyy", "HH:mm:ss", "12-12-2016 15:19:57"),
            ("dd/MM/yyyy", "hh:mm:ss a", "12/12/2016 03:19:57 PM"),
            ("dd.MM.yyyy", "HH.mm.ss", "12.12.2016 15.19.57"),
        ];
        for (date, time, expected) in cases {
            let format = DateFormat::new(date, time);
            assert_eq!(format.date_time(at), expected);
            assert_eq!(format.parse_date_time(expected), Some(at));
        }
    }

    #[test]
    fn a_strange_pattern_is_text() {
        let format = DateFormat::new("100%Q yyyyy é", "");
        let day = NaiveDate::from_ymd_opt(2016, 1, 2).unwrap();
        assert_eq!(format.date(day), "100%Q yyyyy é");
    }
}
