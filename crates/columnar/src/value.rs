//! Texts of typed values, read without allocating. All refuse what is not wholly such a value.

use crate::Kind;

const MICROS: i64 = 1_000_000;
const DAY_SECONDS: i64 = 86_400;

pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

pub(crate) fn integer(text: &str) -> Option<i64> {
    text.parse().ok()
}

pub(crate) fn float(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// In units of the last digit that a decimal column has. More digits than that are refused unless they are zeros:
/// rounding would change the value.
pub(crate) fn decimal(text: &str) -> Option<i128> {
    const SCALE: usize = Kind::SCALE.unsigned_abs() as usize;
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let fraction = fraction.trim_end_matches('0');
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let has_digit = digits.bytes().any(|byte| byte.is_ascii_digit());
    let fits = whole.len() + SCALE <= usize::from(Kind::PRECISION) && fraction.len() <= SCALE;
    if !has_digit || !fits || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let mut units: i128 = 0;
    for byte in whole.bytes().chain(fraction.bytes()) {
        units = units * 10 + i128::from(byte - b'0');
    }
    for _ in fraction.len()..SCALE {
        units *= 10;
    }
    Some(if negative { -units } else { units })
}

/// Days since 1970.
pub(crate) fn date(text: &str) -> Option<i32> {
    let bytes: &[u8; 10] = text.as_bytes().try_into().ok()?;
    let days = days(bytes)?;
    i32::try_from(days).ok()
}

/// Microseconds since 1970, which is also how a span of time is stored.
pub(crate) fn moment(text: &str) -> Option<i64> {
    let (day, rest) = text.as_bytes().split_first_chunk::<10>()?;
    let (time, fraction) = rest.split_first_chunk::<9>()?;
    let [b' ', h1, h2, b':', m1, m2, b':', s1, s2] = *time else { return None };
    let (hours, minutes, seconds) = (two(h1, h2)?, two(m1, m2)?, two(s1, s2)?);
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let seconds = days(day)? * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds;
    Some(seconds * MICROS + micros(fraction)?)
}

/// `.5` is half a million.
fn micros(fraction: &[u8]) -> Option<i64> {
    let Some((point, digits)) = fraction.split_first() else { return Some(0) };
    if *point != b'.' || digits.is_empty() || digits.len() > 6 {
        return None;
    }
    let mut micros = 0;
    for place in 0..6 {
        micros = micros * 10 + digits.get(place).map_or(Some(0), |digit| one(*digit))?;
    }
    Some(micros)
}

/// Days since 1970 of `YYYY-MM-DD`.
fn days(text: &[u8; 10]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let (year, month, day) = (two(y1, y2)? * 100 + two(y3, y4)?, two(m1, m2)?, two(d1, d2)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    // Howard Hinnant's days_from_civil: the year starts in March, so that a leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

fn two(tens: u8, ones: u8) -> Option<i64> {
    Some(one(tens)? * 10 + one(ones)?)
}

fn one(digit: u8) -> Option<i64> {
    digit.is_ascii_digit().then(|| i64::from(digit - b'0'))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use proptest::prelude::*;
    use servicenow::{FieldValue, date_time_text};

    use super::*;

    fn stored(text: &str) -> FieldValue {
        FieldValue { value: Some(text.to_owned()), ..FieldValue::default() }
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        for (text, units) in [
            ("0", 0),
            ("1.5", 1_500_000_000),
            ("-0.000000001", -1),
            ("+007.2500000000000", 7_250_000_000),
            (".5", 500_000_000),
            ("3.", 3_000_000_000),
        ] {
            assert_eq!(decimal(text), Some(units), "{text}");
        }
        let most = "9".repeat(29);
        assert_eq!(decimal(&most), Some((10_i128.pow(29) - 1) * 10_i128.pow(9)));
        for text in
            ["", "-", ".", "1e5", "1,000", "USD;1", "0.0000000001", "1.2.3", "--1", &format!("1{most}")]
        {
            assert_eq!(decimal(text), None, "{text}");
        }
    }

    #[test]
    fn fractions_of_seconds_are_read() {
        assert_eq!(moment("1970-01-01 00:00:00.25"), Some(250_000));
        for text in
            ["1970-01-01 00:00:00.", "1970-01-01 00:00:00.1234567", "1970-01-01 00:00:00,5", "1970-01-01"]
        {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    proptest! {
        /// The client's own readings, by chrono, are the measure.
        #[test]
        fn moments_and_days_are_those_of_chrono(seconds in -62_167_219_200_i64..253_402_300_799) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            let text = date_time_text(at);
            prop_assert_eq!(moment(&text), Some(seconds * MICROS));
            let day = text.split(' ').next().unwrap();
            let expected = at.date_naive() - NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
            prop_assert_eq!(date(day).map(i64::from), Some(expected.num_days()));
        }

        #[test]
        fn what_chrono_refuses_is_refused(text in "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-5][0-9]") {
            let expected = stored(&text).date_time().ok().flatten().map(|at| at.timestamp_micros());
            prop_assert_eq!(moment(&text), expected);
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = (boolean(&text), integer(&text), float(&text), decimal(&text), date(&text), moment(&text));
        }
    }
}
