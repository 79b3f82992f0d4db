//! Typed readings of a field's stored text.
//!
//! ServiceNow sends every value as text. An empty one is `None` whatever its type; text that is none of the type
//! is an error, never a guess.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

use crate::{Error, FieldValue};

/// How the instance writes a moment, in UTC.
const DATE_TIME: &str = "%Y-%m-%d %H:%M:%S";

/// A reference to a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference<'a> {
    /// The row's sys_id.
    pub sys_id: &'a str,
    /// What a person sees, if it was asked for.
    pub display_value: Option<&'a str>,
    /// The row's URL, if it was asked for.
    pub link: Option<&'a str>,
}

impl Reference<'_> {
    /// The row's table, which only the link tells.
    pub fn table(&self) -> Option<&str> {
        let mut segments = self.link?.split(['?', '#']).next()?.rsplit('/');
        segments.next()?;
        segments.next().filter(|table| !table.is_empty())
    }
}

impl FieldValue {
    /// The stored value, or what a person sees where only that was asked for; empty for none.
    pub fn text(&self) -> &str {
        self.value.as_deref().or(self.display_value.as_deref()).unwrap_or_default()
    }

    /// What a person sees, or the stored value where only that was asked for; empty for none.
    pub fn display(&self) -> &str {
        self.display_value.as_deref().or(self.value.as_deref()).unwrap_or_default()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.text().is_empty()
    }

    /// `true`, `false`, `1` or `0`.
    ///
    /// # Errors
    /// [`Error::Decode`] for any other text, as for all of these.
    pub fn bool(&self) -> Result<Option<bool>, Error> {
        self.parse("a boolean", |text| match text {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        })
    }

    /// A whole number.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn integer(&self) -> Result<Option<i64>, Error> {
        self.parse("an integer", |text| text.parse().ok())
    }

    /// A decimal number, to the nearest that a `f64` holds; the text has all digits.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn decimal(&self) -> Result<Option<f64>, Error> {
        self.parse("a decimal number", |text| text.parse().ok().filter(|number: &f64| number.is_finite()))
    }

    /// A moment. Stored values are in UTC; display values are not, and must not be read as one.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn date_time(&self) -> Result<Option<DateTime<Utc>>, Error> {
        self.parse("a date-time", |text| Some(moment(text)?.and_utc()))
    }

    /// A day.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn date(&self) -> Result<Option<NaiveDate>, Error> {
        self.parse("a date", |text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
    }

    /// A time of day, which the instance stores on the first day of 1970.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn time(&self) -> Result<Option<NaiveTime>, Error> {
        self.parse("a time", |text| match text.split_once(' ') {
            Some(_) => Some(moment(text)?.time()),
            None => NaiveTime::parse_from_str(text, "%H:%M:%S").ok(),
        })
    }

    /// A span of time, which the instance stores as the moment that far from the start of 1970.
    ///
    /// # Errors
    /// [`Error::Decode`]
    pub fn duration(&self) -> Result<Option<TimeDelta>, Error> {
        self.parse("a duration", |text| Some(moment(text)?.and_utc() - DateTime::UNIX_EPOCH))
    }

    /// A reference.
    pub fn reference(&self) -> Option<Reference<'_>> {
        let sys_id = self.value.as_deref().filter(|value| !value.is_empty())?;
        Some(Reference { sys_id, display_value: self.display_value.as_deref(), link: self.link.as_deref() })
    }

    /// The members of a list, which is stored with commas between them.
    pub fn list(&self) -> impl Iterator<Item = &str> {
        self.text().split(',').map(str::trim).filter(|member| !member.is_empty())
    }

    fn parse<T>(&self, what: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, Error> {
        // Without a stored value there is nothing that could be relied upon.
        let text = self.value.as_deref().unwrap_or_default();
        if text.is_empty() && self.display_value.as_deref().is_none_or(str::is_empty) {
            return Ok(None);
        }
        parse(text).map(Some).ok_or_else(|| Error::Decode(format!("the field does not hold {what}")))
    }
}

/// A moment as the instance stores it.
pub fn date_time_text(moment: DateTime<Utc>) -> String {
    moment.format(DATE_TIME).to_string()
}

/// A span of time as the instance stores it; `None` beyond the years it can write.
pub fn duration_text(span: TimeDelta) -> Option<String> {
    DateTime::UNIX_EPOCH.checked_add_signed(span).map(date_time_text)
}

fn moment(text: &str) -> Option<NaiveDateTime> {
    NaiveDateTime::parse_from_str(text, DATE_TIME).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(text: &str) -> FieldValue {
        FieldValue { value: Some(text.to_owned()), ..FieldValue::default() }
    }

    #[test]
    fn text_is_read_as_its_type_or_not_at_all() {
        assert_eq!(stored("1").bool(), Ok(Some(true)));
        assert_eq!(stored("false").bool(), Ok(Some(false)));
        assert_eq!(stored("-7").integer(), Ok(Some(-7)));
        assert_eq!(stored("1.25").decimal(), Ok(Some(1.25)));
        let moment = stored("2024-02-29 23:59:58").date_time().unwrap().unwrap();
        assert_eq!(moment.timestamp_millis(), 1_709_251_198_000);
        assert_eq!(date_time_text(moment), "2024-02-29 23:59:58");
        assert_eq!(stored("2024-02-29").date().unwrap().unwrap().to_string(), "2024-02-29");
        assert_eq!(stored("1970-01-01 08:30:00").time().unwrap(), stored("08:30:00").time().unwrap());
        let span = stored("1970-01-03 01:00:00").duration().unwrap().unwrap();
        assert_eq!(span.num_hours(), 49);
        assert_eq!(duration_text(span).unwrap(), "1970-01-03 01:00:00");
        let listed = stored("a, b,,c");
        assert_eq!(listed.list().collect::<Vec<_>>(), ["a", "b", "c"]);
    }

    #[test]
    fn nothing_is_none_and_other_text_an_error() {
        for empty in [stored(""), FieldValue::default()] {
            assert_eq!(empty.bool(), Ok(None));
            assert_eq!(empty.integer(), Ok(None));
            assert_eq!(empty.date_time(), Ok(None));
            assert_eq!(empty.reference(), None);
            assert_eq!(empty.list().count(), 0);
        }
        for other in ["yes", "1,000", "NaN", "29/02/2024", "2024-02-30 00:00:00", "2024-02-29T00:00:00Z"] {
            let field = stored(other);
            assert!(field.bool().is_err() && field.integer().is_err() && field.decimal().is_err(), "{other}");
            assert!(
                field.date_time().is_err() && field.date().is_err() && field.duration().is_err(),
                "{other}"
            );
        }
        let shown =
            FieldValue { display_value: Some("2024-02-29 23:59:58".to_owned()), ..FieldValue::default() };
        assert!(shown.date_time().is_err(), "a display value is in some time zone");
        assert_eq!(shown.text(), "2024-02-29 23:59:58");
    }

    #[test]
    fn a_link_tells_the_table() {
        let link = Some("https://i/api/now/table/sys_user/6816f79c".to_owned());
        let field =
            FieldValue { value: Some("6816f79c".to_owned()), display_value: Some("Abel".to_owned()), link };
        let reference = field.reference().unwrap();
        assert_eq!((reference.sys_id, reference.display_value), ("6816f79c", Some("Abel")));
        assert_eq!(reference.table(), Some("sys_user"));
        assert_eq!(field.display(), "Abel");
    }
}
