//! Conditions on rows of other tables: related lists and joins.
//!
//! Both become `IN (SELECT …)` on the key, which SQLite evaluates once whatever the number of outer rows.

use servicenow::query::{Alternative, Clause, Join, Operator, Query, RelatedList, Term};

use super::{Compiler, Predicate, Scope, tree};
use crate::schema::Table;

/// `RLQUERYtable.field,>=2[,m2m],conditions^ENDRLQUERY`
pub(crate) fn related(compiler: &mut Compiler<'_>, scope: &mut Scope, list: &RelatedList) -> Predicate {
    // A counted table that only connects two others needs nothing else: its conditions dot-walk.
    let Some(key) = related_key(compiler, scope, list) else { return Predicate::Invalid };
    let Some((from, column, filter)) = inner(compiler, &list.table, &list.field, &list.conditions) else {
        return Predicate::Invalid;
    };
    let count = i64::try_from(list.count).unwrap_or(i64::MAX);
    let zero = holds(list.comparison, 0, count);
    let negation = if zero { "NOT " } else { "" };
    let having = match list.comparison {
        // At least one is what being in the list means.
        Operator::GreaterThan | Operator::LessOrEqual if count == 0 => String::new(),
        Operator::GreaterOrEqual | Operator::LessThan if count == 1 => String::new(),
        Operator::Is | Operator::IsNot if count == 0 => String::new(),
        comparison => {
            let Some(comparison) = symbol(comparison) else { return Predicate::Invalid };
            let count = compiler.bind(count);
            format!(" GROUP BY {column} HAVING {negation}(count(*) {comparison} {count})")
        }
    };
    Predicate::Sql(format!("{key} {negation}IN (SELECT {column} {from} WHERE {filter}{having})"))
}

/// What the related rows point to: sys_id, or the column their reference names.
fn related_key(compiler: &mut Compiler<'_>, scope: &mut Scope, list: &RelatedList) -> Option<String> {
    let column = compiler.schema.table(&list.table)?.column(&list.field)?.clone();
    let key = column.reference_key.as_deref().unwrap_or("sys_id");
    scope.field(compiler, key).map(|field| field.sql)
}

/// `JOINbase.f=other.g!condition`
pub(crate) fn join(compiler: &mut Compiler<'_>, scope: &mut Scope, join: &Join) -> Predicate {
    if !names_scope(compiler, &scope.table, &join.table) {
        return Predicate::Invalid;
    }
    let Some(key) = scope.field(compiler, &join.field) else { return Predicate::Invalid };
    let mut conditions = Query::default();
    if let Some(condition) = &join.condition {
        let clause = Clause { any_of: vec![Term::Condition(condition.clone())] };
        conditions.alternatives.push(Alternative { clauses: vec![clause] });
    }
    match inner(compiler, &join.other_table, &join.other_field, &conditions) {
        Some((from, column, filter)) => {
            Predicate::Sql(format!("{} IN (SELECT {column} {from} WHERE {filter})", key.sql))
        }
        None => Predicate::Invalid,
    }
}

/// A join may name the queried table by its own name or by one it extends.
fn names_scope(compiler: &Compiler<'_>, table: &Table, name: &str) -> bool {
    compiler.schema.table(name).is_some_and(|named| table.extends(named) || named.extends(table))
}

/// FROM, the selected column and the filter of a query on another table.
fn inner(
    compiler: &mut Compiler<'_>,
    table: &str,
    field: &str,
    conditions: &Query,
) -> Option<(String, String, String)> {
    let table = compiler.schema.table(table)?.clone();
    compiler.nested(|compiler| {
        let mut scope = Scope::new(compiler, table);
        let column = scope.field(compiler, field)?.sql;
        let mut all: Vec<String> = scope.class_filter(compiler).into_iter().collect();
        all.push(format!("{column} IS NOT NULL"));
        all.extend(tree::query(compiler, &mut scope, conditions).into_sql());
        Some((scope.from(), column, all.join(" AND ")))
    })
}

fn symbol(comparison: Operator) -> Option<&'static str> {
    Some(match comparison {
        Operator::Is => "=",
        Operator::IsNot => "<>",
        Operator::GreaterThan => ">",
        Operator::GreaterOrEqual => ">=",
        Operator::LessThan => "<",
        Operator::LessOrEqual => "<=",
        _ => return None,
    })
}

fn holds(comparison: Operator, number: i64, count: i64) -> bool {
    match comparison {
        Operator::Is => number == count,
        Operator::IsNot => number != count,
        Operator::GreaterThan => number > count,
        Operator::GreaterOrEqual => number >= count,
        Operator::LessThan => number < count,
        Operator::LessOrEqual => number <= count,
        _ => false,
    }
}
