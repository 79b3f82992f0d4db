//! The API's tree becomes the language's tree.

use servicenow::query::{Alternative, Clause, Condition, Join, Query, RelatedList, Term};

use super::operator::{comparison, parse};
use crate::error::Error;
use crate::pb;

/// Parses a filter; what a `Term.invalid` holds is refused, it only occurs in answers.
pub(super) fn query(filter: pb::Filter) -> Result<Query, Error> {
    let alternatives = filter.groups.into_iter().map(alternative).collect::<Result<_, _>>()?;
    Ok(Query { alternatives, ..Query::default() })
}

fn alternative(group: pb::Group) -> Result<Alternative, Error> {
    let clauses = group.clauses.into_iter().map(clause).collect::<Result<_, _>>()?;
    Ok(Alternative { clauses })
}

fn clause(clause: pb::Clause) -> Result<Clause, Error> {
    if clause.any_of.is_empty() {
        return Err(Error::invalid("query.tree", "a clause needs at least one term"));
    }
    let any_of = clause.any_of.into_iter().map(term).collect::<Result<_, _>>()?;
    Ok(Clause { any_of })
}

fn term(term: pb::Term) -> Result<Term, Error> {
    match term.term {
        Some(pb::term::Term::Condition(parts)) => Ok(Term::Condition(condition(parts)?)),
        Some(pb::term::Term::Related(parts)) => Ok(Term::Related(related(parts)?)),
        Some(pb::term::Term::Join(parts)) => Ok(Term::Join(join(parts)?)),
        Some(pb::term::Term::Text(words)) => Ok(Term::Text(words)),
        Some(pb::term::Term::Invalid(_)) => {
            Err(Error::invalid("query.tree", "an invalid term cannot be asked for"))
        }
        None => Err(Error::invalid("query.tree", "a term needs a condition, a related list, a join or text")),
    }
}

fn condition(parts: pb::Condition) -> Result<Condition, Error> {
    Ok(Condition {
        field: name("query.tree.condition.field", parts.field)?,
        operator: parse("query.tree.condition.operator", parts.operator)?,
        value: parts.value,
    })
}

fn related(parts: pb::RelatedList) -> Result<RelatedList, Error> {
    Ok(RelatedList {
        table: name("query.tree.related.table", parts.table)?,
        field: name("query.tree.related.field", parts.field)?,
        comparison: comparison("query.tree.related.comparison", parts.comparison)?,
        count: parts.count,
        many_to_many: parts.many_to_many,
        conditions: Box::new(parts.conditions.map(query).transpose()?.unwrap_or_default()),
    })
}

fn join(parts: pb::Join) -> Result<Join, Error> {
    Ok(Join {
        table: name("query.tree.join.table", parts.table)?,
        field: name("query.tree.join.field", parts.field)?,
        other_table: name("query.tree.join.other_table", parts.other_table)?,
        other_field: name("query.tree.join.other_field", parts.other_field)?,
        condition: parts.condition.map(condition).transpose()?,
    })
}

fn name(field: &'static str, text: String) -> Result<String, Error> {
    crate::grpc::request::fields(field, vec![text]).map(|mut names| names.remove(0))
}
