//! The `javascript:` values a query may hold: the date functions and the caller's identity.
//!
//! There is no interpreter here. One call of a known function is evaluated; anything else has no value, and
//! the term that holds it counts as invalid.

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;

use super::calendar::{self, Unit};
use super::period::Period;
use super::{duration, literal};

/// Who asks, and when: what the functions depend on.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    pub(crate) now: DateTime<Utc>,
    pub(crate) zone: Tz,
    pub(crate) user_id: &'a str,
    pub(crate) user_name: &'a str,
    pub(crate) name: &'a str,
}

/// What a script came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Evaluated {
    /// A moment.
    Instant(NaiveDateTime),
    /// Any other text.
    Text(String),
    /// The groups the caller is a member of.
    Groups,
}

/// The script of a value, if it is one.
pub(crate) fn script(value: &str) -> Option<&str> {
    value.strip_prefix("javascript:").map(|script| script.trim().trim_end_matches(';'))
}

/// Evaluates one call; `None` for what is not known.
pub(crate) fn evaluate(script: &str, caller: &Caller<'_>) -> Option<Evaluated> {
    let call = script.strip_prefix("gs.").unwrap_or(script);
    let identity = match call {
        "getUserID()" | "getUser().getID()" => Some(Evaluated::Text(caller.user_id.to_owned())),
        "getUserName()" | "getUser().getName()" => Some(Evaluated::Text(caller.user_name.to_owned())),
        "getUserDisplayName()" | "getUser().getDisplayName()" => {
            Some(Evaluated::Text(caller.name.to_owned()))
        }
        "getMyGroups()" | "getUser().getMyGroups()" => Some(Evaluated::Groups),
        _ => None,
    };
    if identity.is_some() {
        return identity;
    }
    let (name, rest) = call.split_once('(')?;
    let arguments = arguments(rest.strip_suffix(')')?)?;
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    function(name, &arguments, caller)
}

fn function(name: &str, arguments: &[&str], caller: &Caller<'_>) -> Option<Evaluated> {
    let local = calendar::to_local(caller.zone, caller.now.naive_utc());
    let instant =
        |local: NaiveDateTime| Some(Evaluated::Instant(calendar::to_utc(caller.zone, local).naive_utc()));
    match (name, arguments) {
        ("now", []) => Some(Evaluated::Text(local.format(literal::DATE).to_string())),
        ("nowDateTime", []) => Some(Evaluated::Instant(caller.now.naive_utc())),
        ("getDurationDate", [text]) => duration::stored(duration::parse(text)?).map(Evaluated::Text),
        ("dateGenerate", [day, clock]) => instant(generate(day, clock)?),
        ("dateGenerate", [day]) => instant(literal::date_time(day)?),
        (_, []) => instant(bound(name, local)?),
        (_, [count]) => ago(name, count.parse().ok()?, local, caller),
        _ => None,
    }
}

/// `gs.dateGenerate('2024-01-31','end')`
fn generate(day: &str, clock: &str) -> Option<NaiveDateTime> {
    let day = literal::date(day)?;
    match clock {
        "start" => day.and_hms_opt(0, 0, 0),
        "end" => day.and_hms_opt(23, 59, 59),
        _ => Some(day.and_time(literal::time(clock)?)),
    }
}

/// `beginningOfLastMonth`, `endOfToday` and their kind.
fn bound(name: &str, local: NaiveDateTime) -> Option<NaiveDateTime> {
    match name.strip_prefix("beginningOf") {
        Some(period) => Period::parse(period)?.start(local),
        None => Period::parse(name.strip_prefix("endOf")?)?.end(local),
    }
}

