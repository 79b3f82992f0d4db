//! One segment to one term.

use super::{Condition, Join, Operand, Operator, Query, RelatedList, Term};

/// A term, or the head of one that goes on in the segments that follow.
pub(super) enum Read {
    Term(Term),
    /// The head of a related-list query, and the first of its conditions where it stands in the head.
    Related(RelatedList, Option<String>),
    MalformedRelated,
}

/// Reads a segment without its connector. `None` for an empty one.
pub(super) fn read(text: &str) -> Option<Read> {
    if text.is_empty() {
        return None;
    }
    if let Some(head) = text.strip_prefix("RLQUERY") {
        return Some(match related(head) {
            Some((related, first)) => Read::Related(related, first),
            None => Read::MalformedRelated,
        });
    }
    let term = if let Some(rest) = text.strip_prefix("JOIN") {
        join(rest).map(Term::Join)
    } else if let Some(words) = text.strip_prefix("123TEXTQUERY321=") {
        Some(Term::Text(words.to_owned()))
    } else {
        condition(text).map(Term::Condition)
    };
    Some(Read::Term(term.unwrap_or_else(|| Term::Invalid(text.to_owned()))))
}

/// `field OPERATOR value`: the longest lower-case path, then the longest operator there. Only where there is
/// none does the path go on over upper-case letters (custom columns may have them).
pub(super) fn condition(text: &str) -> Option<Condition> {
    let path = text.bytes().take_while(|&byte| is_path(byte)).count();
    let lower = text.bytes().take_while(|&byte| is_path(byte) && !byte.is_ascii_uppercase()).count();
    for end in lower.max(1)..=path {
        if let Some((operator, length)) = Operator::at_start(&text[end..]) {
            let value = match operator.operand() {
                Operand::None => "",
                _ => &text[end + length..],
            };
            return Some(Condition { field: text[..end].to_owned(), operator, value: value.to_owned() });
        }
    }
    None
}

/// `table.field,OPcount[,m2m][,condition]`.
fn related(head: &str) -> Option<(RelatedList, Option<String>)> {
    let mut parts = head.splitn(3, ',');
    let (table, field) = column(parts.next()?)?;
    let (comparison, length) = Operator::at_start(parts.clone().next()?)?;
    let digits = &parts.next()?[length..];
    if !is_comparison(comparison) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse().ok()?;
    let rest = parts.next();
    let (many_to_many, first) = match rest.and_then(|rest| rest.strip_prefix("m2m")) {
        Some("") => (true, None),
        Some(more) if more.starts_with(',') => (true, Some(more[1..].to_owned())),
        _ => (false, rest.map(str::to_owned)),
    };
    let conditions = Box::new(Query::default());
    Some((RelatedList { table, field, comparison, count, many_to_many, conditions }, first))
}

fn is_comparison(operator: Operator) -> bool {
    use Operator::*;
    matches!(operator, Is | IsNot | LessThan | LessOrEqual | GreaterThan | GreaterOrEqual)
}

/// `table.field=other.field[!condition]`; an empty condition is none.
fn join(text: &str) -> Option<Join> {
    let (columns, condition_text) = match text.split_once('!') {
        Some((columns, condition)) => (columns, Some(condition).filter(|condition| !condition.is_empty())),
        None => (text, None),
    };
    let (left, right) = columns.split_once('=')?;
    let (table, field) = column(left)?;
    let (other_table, other_field) = column(right)?;
    let condition = match condition_text {
        Some(text) => Some(condition(text)?),
        None => None,
    };
    Some(Join { table, field, other_table, other_field, condition })
}

/// `table.field`, both of path characters; the field may dot-walk.
fn column(text: &str) -> Option<(String, String)> {
    let (table, field) = text.split_once('.')?;
    let valid = |name: &str| !name.is_empty() && name.bytes().all(is_path);
    (valid(table) && valid(field)).then(|| (table.to_owned(), field.to_owned()))
}

fn is_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.'
}
