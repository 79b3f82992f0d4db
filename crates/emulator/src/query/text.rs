//! Parts of texts: STARTSWITH and its kin, and the text search.
//!
//! `%` and `_` are letters like any other. A reference is asked for its display value.

use servicenow::query::Operator;

use super::compare::{LAST_CHARACTER, negative};
use super::{Compiler, Field, Predicate, Scope};
use crate::schema::{Column, Kind};

/// Columns a text search looks at: SQLite bounds the arguments of a function.
const MAX_SEARCHED: usize = 100;
/// Words of a text search.
const MAX_WORDS: usize = 20;

/// STARTSWITH, ENDSWITH, LIKE and NOT LIKE.
pub(crate) fn like(
    compiler: &mut Compiler<'_>,
    scope: &mut Scope,
    path: &str,
    field: &Field,
    operator: Operator,
    text: &str,
) -> Predicate {
    let shown = match field.column.kind {
        Kind::Reference => match scope.display_of(compiler, path, field) {
            Some(shown) => shown,
            None => return Predicate::Never,
        },
        _ => field.clone(),
    };
    let subject = as_text(&shown);
    let text = text.to_owned();
    match operator {
        Operator::StartsWith if subject == shown.sql => {
            let above = format!("{text}{LAST_CHARACTER}");
            let (from, to) = (compiler.bind(text), compiler.bind(above));
            Predicate::Sql(format!("({subject} >= {from} AND {subject} < {to})"))
        }
        Operator::StartsWith => Predicate::Sql(format!("text_starts({subject}, {})", compiler.bind(text))),
        Operator::EndsWith => Predicate::Sql(format!("text_ends({subject}, {})", compiler.bind(text))),
        Operator::DoesNotContain => {
            let sql = format!("NOT text_contains({subject}, {})", compiler.bind(text));
            negative(compiler, field, sql)
        }
        _ => Predicate::Sql(format!("text_contains({subject}, {})", compiler.bind(text))),
    }
}

/// The column as the text that its value is on the wire.
fn as_text(field: &Field) -> String {
    let sql = &field.sql;
    match field.column.kind {
        Kind::Boolean => format!("CASE {sql} WHEN 1 THEN 'true' ELSE 'false' END"),
        Kind::Integer => format!("CAST({sql} AS TEXT)"),
        Kind::Decimal | Kind::Currency => format!("number_text({sql})"),
        _ => sql.clone(),
    }
}

/// `123TEXTQUERY321=words`: each word stands somewhere in the row's texts.
pub(crate) fn search(compiler: &mut Compiler<'_>, scope: &mut Scope, words: &str) -> Predicate {
    let words: Vec<&str> = words.split_whitespace().take(MAX_WORDS).collect();
    if words.is_empty() {
        return Predicate::Always;
    }
    let mut columns = String::new();
    for column in scope.table.columns.iter().filter(|column| is_searched(column)).take(MAX_SEARCHED) {
        columns.push_str(&format!(", {}.{}", scope.alias, super::quoted(&column.element)));
    }
    if columns.is_empty() {
        return Predicate::Never;
    }
    let words = compiler.bind(words.join(" "));
    Predicate::Sql(format!("text_words({words}{columns})"))
}

fn is_searched(column: &Column) -> bool {
    column.kind == Kind::Text && !column.choice && !column.element.starts_with("sys_")
}
