//! A filter as nested lists, for JSON and YAML: groups of clauses of terms.

use serde_json::{Value, json};
use sncgate_client::pb::term::Term as Kind;
use sncgate_client::pb::{Condition, Filter, Term};

/// The inner lists are alternatives (^OR), the middle ones hold all (^), the outer ones are alternatives (^NQ).
pub(super) fn of(filter: &Filter) -> Value {
    let clauses = |clauses: &[sncgate_client::pb::Clause]| -> Value {
        clauses.iter().map(|clause| clause.any_of.iter().map(term).collect::<Value>()).collect()
    };
    filter.groups.iter().map(|group| clauses(&group.clauses)).collect()
}

fn term(term: &Term) -> Value {
    match &term.term {
        Some(Kind::Condition(one)) => condition(one),
        Some(Kind::Related(one)) => json!({"related": {
            "table": one.table,
            "field": one.field,
            "comparison": one.comparison().as_str_name(),
            "count": one.count,
            "many_to_many": one.many_to_many,
            "conditions": one.conditions.as_ref().map(of),
        }}),
        Some(Kind::Join(one)) => json!({"join": {
            "table": one.table,
            "field": one.field,
            "other_table": one.other_table,
            "other_field": one.other_field,
            "condition": one.condition.as_ref().map(condition),
        }}),
        Some(Kind::Text(words)) => json!({"text": words}),
        Some(Kind::Invalid(text)) => json!({"invalid": text}),
        None => Value::Null,
    }
}

fn condition(condition: &Condition) -> Value {
    json!({
        "field": condition.field,
        "operator": condition.operator().as_str_name(),
        "value": condition.value,
    })
}
