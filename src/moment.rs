//! Times as messages have them: from what instances write, in UTC, and from what the store counts.

use prost_types::Timestamp;
use servicenow::FieldValue;

/// The moment that a stored value names; `None` where it names none.
pub(crate) fn read(text: &str) -> Option<Timestamp> {
    let stored = FieldValue { value: Some(text.to_owned()), ..FieldValue::default() };
    let moment = stored.date_time().ok().flatten()?;
    Some(Timestamp { seconds: moment.timestamp(), nanos: 0 })
}

/// Milliseconds since 1970 as a message has them.
pub(crate) fn from_millis(millis: i64) -> Timestamp {
    let nanos = i32::try_from(millis.rem_euclid(1000)).unwrap_or(0) * 1_000_000;
    Timestamp { seconds: millis.div_euclid(1000), nanos }
}

/// A time of a message in milliseconds since 1970.
pub(crate) fn millis(time: &Timestamp) -> i64 {
    time.seconds.saturating_mul(1000).saturating_add(i64::from(time.nanos) / 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_moment_is_none() {
        assert_eq!(read("2024-02-29 23:59:58"), Some(Timestamp { seconds: 1_709_251_198, nanos: 0 }));
        for text in ["", "2024-02-29", "29/02/2024 01:02:03", "2024-02-30 00:00:00"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
