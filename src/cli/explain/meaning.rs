//! A filter in words.

use sncgate_client::pb::term::Term as Kind;
use sncgate_client::pb::{Clause, Condition, Filter, Group, Join, Operator, RelatedList, Term};

/// As "active is true and (priority is 1 or priority is 2)".
pub(super) fn of(filter: &Filter) -> String {
    let groups: Vec<String> = filter.groups.iter().map(group).collect();
    match groups.as_slice() {
        [] => "every row".to_owned(),
        [one] => one.clone(),
        several => several.iter().map(|group| format!("({group})")).collect::<Vec<_>>().join(" or "),
    }
}

fn group(group: &Group) -> String {
    if group.clauses.is_empty() {
        return "every row".to_owned();
    }
    group.clauses.iter().map(clause).collect::<Vec<_>>().join(" and ")
}

fn clause(clause: &Clause) -> String {
    let terms: Vec<String> = clause.any_of.iter().map(term).collect();
    if terms.len() == 1 { terms.concat() } else { format!("({})", terms.join(" or ")) }
}

fn term(term: &Term) -> String {
    match &term.term {
        Some(Kind::Condition(one)) => condition(one),
        Some(Kind::Related(one)) => related(one),
        Some(Kind::Join(one)) => join(one),
        Some(Kind::Text(words)) => format!("any text holds \"{words}\""),
        Some(Kind::Invalid(text)) => format!("\"{text}\", which is ignored"),
        None => "nothing".to_owned(),
    }
}

fn condition(condition: &Condition) -> String {
    let operator = words(condition.operator());
    format!("{} {operator} {}", condition.field, condition.value).trim_end().to_owned()
}

fn related(related: &RelatedList) -> String {
    let RelatedList { table, field, count, conditions, .. } = related;
    let narrowed = conditions.as_ref().filter(|filter| !filter.groups.is_empty());
    let narrowed = narrowed.map_or_else(String::new, |filter| format!(" with {}", of(filter)));
    format!("the number of {table} rows by {field}{narrowed} {} {count}", words(related.comparison()))
}

fn join(join: &Join) -> String {
    let Join { table, field, other_table, other_field, condition: narrowed } = join;
    let narrowed = narrowed.as_ref().map_or_else(String::new, |one| format!(" and {}", condition(one)));
    format!("a row of {other_table} has {other_field} of {table}.{field}{narrowed}")
}

fn words(operator: Operator) -> String {
    operator.as_str_name().trim_start_matches("OPERATOR_").to_lowercase().replace('_', " ")
}

#[cfg(test)]
mod tests {
    use sncgate_client::condition;

    use super::*;

    #[test]
    fn reads_as_a_sentence() {
        let mut either = condition("priority", Operator::Is, "1");
        either.any_of.extend(condition("priority", Operator::LessThan, "3").any_of);
        let first = Group { clauses: vec![condition("active", Operator::Is, "true"), either] };
        let second = Group { clauses: vec![condition("assigned_to", Operator::IsEmpty, "")] };
        assert_eq!(of(&Filter::default()), "every row");
        assert_eq!(
            of(&Filter { groups: vec![first, second] }),
            "(active is true and (priority is 1 or priority less than 3)) or (assigned_to is empty)"
        );
    }
}
