//! Calendar units: where one begins, and stepping by several of them.

use chrono::{DateTime, Datelike, Days, Duration, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc};
use chrono_tz::Tz;

/// The most units a step may span; more is a mistake, and keeps the arithmetic in range.
const MAX_STEP: i64 = 1_000_000;

/// A unit of time as queries name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    /// The unit of that name, singular or plural: `dayofweek` is a day, `dayofquarter` a quarter.
    pub(crate) fn parse(name: &str) -> Option<Unit> {
        Some(match name.to_ascii_lowercase().as_str() {
            "minute" | "minutes" => Unit::Minute,
            "hour" | "hours" => Unit::Hour,
            "day" | "days" | "dayofweek" => Unit::Day,
            "week" | "weeks" => Unit::Week,
            "month" | "months" => Unit::Month,
            "quarter" | "quarters" | "dayofquarter" => Unit::Quarter,
            "year" | "years" => Unit::Year,
            _ => return None,
        })
    }

    /// The name that SQL functions and [`Unit::parse`] understand.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Quarter => "quarter",
            Unit::Year => "year",
        }
    }
}

/// The first second of the unit that `at` lies in. Weeks begin on Monday.
pub(crate) fn start_of(unit: Unit, at: NaiveDateTime) -> NaiveDateTime {
    let date = at.date();
    let first = match unit {
        Unit::Minute => return at - Duration::seconds(i64::from(at.second())),
        Unit::Hour => return at - Duration::seconds(i64::from(at.minute() * 60 + at.second())),
        Unit::Day => date,
        Unit::Week => date - Days::new(u64::from(date.weekday().num_days_from_monday())),
        Unit::Month => first_of(date, date.month()),
        Unit::Quarter => first_of(date, date.month0() / 3 * 3 + 1),
        Unit::Year => first_of(date, 1),
    };
    first.and_hms_opt(0, 0, 0).expect("midnight is a time")
}

fn first_of(date: NaiveDate, month: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(date.year(), month, 1).expect("every month has a first day")
}

/// `at` moved by `count` units, backwards if negative. `None` beyond the calendar.
pub(crate) fn shift(unit: Unit, at: NaiveDateTime, count: i64) -> Option<NaiveDateTime> {
    if count.abs() > MAX_STEP {
        return None;
    }
    let months = match unit {
        Unit::Minute => return at.checked_add_signed(Duration::minutes(count)),
        Unit::Hour => return at.checked_add_signed(Duration::hours(count)),
        Unit::Day => return at.checked_add_signed(Duration::days(count)),
        Unit::Week => return at.checked_add_signed(Duration::weeks(count)),
        Unit::Month => count,
        Unit::Quarter => count * 3,
        Unit::Year => count * 12,
    };
    let step = Months::new(u32::try_from(months.unsigned_abs()).ok()?);
    if months < 0 { at.checked_sub_months(step) } else { at.checked_add_months(step) }
}

/// The last second of the unit that `at` lies in.
pub(crate) fn end_of(unit: Unit, at: NaiveDateTime) -> Option<NaiveDateTime> {
    shift(unit, start_of(unit, at), 1)?.checked_sub_signed(Duration::seconds(1))
}

/// The instant a wall clock in `zone` shows `local`. An hour that a clock change repeats is the first of the
/// two; one that it skips is moved forward.
pub(crate) fn to_utc(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    if let Some(at) = zone.from_local_datetime(&local).earliest() {
        return at.with_timezone(&Utc);
    }
    let later = local.checked_add_signed(Duration::hours(1)).unwrap_or(local);
    match zone.from_local_datetime(&later).earliest() {
        Some(at) => at.with_timezone(&Utc),
        None => Utc.from_utc_datetime(&local),
    }
}

/// What a wall clock in `zone` shows at `at`.
pub(crate) fn to_local(zone: Tz, at: NaiveDateTime) -> NaiveDateTime {
    zone.from_utc_datetime(&at).naive_local()
}

/// A part of a date as a number, for `DATEPART`: Monday is 1, January is 1, weeks are ISO weeks.
pub(crate) fn part_of(part: &str, at: NaiveDateTime) -> Option<i64> {
    Some(match part {
        "dayofweek" => i64::from(at.weekday().number_from_monday()),
        "month" => i64::from(at.month()),
        "quarter" => i64::from(at.month0() / 3 + 1),
        "year" => i64::from(at.year()),
        "week" => i64::from(at.iso_week().week()),
        "hour" => i64::from(at.hour()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").unwrap()
    }

    #[test]
    fn units_begin_and_end() {
        let cases = [
            (Unit::Minute, "2024-05-15 13:14:00", "2024-05-15 13:14:59"),
            (Unit::Hour, "2024-05-15 13:00:00", "2024-05-15 13:59:59"),
            (Unit::Day, "2024-05-15 00:00:00", "2024-05-15 23:59:59"),
            (Unit::Week, "2024-05-13 00:00:00", "2024-05-19 23:59:59"),
            (Unit::Month, "2024-05-01 00:00:00", "2024-05-31 23:59:59"),
            (Unit::Quarter, "2024-04-01 00:00:00", "2024-06-30 23:59:59"),
            (Unit::Year, "2024-01-01 00:00:00", "2024-12-31 23:59:59"),
        ];
        for (unit, start, end) in cases {
            let now = at("2024-05-15 13:14:15");
            assert_eq!(start_of(unit, now), at(start), "{unit:?}");
            assert_eq!(end_of(unit, now), Some(at(end)), "{unit:?}");
            assert_eq!(Unit::parse(unit.name()), Some(unit));
        }
    }

    #[test]
    fn a_step_beyond_the_calendar_is_none() {
        assert_eq!(shift(Unit::Year, at("2024-05-15 00:00:00"), 999_999), None);
        assert_eq!(shift(Unit::Day, at("2024-05-15 00:00:00"), i64::MAX), None);
        assert_eq!(shift(Unit::Month, at("2024-03-31 00:00:00"), -1), Some(at("2024-02-29 00:00:00")));
    }

    #[test]
    fn clock_changes_have_an_answer() {
        let zone = chrono_tz::US::Pacific;
        assert_eq!(to_utc(zone, at("2024-03-10 02:30:00")).naive_utc(), at("2024-03-10 10:30:00"));
        assert_eq!(to_utc(zone, at("2024-11-03 01:30:00")).naive_utc(), at("2024-11-03 08:30:00"));
    }
}
