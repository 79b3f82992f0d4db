//! Dates and times written in a query or a request body: ServiceNow's own form and ISO 8601, read as UTC.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};

/// How date-times are stored and sent.
pub(crate) const DATE_TIME: &str = "%Y-%m-%d %H:%M:%S";
/// How dates are stored and sent.
pub(crate) const DATE: &str = "%Y-%m-%d";

/// Longer text is no date in any accepted form.
const MAX_LENGTH: usize = 40;

/// A date-time; a date alone counts as its midnight, an ISO offset is applied.
pub(crate) fn date_time(text: &str) -> Option<NaiveDateTime> {
    if text.len() > MAX_LENGTH || !text.is_ascii() {
        return None;
    }
    let read = if let Ok(date) = NaiveDate::parse_from_str(text, DATE) {
        date.and_hms_opt(0, 0, 0)
    } else {
        with_time(text)
    };
    read.filter(|at| in_range(at.date()))
}

fn with_time(text: &str) -> Option<NaiveDateTime> {
    const FORMS: [&str; 4] =
        ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M"];
    let read = FORMS.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let at = match read {
        Some(at) => at,
        None => with_offset(text)?,
    };
    // Storage has a resolution of one second.
    NaiveDateTime::parse_from_str(&at.format(DATE_TIME).to_string(), DATE_TIME).ok()
}

/// ISO 8601 with an offset. The `+` of an offset that nobody percent-encoded arrives as a space.
fn with_offset(text: &str) -> Option<NaiveDateTime> {
    let mut text = text.to_owned();
    if text.rfind(' ').is_some_and(|space| space > 10) {
        let space = text.rfind(' ')?;
        text.replace_range(space..=space, "+");
    }
    let text = text.replacen(' ', "T", 1);
    DateTime::parse_from_rfc3339(&text)
        .or_else(|_| DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f%z"))
        .ok()
        .map(|at| at.naive_utc())
}

/// A date; the time of a date-time is cut off.
pub(crate) fn date(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, DATE)
        .ok()
        .filter(|&day| in_range(day))
        .or_else(|| date_time(text).map(|at| at.date()))
}

/// A time of day; a date before it is cut off.
pub(crate) fn time(text: &str) -> Option<NaiveTime> {
    let clock = text.rsplit(' ').next()?;
    NaiveTime::parse_from_str(clock, "%H:%M:%S").or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M")).ok()
}

/// Four-digit years: others would not compare as text.
fn in_range(date: NaiveDate) -> bool {
    use chrono::Datelike;
    (1..=9999).contains(&date.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_date_time() {
        let cases = [
            ("2022-01-01 05:06:07", Some("2022-01-01 05:06:07")),
            ("2022-01-01 05:06", Some("2022-01-01 05:06:00")),
            ("2022-01-01", Some("2022-01-01 00:00:00")),
            ("2022-01-01T05:06:07", Some("2022-01-01 05:06:07")),
            ("2022-01-01T05:06:07.250Z", Some("2022-01-01 05:06:07")),
            ("2022-01-01T00:00:00+00:00", Some("2022-01-01 00:00:00")),
            ("2022-01-01T00:00:00 00:00", Some("2022-01-01 00:00:00")),
            ("2022-01-01T00:00:00+02:00", Some("2021-12-31 22:00:00")),
            ("2022-01-01T00:00:00+0200", Some("2021-12-31 22:00:00")),
            ("2022-13-01", None),
            ("yesterday", None),
            ("+12022-01-01", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let read = date_time(text).map(|at| at.format(DATE_TIME).to_string());
            assert_eq!(read.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn dates_and_times_are_cut_out_of_date_times() {
        assert_eq!(date("2022-01-01 23:00:00").unwrap().to_string(), "2022-01-01");
        assert_eq!(time("1970-01-01 08:09:10").unwrap().to_string(), "08:09:10");
        assert_eq!(time("25:00:00"), None);
    }
}
