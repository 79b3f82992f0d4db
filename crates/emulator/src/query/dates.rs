//! Dates: spans, relative moments, parts, and comparison with another field of the row.

use super::compare::{both, negative, order};
use super::operand::moment;
use super::{Compiler, Field, Predicate, Scope};
use crate::schema::Kind;
use crate::value::calendar::{self, Unit};
use crate::value::script;

/// `SAMEASother` and `SAMEASother@day`
pub(crate) fn same(
    compiler: &mut Compiler<'_>,
    scope: &mut Scope,
    field: &Field,
    comparison: &str,
    text: &str,
) -> Predicate {
    let (path, unit) = match text.split_once('@') {
        Some((path, unit)) => (path, Some(unit)),
        None => (text, None),
    };
    let Some(other) = scope.field(compiler, path) else { return Predicate::Invalid };
    let Some(unit) = unit.filter(|unit| !unit.is_empty()) else {
        return Predicate::Sql(format!("{} {comparison} {}", field.sql, other.sql));
    };
    let Some(unit) = Unit::parse(unit).filter(|_| is_dated(field) && is_dated(&other)) else {
        return Predicate::Invalid;
    };
    let left = truncated(compiler, field, unit);
    let right = truncated(compiler, &other, unit);
    Predicate::Sql(format!("{left} {comparison} {right}"))
}

/// The start of the unit a date lies in, by the caller's calendar.
fn truncated(compiler: &mut Compiler<'_>, field: &Field, unit: Unit) -> String {
    let zone = zone_of(compiler, field);
    format!("date_unit({}, {}, {zone})", field.sql, compiler.bind(unit.name().to_owned()))
}

/// The zone a column's values are turned to before their calendar is read; dates have none.
fn zone_of(compiler: &mut Compiler<'_>, field: &Field) -> String {
    let zone = if field.column.kind == Kind::Date { chrono_tz::UTC } else { compiler.caller.zone };
    compiler.bind(zone.name().to_owned())
}

/// `GT_FIELD` and its kin.
pub(crate) fn against_field(
    compiler: &mut Compiler<'_>,
    scope: &mut Scope,
    field: &Field,
    comparison: &str,
    path: &str,
) -> Predicate {
    match scope.field(compiler, path) {
        Some(other) => Predicate::Sql(format!("{} {comparison} {}", field.sql, other.sql)),
        None => Predicate::Invalid,
    }
}

/// `MORETHANother@day@before@1`: further apart than that; `LESSTHAN`: closer.
pub(crate) fn apart(
    compiler: &mut Compiler<'_>,
    scope: &mut Scope,
    field: &Field,
    text: &str,
    further: bool,
) -> Predicate {
    let [path, unit, side, count] = text.split('@').collect::<Vec<_>>()[..] else {
        return Predicate::Invalid;
    };
    let (Some(other), Some(unit), Ok(count)) =
        (scope.field(compiler, path), Unit::parse(unit), count.parse::<u32>())
    else {
        return Predicate::Invalid;
    };
    if !is_dated(field) || !is_dated(&other) {
        return Predicate::Invalid;
    }
    let mut side_of = |sign, beyond, within| {
        let step = step(unit, count, sign);
        one_side(compiler, field, &other, step, beyond, within, further)
    };
    Predicate::Sql(match side {
        "before" => side_of('-', "<", ">"),
        "after" => side_of('+', ">", "<"),
        "before or after" => format!("({} OR {})", side_of('-', "<", ">"), side_of('+', ">", "<")),
        _ => return Predicate::Invalid,
    })
}

/// A step as SQLite's date functions take it.
fn step(unit: Unit, count: u32, sign: char) -> String {
    let (count, name) = match unit {
        Unit::Minute => (i64::from(count), "minutes"),
        Unit::Hour => (i64::from(count), "hours"),
        Unit::Day => (i64::from(count), "days"),
        Unit::Week => (i64::from(count) * 7, "days"),
        Unit::Month => (i64::from(count), "months"),
        Unit::Quarter => (i64::from(count) * 3, "months"),
        Unit::Year => (i64::from(count), "years"),
    };
    format!("{sign}{count} {name}")
}

fn one_side(
    compiler: &mut Compiler<'_>,
    field: &Field,
    other: &Field,
    step: String,
    beyond: &str,
    within: &str,
    further: bool,
) -> String {
    // Dates compare as their midnights.
    let here = format!("datetime({})", field.sql);
    let limit = format!("datetime({}, {})", other.sql, compiler.bind(step));
    if further {
        return format!("{here} {beyond} {limit}");
    }
    format!("({here} {within} {limit} AND {here} {beyond}= datetime({}))", other.sql)
}

