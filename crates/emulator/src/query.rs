//! Encoded queries to SQL.
//!
//! The tree comes from the `servicenow` crate; here it meets the dictionary and becomes one SELECT. Two rules
//! hold everywhere: identifiers come from the dictionary and are quoted, values are bound. No text of a
//! request ever becomes SQL text, so there is nothing to escape and nothing to forget.
//!
//! A term that means nothing to the table (an unknown field, an operator that only triggers know) is dropped,
//! as ServiceNow does, unless `glide.invalid_query.returns_no_rows` is set. A term whose value does not fit
//! its field matches no row.

mod compare;
mod compiler;
mod condition;
mod dates;
mod filters;
pub(crate) mod functions;
mod hierarchy;
mod operand;
mod order;
#[cfg(test)]
mod plan_tests;
mod related;
mod scope;
mod text;
mod tree;

use rusqlite::types::Value;
use rusqlite::{CachedStatement, Rows, Statement, params_from_iter};
use servicenow::query::Query;

pub(crate) use compiler::Compiler;
pub(crate) use filters::filters;
pub(crate) use operand::stored;
pub(crate) use order::order_by;
pub(crate) use scope::{Field, Scope, quoted};

/// The rows of the scope's class that match a query.
pub(crate) fn filter(compiler: &mut Compiler<'_>, scope: &mut Scope, query: &Query) -> Predicate {
    let class = scope.class_filter(compiler);
    let matching = tree::query(compiler, scope, query);
    match (class, matching) {
        (Some(class), Predicate::Sql(sql)) => Predicate::Sql(format!("{class} AND {sql}")),
        (Some(class), Predicate::Always) => Predicate::Sql(class),
        (_, matching) => matching,
    }
}

/// What a condition of a rule comes to on the scope's rows, whatever their class.
pub(crate) fn condition_of(compiler: &mut Compiler<'_>, scope: &mut Scope, query: &Query) -> Predicate {
    compiler.trusting(|compiler| tree::query(compiler, scope, query))
}

/// Binds the values that the statement refers to: a term can be left out after its values were bound, and
/// those may be the last.
pub(crate) fn run<'s>(statement: &'s mut Statement<'_>, values: &[Value]) -> rusqlite::Result<Rows<'s>> {
    let count = statement.parameter_count().min(values.len());
    statement.query(params_from_iter(&values[..count]))
}

/// Gives a statement back: to the cache of its connection, or away where its text is so long that keeping many of
/// its kind would cost memory.
pub(crate) fn give_back(statement: CachedStatement<'_>, sql: &str) {
    const LONGEST_KEPT: usize = 16 * 1024;
    if sql.len() > LONGEST_KEPT {
        statement.discard();
    }
}

/// What a term came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Predicate {
    /// An SQL expression.
    Sql(String),
    /// True of every row.
    Always,
    /// True of none: the value does not fit the field.
    Never,
    /// No term of this table's language.
    Invalid,
}

impl Predicate {
    /// As SQL, where a term is needed at all.
    pub(crate) fn into_sql(self) -> Option<String> {
        match self {
            Predicate::Sql(sql) => Some(sql),
            Predicate::Never => Some("0".to_owned()),
            Predicate::Always | Predicate::Invalid => None,
        }
    }
}
