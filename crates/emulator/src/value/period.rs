//! Named spans of the calendar: `Today`, `LastMonth`, `Last7Days`.

use chrono::NaiveDateTime;

use super::calendar::{self, Unit};

/// Some steps in a row, counted from the current one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    /// Its edges are those of this unit.
    unit: Unit,
    step: Unit,
    first: i64,
    last: i64,
}

impl Period {
    /// The span of that name, as the date functions spell it.
    pub(crate) fn parse(name: &str) -> Option<Period> {
        let one = |unit, count| Some(Period { unit, step: unit, first: count, last: count });
        match name {
            "Today" => return one(Unit::Day, 0),
            "Yesterday" => return one(Unit::Day, -1),
            "Tomorrow" => return one(Unit::Day, 1),
            // From that day to today: lists of "One year ago" are meant to show what came since.
            "OneYearAgo" => return Some(Period { unit: Unit::Day, step: Unit::Year, first: -1, last: 0 }),
            _ => {}
        }
        for (prefix, step) in [("This", 0), ("Current", 0), ("Last", -1), ("Next", 1)] {
            if let Some(unit) = name.strip_prefix(prefix) {
                return match unit.find(|letter: char| !letter.is_ascii_digit())? {
                    0 => one(unit_named(unit)?, step),
                    digits => several(&unit[..digits], &unit[digits..], step),
                };
            }
        }
        None
    }

    /// Its first second, on the clock that shows `local`.
    pub(crate) fn start(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        calendar::shift(self.step, calendar::start_of(self.unit, local), self.first)
    }

    /// Its last second.
    pub(crate) fn end(self, local: NaiveDateTime) -> Option<NaiveDateTime> {
        let last = calendar::shift(self.step, calendar::start_of(self.unit, local), self.last)?;
        calendar::end_of(self.unit, last)
    }
}

/// `Last7Days` begins seven days back and ends with today; `Next7Days` the other way. Of years the current one counts:
/// `Last2Years` begins with last year (KB3032550).
fn several(count: &str, units: &str, step: i64) -> Option<Period> {
    let count: i64 = count.parse().ok()?;
    let unit = unit_named(units.strip_suffix('s')?)?;
    let back = if unit == Unit::Year { (count - 1).max(0) } else { count };
    match step {
        -1 => Some(Period { unit, step: unit, first: -back, last: 0 }),
        1 => Some(Period { unit, step: unit, first: 0, last: count }),
        _ => None,
    }
}

fn unit_named(name: &str) -> Option<Unit> {
    Some(match name {
        "Minute" => Unit::Minute,
        "Hour" => Unit::Hour,
        "Day" => Unit::Day,
        "Week" => Unit::Week,
        "Month" => Unit::Month,
        "Quarter" => Unit::Quarter,
        "Year" => Unit::Year,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::literal;

    #[test]
    fn spans_by_name() {
        let now = literal::date_time("2024-05-15 11:30:15").unwrap(); // a Wednesday
        let cases = [
            ("Today", "2024-05-15 00:00:00", "2024-05-15 23:59:59"),
            ("Yesterday", "2024-05-14 00:00:00", "2024-05-14 23:59:59"),
            ("ThisWeek", "2024-05-13 00:00:00", "2024-05-19 23:59:59"),
            ("NextWeek", "2024-05-20 00:00:00", "2024-05-26 23:59:59"),
            ("LastMonth", "2024-04-01 00:00:00", "2024-04-30 23:59:59"),
            ("LastQuarter", "2024-01-01 00:00:00", "2024-03-31 23:59:59"),
            ("NextYear", "2025-01-01 00:00:00", "2025-12-31 23:59:59"),
            ("CurrentHour", "2024-05-15 11:00:00", "2024-05-15 11:59:59"),
            ("LastHour", "2024-05-15 10:00:00", "2024-05-15 10:59:59"),
            ("Last15Minutes", "2024-05-15 11:15:00", "2024-05-15 11:30:59"),
            ("Last7Days", "2024-05-08 00:00:00", "2024-05-15 23:59:59"),
            ("Last3Months", "2024-02-01 00:00:00", "2024-05-31 23:59:59"),
            ("Last2Years", "2023-01-01 00:00:00", "2024-12-31 23:59:59"),
            ("OneYearAgo", "2023-05-15 00:00:00", "2024-05-15 23:59:59"),
            ("Next2Quarters", "2024-04-01 00:00:00", "2024-12-31 23:59:59"),
        ];
        for (name, start, end) in cases {
            let period = Period::parse(name).unwrap();
            assert_eq!(period.start(now), literal::date_time(start), "{name}");
            assert_eq!(period.end(now), literal::date_time(end), "{name}");
        }
    }

    #[test]
    fn other_names_are_none() {
        for name in
            ["", "Last", "LastFortnight", "This7Days", "Last7", "Last99999999999999999999Days", "Last7Day"]
        {
            assert_eq!(Period::parse(name), None, "{name}");
        }
    }
}
