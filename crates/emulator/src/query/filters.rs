//! Plain `name=value` parameters as a query: equality, with display values accepted where the stored value is
//! one that people do not know.

use servicenow::query::{Alternative, Clause, Condition, Operator, Query, Term};

use crate::schema::{Column, Kind, Schema, Table};

/// The pairs joined by AND. Names that are no column of the table are left out.
pub(crate) fn filters(schema: &Schema, table: &Table, pairs: &[(String, String)]) -> Query {
    let mut clauses = Vec::new();
    for (name, value) in pairs {
        if let Some((owner, column)) = walk(schema, table, name) {
            clauses.push(Clause { any_of: terms(schema, owner, column, name, value) });
        }
    }
    Query { alternatives: vec![Alternative { clauses }], ..Query::default() }
}

/// The table and column at the end of a dot-walk.
fn walk<'s>(schema: &'s Schema, table: &'s Table, path: &str) -> Option<(&'s Table, &'s Column)> {
    match path.split_once('.') {
        None => Some((table, table.column(path)?)),
        Some((first, rest)) => walk(schema, schema.table(table.column(first)?.reference.as_deref()?)?, rest),
    }
}

fn terms(schema: &Schema, table: &Table, column: &Column, name: &str, value: &str) -> Vec<Term> {
    let equals = |field: &str, value: &str| {
        Term::Condition(Condition {
            field: field.to_owned(),
            operator: Operator::Is,
            value: value.to_owned(),
        })
    };
    let mut terms = vec![equals(name, value)];
    if column.choice {
        let choices = schema.choices(table, &column.element).iter();
        let labelled =
            choices.filter(|choice| choice.label.eq_ignore_ascii_case(value) && choice.value != value);
        terms.extend(labelled.map(|choice| equals(name, &choice.value)));
    }
    if column.kind == Kind::Reference
        && !value.is_empty()
        && let Some(path) = display_path(schema, column, name)
    {
        terms.push(equals(&path, value));
    }
    terms
}

/// The dot-walk to the display value of a reference.
fn display_path(schema: &Schema, column: &Column, name: &str) -> Option<String> {
    let mut path = name.to_owned();
    let mut target = column.reference.as_deref();
    for _ in 0..3 {
        let display = schema.table(target?)?.display();
        path = format!("{path}.{}", display.element);
        if display.kind != Kind::Reference {
            return Some(path);
        }
        target = display.reference.as_deref();
    }
    None
}