/// `ONlabel@start@end`, or a label alone.
pub(crate) fn on(compiler: &mut Compiler<'_>, field: &Field, text: &str, inside: bool) -> Predicate {
    if !is_dated(field) {
        return Predicate::Never;
    }
    let predicate = match text.split('@').collect::<Vec<_>>()[..] {
        [_, start, end] => both(order(compiler, field, ">=", start), order(compiler, field, "<=", end)),
        [label] => match script::labelled_span(label, &compiler.caller) {
            Some((start, end)) => Predicate::Sql(span(compiler, field, start, end)),
            None => return Predicate::Invalid,
        },
        _ => return Predicate::Invalid,
    };
    match predicate {
        Predicate::Sql(sql) if !inside => negative(compiler, field, format!("NOT {sql}")),
        other => other,
    }
}

fn span(
    compiler: &mut Compiler<'_>,
    field: &Field,
    start: chrono::NaiveDateTime,
    end: chrono::NaiveDateTime,
) -> String {
    let (start, end) = (moment(compiler, field, start), moment(compiler, field, end));
    let (start, end) = (compiler.bind(start), compiler.bind(end));
    format!("({} >= {start} AND {} <= {end})", field.sql, field.sql)
}

/// `RELATIVEGT@hour@ago@2`: a moment counted from now.
pub(crate) fn relative(
    compiler: &mut Compiler<'_>,
    field: &Field,
    comparison: &str,
    text: &str,
) -> Predicate {
    if !is_dated(field) {
        return Predicate::Never;
    }
    let Some((_, local)) = counted(compiler, text) else { return Predicate::Invalid };
    let at = calendar::to_utc(compiler.caller.zone, local).naive_utc();
    let at = moment(compiler, field, at);
    Predicate::Sql(format!("{} {comparison} {}", field.sql, compiler.bind(at)))
}

/// `RELATIVEEE@dayofweek@ago@3`: within the unit that lies there.
pub(crate) fn relative_on(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    if !is_dated(field) {
        return Predicate::Never;
    }
    let Some((unit, local)) = counted(compiler, text) else { return Predicate::Invalid };
    let Some(end) = calendar::end_of(unit, local) else { return Predicate::Invalid };
    let utc = |local| calendar::to_utc(compiler.caller.zone, local).naive_utc();
    let (start, end) = (utc(calendar::start_of(unit, local)), utc(end));
    Predicate::Sql(span(compiler, field, start, end))
}

/// The unit, and where the caller's clock stood or will stand.
fn counted(compiler: &Compiler<'_>, text: &str) -> Option<(Unit, chrono::NaiveDateTime)> {
    let mut parts = text.trim_start_matches('@').split('@');
    let unit = Unit::parse(parts.next()?)?;
    let ahead = match parts.next()? {
        "ago" => -1,
        "ahead" => 1,
        _ => return None,
    };
    let count = i64::from(parts.next()?.parse::<u32>().ok()?) * ahead;
    let now = compiler.caller.now.naive_utc();
    let zone = compiler.caller.zone;
    let local = match unit {
        Unit::Minute | Unit::Hour => calendar::to_local(zone, calendar::shift(unit, now, count)?),
        _ => calendar::shift(unit, calendar::to_local(zone, now), count)?,
    };
    Some((unit, local))
}

/// `DATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')`
pub(crate) fn part(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    if !is_dated(field) {
        return Predicate::Never;
    }
    let Some((part, number, comparison)) = date_part(text) else { return Predicate::Invalid };
    let zone = zone_of(compiler, field);
    let part = compiler.bind(part.to_owned());
    Predicate::Sql(format!("date_part({}, {part}, {zone}) {comparison} {}", field.sql, compiler.bind(number)))
}

fn date_part(text: &str) -> Option<(&'static str, i64, &'static str)> {
    let (_, code) = text.split_once("javascript:")?;
    let inner = code.trim().trim_end_matches(';').strip_prefix("gs.datePart(")?.strip_suffix(')')?;
    let arguments = script::arguments(inner)?;
    let [part, value, comparison] = arguments.as_slice() else { return None };
    let comparison = match comparison.as_str() {
        "EE" => "=",
        "GE" => ">=",
        "LE" => "<=",
        "GT" => ">",
        "LT" => "<",
        _ => return None,
    };
    let value = value.to_ascii_lowercase();
    let named = |names: &[&str]| names.iter().position(|name| *name == value).map(|at| at as i64 + 1);
    let (part, by_name) = match part.as_str() {
        "dayofweek" => ("dayofweek", named(&DAYS)),
        "month" => ("month", named(&MONTHS)),
        "quarter" => ("quarter", None),
        "year" => ("year", None),
        "week" => ("week", None),
        "hour" => ("hour", None),
        _ => return None,
    };
    Some((part, by_name.or_else(|| value.parse().ok())?, comparison))
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn is_dated(field: &Field) -> bool {
    matches!(field.column.kind, Kind::DateTime | Kind::Date)
}
