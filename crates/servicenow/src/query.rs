//! Encoded queries: the filter language of ServiceNow's lists, as a tree.
//!
//! One grammar serves both ends of the wire: the client prints a [`Query`] with `Display`, the embedded
//! instance parses the same text with `FromStr` and compiles the tree to SQL. Parsing never fails on text
//! that ServiceNow accepts: a term that is not understood is kept as [`Term::Invalid`], because an instance
//! drops such a term (and thereby widens the query) instead of refusing it. [`Query::problems`] names them.
//!
//! It knows no table and no column; whether a field exists is for the caller to check.

mod build;
mod operator;
mod parse;
mod print;
mod problem;
mod segment;
mod term;

pub use operator::{Operand, Operator};
pub use parse::MAX_NESTING;
pub use problem::Problem;

/// A whole encoded query: alternatives joined by `^NQ`, and the directives that may stand anywhere in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Joined by `^NQ`, the lowest precedence. Empty, or one empty alternative, matches every row.
    pub alternatives: Vec<Alternative>,
    /// `ORDERBY` and `ORDERBYDESC`; the first is the major key.
    pub order: Vec<Order>,
    /// `GROUPBY`; for a list in effect a sort that comes before [`Query::order`].
    pub group_by: Vec<String>,
}

/// Clauses joined by `^`: all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alternative {
    /// In the order they were written.
    pub clauses: Vec<Clause>,
}

/// Terms joined by `^OR`, which binds tighter than `^`: one must hold. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// The terms, in the order they were written.
    pub any_of: Vec<Term>,
}

/// The smallest thing that is true or false of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// `field OPERATOR value`.
    Condition(Condition),
    /// `RLQUERY…^ENDRLQUERY`: how many rows of a related list point here.
    Related(RelatedList),
    /// `JOINbase.f=other.g!condition`: a row of another table exists.
    Join(Join),
    /// `123TEXTQUERY321=words`: a full-text search.
    Text(String),
    /// Text that is no term of the language. An instance drops it; it prints back as it was.
    Invalid(String),
}

/// A field, what is asked of it, and the operand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// A column, dot-walked through references where it has dots: `caller_id.department.name`.
    pub field: String,
    /// What is asked.
    pub operator: Operator,
    /// The operand with `^^` already undone; empty for operators that take none. Its inner form (lists,
    /// ranges, dates, other fields) depends on the operator: see [`Operator::operand`].
    pub value: String,
}

/// `RLQUERYtable.field,OPcount[,m2m][,condition][^condition…]^ENDRLQUERY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedList {
    /// The table whose rows are counted.
    pub table: String,
    /// Its reference to the queried table.
    pub field: String,
    /// One of `=`, `!=`, `>`, `>=`, `<`, `<=`.
    pub comparison: Operator,
    /// What the number of related rows is compared with.
    pub count: u64,
    /// `m2m`: the counted table only connects two others; its own conditions dot-walk to the far side.
    pub many_to_many: bool,
    /// Conditions on the counted rows. Its `order` and `group_by` are empty.
    pub conditions: Box<Query>,
}

/// `JOINtable.field=other_table.other_field[!condition]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The queried table, as written.
    pub table: String,
    /// Its column.
    pub field: String,
    /// The table in which a row must exist.
    pub other_table: String,
    /// The column of the other table that equals `field`.
    pub other_field: String,
    /// What else must hold for the other row.
    pub condition: Option<Condition>,
}

/// One sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// A column, dot-walked where it has dots.
    pub field: String,
    /// `ORDERBYDESC`.
    pub descending: bool,
}
