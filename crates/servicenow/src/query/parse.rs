//! Text to tree.
//!
//! One pass over the segments between `^`, each looked at a bounded number of times; nesting of related-list
//! queries is bounded by [`MAX_NESTING`]. There is no error: see the parent module for what becomes of text
//! that is not understood.

use std::convert::Infallible;
use std::str::FromStr;

use super::segment::Segments;
use super::term::{self, Read};
use super::{Alternative, Clause, Order, Query, Term};

/// How deep related-list queries may stand in one another; a deeper one is kept as [`Term::Invalid`].
pub const MAX_NESTING: usize = 8;

impl Query {
    /// Reads an encoded query (not percent-encoded: see the `sysparm_query` of a URL after decoding).
    pub fn parse(text: &str) -> Query {
        read_query(&mut Segments::new(text), None, 0)
    }
}

impl FromStr for Query {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Query, Infallible> {
        Ok(Query::parse(text))
    }
}

/// Reads segments up to the end of the text, or inside a related list (`depth > 0`) up to its `ENDRLQUERY`.
/// `first` is a segment that comes before the next one.
pub(super) fn read_query(segments: &mut Segments<'_>, first: Option<&str>, depth: usize) -> Query {
    let mut reader = Reader { query: Query::default(), open: Alternative::default(), depth };
    if let Some(segment) = first {
        reader.segment(segment, segments);
    }
    while let Some(segment) = segments.next() {
        if depth > 0 && segment == "ENDRLQUERY" {
            break;
        }
        reader.segment(&segment, segments);
    }
    reader.finish()
}

/// What has been read so far.
struct Reader {
    query: Query,
    open: Alternative,
    depth: usize,
}

impl Reader {
    fn segment(&mut self, segment: &str, following: &mut Segments<'_>) {
        let mut text = segment;
        while let Some(rest) = text.strip_prefix("NQ") {
            self.close_alternative();
            text = rest;
        }
        if let Some(field) = text.strip_prefix("ORDERBYDESC") {
            self.order(field, true);
        } else if let Some(field) = text.strip_prefix("ORDERBY") {
            self.order(field, false);
        } else if let Some(field) = text.strip_prefix("GROUPBY") {
            if !field.is_empty() {
                self.query.group_by.push(field.to_owned());
            }
        } else if let Some(rest) = text.strip_prefix("OR") {
            self.term(rest, true, following);
        } else if text != "EQ" && !text.starts_with("123TEXTINDEXGROUP321=") {
            self.term(text, false, following);
        }
    }

    fn order(&mut self, field: &str, descending: bool) {
        if !field.is_empty() {
            self.query.order.push(Order { field: field.to_owned(), descending });
        }
    }

    fn term(&mut self, text: &str, or: bool, following: &mut Segments<'_>) {
        let Some(term) = read_term(text, following, self.depth) else { return };
        match self.open.clauses.last_mut() {
            Some(clause) if or => clause.any_of.push(term),
            _ => self.open.clauses.push(Clause { any_of: vec![term] }),
        }
    }

    /// An empty alternative says nothing and is dropped.
    fn close_alternative(&mut self) {
        let closed = std::mem::take(&mut self.open);
        if !closed.clauses.is_empty() {
            self.query.alternatives.push(closed);
        }
    }

    fn finish(mut self) -> Query {
        self.close_alternative();
        if self.depth > 0 {
            // A count has no order.
            self.query.order.clear();
            self.query.group_by.clear();
        }
        self.query
    }
}

fn read_term(text: &str, following: &mut Segments<'_>, depth: usize) -> Option<Term> {
    let text = text.strip_prefix("GOTO").unwrap_or(text);
    match term::read(text)? {
        Read::Term(term) => Some(term),
        Read::Related(mut related, first) if depth < MAX_NESTING => {
            *related.conditions = read_query(following, first.as_deref(), depth + 1);
            Some(Term::Related(related))
        }
        Read::Related(..) | Read::MalformedRelated => {
            Some(Term::Invalid(format!("{text}{}", following.swallow_related())))
        }
    }
}

#[cfg(test)]
mod tests;
