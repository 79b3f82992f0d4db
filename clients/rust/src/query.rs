//! Queries with less typing than the messages need.

use crate::pb;
use crate::pb::query::Filter as Kind;
use crate::pb::{Clause, Condition, DisplayMode, Filter, Group, Operator, Order, Term};

/// Which records to read, in which order, which columns, and how they are paged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    message: pb::Query,
    pub(crate) page_size: i32,
    pub(crate) resume_token: String,
}

impl Query {
    /// All records and columns.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// ServiceNow's own text, as "active=true^priority=1".
    pub fn encoded(text: impl Into<String>) -> Self {
        Self::from(pb::Query { filter: Some(Kind::Encoded(text.into())), ..Default::default() })
    }

    /// A tree, for everything that the text can say.
    #[must_use]
    pub fn tree(filter: Filter) -> Self {
        Self::from(pb::Query { filter: Some(Kind::Tree(filter)), ..Default::default() })
    }

    /// Only records whose field has this value, beside what is asked already.
    #[must_use]
    pub fn is(mut self, field: impl Into<String>, value: impl Into<String>) -> Self {
        let (field, value) = (field.into(), value.into());
        self.message.filter = Some(match self.message.filter.take() {
            None => Kind::Tree(Filter { groups: vec![group(condition(field, Operator::Is, value))] }),
            Some(Kind::Tree(filter)) => Kind::Tree(narrowed(filter, &condition(field, Operator::Is, value))),
            Some(Kind::Encoded(text)) => Kind::Encoded(appended(&text, &field, &value)),
        });
        self
    }

    /// Smallest first, after the keys already given.
    #[must_use]
    pub fn order_by(self, field: impl Into<String>) -> Self {
        self.ordered(field.into(), false)
    }

    /// Largest first, after the keys already given.
    #[must_use]
    pub fn order_by_desc(self, field: impl Into<String>) -> Self {
        self.ordered(field.into(), true)
    }

    /// Only these columns, dot-walked where they have dots; sys_id always comes along.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.message.fields = fields.into_iter().map(Into::into).collect();
        self
    }

    /// At most so many records in all. 0 is no limit.
    #[must_use]
    pub fn limit(mut self, limit: i64) -> Self {
        self.message.limit = limit;
        self
    }

    /// How values are shown.
    #[must_use]
    pub fn display(mut self, mode: DisplayMode) -> Self {
        self.message.display = mode.into();
        self
    }

    /// At most so many records in a page. 0 is the gateway's choice.
    #[must_use]
    pub fn page_size(mut self, size: i32) -> Self {
        self.page_size = size;
        self
    }

    /// Goes on after the page whose token this is; the rest of the query must be the same.
    #[must_use]
    pub fn resume_from(mut self, token: impl Into<String>) -> Self {
        self.resume_token = token.into();
        self
    }

    /// Whether an order is asked for, by a key or by the text: such a query is paged, others are streamed.
    #[must_use]
    pub fn is_ordered(&self) -> bool {
        let in_text = match &self.message.filter {
            Some(Kind::Encoded(text)) => {
                segments(text).iter().any(|one| one.trim_start_matches("NQ").starts_with("ORDERBY"))
            }
            _ => false,
        };
        in_text || !self.message.order_by.is_empty()
    }

    /// The message to send.
    #[must_use]
    pub fn into_message(self) -> pb::Query {
        self.message
    }

    fn ordered(mut self, field: String, descending: bool) -> Self {
        self.message.order_by.push(Order { field, descending });
        self
    }
}

impl From<pb::Query> for Query {
    fn from(message: pb::Query) -> Self {
        Self { message, ..Self::default() }
    }
}

impl From<&str> for Query {
    /// The same as [`Query::encoded`].
    fn from(text: &str) -> Self {
        Self::encoded(text)
    }
}

/// One condition, as a clause of a tree.
pub fn condition(field: impl Into<String>, operator: Operator, value: impl Into<String>) -> Clause {
    let condition = Condition { field: field.into(), operator: operator.into(), value: value.into() };
    Clause { any_of: vec![Term { term: Some(pb::term::Term::Condition(condition)) }] }
}