/// The span that a list's label names: `Today`, `Last month`.
pub(crate) fn labelled_span(label: &str, caller: &Caller<'_>) -> Option<(NaiveDateTime, NaiveDateTime)> {
    let local = calendar::to_local(caller.zone, caller.now.naive_utc());
    let joined: String = label.split(' ').map(capitalized).collect();
    let utc = |local| calendar::to_utc(caller.zone, local).naive_utc();
    let (start, end) = match literal::date_time(label) {
        Some(day) => (calendar::start_of(Unit::Day, day), calendar::end_of(Unit::Day, day)?),
        None => {
            let period = Period::parse(&joined)?;
            (period.start(local)?, period.end(local)?)
        }
    };
    Some((utc(start), utc(end)))
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// `hoursAgo(2)`, `daysAgoStart(1)`, `monthsAgoEnd(3)`; a negative count lies ahead.
fn ago(name: &str, count: i64, local: NaiveDateTime, caller: &Caller<'_>) -> Option<Evaluated> {
    let (units, rest) = name.split_once("Ago")?;
    let unit = match units {
        "minutes" => Unit::Minute,
        "hours" => Unit::Hour,
        "days" => Unit::Day,
        "weeks" => Unit::Week,
        "months" => Unit::Month,
        "quarters" => Unit::Quarter,
        "years" => Unit::Year,
        _ => return None,
    };
    let step = count.checked_neg()?;
    // Hours pass at the same pace whatever the clocks do; days keep the time of day.
    if rest.is_empty() && matches!(unit, Unit::Minute | Unit::Hour) {
        return calendar::shift(unit, caller.now.naive_utc(), step).map(Evaluated::Instant);
    }
    let there = calendar::shift(unit, local, step)?;
    let at = match rest {
        "" => there,
        "Start" => calendar::start_of(unit, there),
        "End" => calendar::end_of(unit, there)?,
        _ => return None,
    };
    Some(Evaluated::Instant(calendar::to_utc(caller.zone, at).naive_utc()))
}

/// Splits `'a','b',3`: quoted strings and bare numbers only.
pub(crate) fn arguments(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for argument in text.split(',').map(str::trim).filter(|argument| !argument.is_empty()) {
        let quoted = ['\'', '"'].iter().find_map(|&quote| argument.strip_prefix(quote)?.strip_suffix(quote));
        match quoted {
            Some(inner) => found.push(inner.to_owned()),
            None if argument.parse::<i64>().is_ok() => found.push(argument.to_owned()),
            None => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    fn caller() -> Caller<'static> {
        Caller {
            now: Utc.with_ymd_and_hms(2024, 5, 15, 18, 30, 0).unwrap(), // Wednesday 11:30 in Los Angeles
            zone: chrono_tz::US::Pacific,
            user_id: "u1",
            user_name: "abel",
            name: "Abel Tuter",
        }
    }

    #[test]
    fn functions_in_the_callers_zone() {
        let cases = [
            ("gs.nowDateTime()", "2024-05-15 18:30:00"),
            ("gs.beginningOfToday()", "2024-05-15 07:00:00"),
            ("gs.endOfToday();", "2024-05-16 06:59:59"),
            ("gs.beginningOfYesterday()", "2024-05-14 07:00:00"),
            ("gs.endOfTomorrow()", "2024-05-17 06:59:59"),
            ("gs.beginningOfThisWeek()", "2024-05-13 07:00:00"),
            ("gs.beginningOfLastMonth()", "2024-04-01 07:00:00"),
            ("gs.endOfLastMonth()", "2024-05-01 06:59:59"),
            ("gs.beginningOfThisYear()", "2024-01-01 08:00:00"),
            ("gs.endOfNextQuarter()", "2024-10-01 06:59:59"),
            ("gs.hoursAgo(2)", "2024-05-15 16:30:00"),
            ("gs.minutesAgo(-15)", "2024-05-15 18:45:00"),
            ("gs.daysAgo(1)", "2024-05-14 18:30:00"),
            ("gs.daysAgoStart(1)", "2024-05-14 07:00:00"),
            ("gs.daysAgoEnd(1)", "2024-05-15 06:59:59"),
            ("gs.monthsAgo(3)", "2024-02-15 19:30:00"),
            ("gs.quartersAgoStart(1)", "2024-01-01 08:00:00"),
            ("gs.yearsAgoEnd(1)", "2024-01-01 07:59:59"),
            ("gs.dateGenerate('2024-01-31','08:00:00')", "2024-01-31 16:00:00"),
            ("gs.dateGenerate('2024-01-31','start')", "2024-01-31 08:00:00"),
            ("gs.dateGenerate('2024-01-31','end')", "2024-02-01 07:59:59"),
        ];
        for (text, expected) in cases {
            let text = script(&format!("javascript:{text}")).unwrap().to_owned();
            let Some(Evaluated::Instant(at)) = evaluate(&text, &caller()) else { panic!("{text}") };
            assert_eq!(at.format(literal::DATE_TIME).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn identity_and_text() {
        let text = |value: &str| Some(Evaluated::Text(value.to_owned()));
        assert_eq!(evaluate("gs.getUserID()", &caller()), text("u1"));
        assert_eq!(evaluate("gs.getUserName()", &caller()), text("abel"));
        assert_eq!(evaluate("gs.now()", &caller()), text("2024-05-15"));
        assert_eq!(evaluate("gs.getDurationDate('0 8:0:0')", &caller()), text("1970-01-01 08:00:00"));
        assert_eq!(evaluate("gs.getUser().getMyGroups()", &caller()), Some(Evaluated::Groups));
    }

    #[test]
    fn anything_else_has_no_value() {
        for script in [
            "gs.sleep(1)",
            "new GlideRecord('x')",
            "gs.daysAgo(x)",
            "gs.daysAgo(99999999999999999999)",
            "gs.beginningOfTime()",
            "1+1",
            "",
            "gs.daysAgoMiddle(1)",
        ] {
            assert_eq!(evaluate(script, &caller()), None, "{script}");
        }
    }
}
