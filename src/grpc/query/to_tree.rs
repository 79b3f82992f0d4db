//! The language's tree becomes the API's tree.

use servicenow::query::{Clause, Condition, Join, Query, RelatedList, Term};

use super::operator::encode;
use crate::pb;

/// The filter of a query; its order stays behind.
pub(super) fn filter(query: &Query) -> pb::Filter {
    let group = |clauses: &[Clause]| pb::Group { clauses: clauses.iter().map(clause).collect() };
    pb::Filter { groups: query.alternatives.iter().map(|alternative| group(&alternative.clauses)).collect() }
}

/// The sort keys, those of GROUPBY first as ServiceNow sorts.
pub(super) fn order(query: &Query) -> Vec<pb::Order> {
    let grouped = query.group_by.iter().map(|field| pb::Order { field: field.clone(), descending: false });
    let ordered = query
        .order
        .iter()
        .map(|order| pb::Order { field: order.field.clone(), descending: order.descending });
    grouped.chain(ordered).collect()
}

fn clause(clause: &Clause) -> pb::Clause {
    pb::Clause { any_of: clause.any_of.iter().map(|one| pb::Term { term: Some(term(one)) }).collect() }
}

fn term(term: &Term) -> pb::term::Term {
    match term {
        Term::Condition(parts) => pb::term::Term::Condition(condition(parts)),
        Term::Related(parts) => pb::term::Term::Related(related(parts)),
        Term::Join(parts) => pb::term::Term::Join(join(parts)),
        Term::Text(words) => pb::term::Term::Text(words.clone()),
        Term::Invalid(text) => pb::term::Term::Invalid(text.clone()),
    }
}

fn condition(parts: &Condition) -> pb::Condition {
    pb::Condition {
        field: parts.field.clone(),
        operator: encode(parts.operator).into(),
        value: parts.value.clone(),
    }
}

fn related(parts: &RelatedList) -> pb::RelatedList {
    let conditions = filter(&parts.conditions);
    pb::RelatedList {
        table: parts.table.clone(),
        field: parts.field.clone(),
        comparison: encode(parts.comparison).into(),
        count: parts.count,
        many_to_many: parts.many_to_many,
        conditions: (!conditions.groups.is_empty()).then_some(conditions),
    }
}

fn join(parts: &Join) -> pb::Join {
    pb::Join {
        table: parts.table.clone(),
        field: parts.field.clone(),
        other_table: parts.other_table.clone(),
        other_field: parts.other_field.clone(),
        condition: parts.condition.as_ref().map(condition),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grpc::query::from_tree;

    #[test]
    fn a_tree_comes_back_as_the_same_text() {
        let texts = [
            "active=true^priority=1^ORpriority=2",
            "a=1^NQb=2^NQcSTARTSWITHx",
            "RLQUERYsys_user_has_role.user,>0,m2m^role.nameLIKEadmin^ENDRLQUERY",
            "JOINsys_user.sys_id=sys_user_group.manager!active=true",
            "short_description=50^^ off",
            "123TEXTQUERY321=printer on fire",
        ];
        for text in texts {
            let query = Query::parse(text);
            let again = from_tree::query(filter(&query)).unwrap();
            assert_eq!(again.to_string(), text);
        }
    }
}