fn group(clause: Clause) -> Group {
    Group { clauses: vec![clause] }
}

/// Groups are alternatives, so each gets the clause.
fn narrowed(mut filter: Filter, clause: &Clause) -> Filter {
    if filter.groups.is_empty() {
        filter.groups.push(Group::default());
    }
    for group in &mut filter.groups {
        group.clauses.push(clause.clone());
    }
    filter
}

/// The same for text: at the end of each alternative. One without terms is none, unless it is the only one.
fn appended(text: &str, field: &str, value: &str) -> String {
    let condition = format!("{field}={}", value.replace('^', "^^"));
    let mut whole: Vec<&str> = Vec::new();
    let (mut nested, mut has_terms, mut is_narrowed) = (0_usize, false, false);
    for segment in segments(text) {
        let (begins, term) = match segment.strip_prefix("NQ") {
            Some(rest) if nested == 0 => (true, rest.trim_start_matches("NQ")),
            _ => (false, segment),
        };
        if begins && has_terms {
            whole.push(&condition);
            is_narrowed = true;
        }
        has_terms = is_term(term) || (has_terms && !begins);
        match term.trim_start_matches("NQ").trim_start_matches("OR") {
            one if one.starts_with("RLQUERY") => nested += 1,
            "ENDRLQUERY" => nested = nested.saturating_sub(1),
            _ => {}
        }
        // What follows ^EQ would not count.
        if !segment.is_empty() && segment != "EQ" {
            whole.push(segment);
        }
    }
    // One that was left open would take the condition for its own.
    whole.extend(std::iter::repeat_n("ENDRLQUERY", nested));
    if has_terms || !is_narrowed {
        whole.push(&condition);
    }
    whole.join("^")
}

/// Orders and the like restrict nothing.
fn is_term(segment: &str) -> bool {
    let others = ["ORDERBY", "GROUPBY", "123TEXTINDEXGROUP321="];
    !segment.is_empty() && segment != "EQ" && !others.iter().any(|other| segment.starts_with(other))
}

/// What is between single carets; two of them are one that is meant.
fn segments(text: &str) -> Vec<&str> {
    let mut segments = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find('^') {
        let caret = at + found;
        if text[caret + 1..].starts_with('^') {
            at = caret + 2;
        } else {
            segments.push(&text[start..caret]);
            at = caret + 1;
            start = at;
        }
    }
    segments.push(&text[start..]);
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_join_every_alternative() {
        let cases = [
            ("", "priority=1"),
            ("active=true", "active=true^priority=1"),
            ("a=1^NQb=2", "a=1^priority=1^NQb=2^priority=1"),
            ("a=1^EQ", "a=1^priority=1"),
            ("a=x^^NQb=2", "a=x^^NQb=2^priority=1"),
            ("RLQUERYt.f,>1^x=1^NQy=2^ENDRLQUERY", "RLQUERYt.f,>1^x=1^NQy=2^ENDRLQUERY^priority=1"),
        ];
        for (text, expected) in cases {
            let query = Query::encoded(text).is("priority", "1");
            assert_eq!(query, Query::encoded(expected), "{text}");
        }
        assert_eq!(Query::encoded("a=1").is("b", "x^y"), Query::encoded("a=1^b=x^^y"));
    }

    #[test]
    fn conditions_without_text_are_a_tree() {
        let query = Query::new().is("active", "true").is("priority", "1");
        let clauses =
            vec![condition("active", Operator::Is, "true"), condition("priority", Operator::Is, "1")];
        assert_eq!(query, Query::tree(Filter { groups: vec![Group { clauses }] }));
    }

    #[test]
    fn knows_an_order() {
        let cases = [
            (Query::new(), false),
            (Query::new().order_by("number"), true),
            (Query::encoded("active=true^ORDERBYnumber"), true),
            (Query::encoded("ORDERBYDESCnumber"), true),
            (Query::encoded("short_description=^^ORDERBYnumber"), false),
        ];
        for (query, expected) in cases {
            assert_eq!(query.is_ordered(), expected, "{query:?}");
        }
    }
}
