//! Making a query in code, and asking one what it says.

use std::collections::BTreeSet;

use super::{Alternative, Clause, Condition, Join, Operand, Operator, Order, Query, RelatedList, Term};

impl Condition {
    /// `field OPERATOR value`; the value is given as it is meant, escaping is the printer's business.
    pub fn new(field: impl Into<String>, operator: Operator, value: impl Into<String>) -> Condition {
        Condition { field: field.into(), operator, value: value.into() }
    }
}

impl From<Condition> for Term {
    fn from(condition: Condition) -> Term {
        Term::Condition(condition)
    }
}

impl From<RelatedList> for Term {
    fn from(related: RelatedList) -> Term {
        Term::Related(related)
    }
}

impl From<Join> for Term {
    fn from(join: Join) -> Term {
        Term::Join(join)
    }
}

impl Query {
    /// A query that every row matches.
    pub fn new() -> Query {
        Query::default()
    }

    /// `^field OPERATOR value`: must hold too, in the alternative that is being written.
    pub fn and(self, field: impl Into<String>, operator: Operator, value: impl Into<String>) -> Query {
        self.and_term(Condition::new(field, operator, value))
    }

    /// `^ORfield OPERATOR value`: or this instead of the term before it.
    pub fn or(self, field: impl Into<String>, operator: Operator, value: impl Into<String>) -> Query {
        self.or_term(Condition::new(field, operator, value))
    }

    /// `^term`, for terms that are not plain conditions: related lists, joins, full-text searches.
    pub fn and_term(mut self, term: impl Into<Term>) -> Query {
        self.open().clauses.push(Clause { any_of: vec![term.into()] });
        self
    }

    /// `^ORterm`; the same as [`Query::and_term`] where there is no term before it.
    pub fn or_term(mut self, term: impl Into<Term>) -> Query {
        match self.open().clauses.last_mut() {
            Some(clause) => clause.any_of.push(term.into()),
            None => return self.and_term(term),
        }
        self
    }

    /// `^NQ`: what follows is an alternative to everything before.
    pub fn new_query(mut self) -> Query {
        self.alternatives.push(Alternative::default());
        self
    }

    /// `^123TEXTQUERY321=words`: a full-text search.
    pub fn text(self, words: impl Into<String>) -> Query {
        self.and_term(Term::Text(words.into()))
    }

    /// `^ORDERBYfield`, after the sort keys that are already there.
    pub fn order_by(mut self, field: impl Into<String>) -> Query {
        self.order.push(Order { field: field.into(), descending: false });
        self
    }

    /// `^ORDERBYDESCfield`, after the sort keys that are already there.
    pub fn order_by_desc(mut self, field: impl Into<String>) -> Query {
        self.order.push(Order { field: field.into(), descending: true });
        self
    }

    /// `^GROUPBYfield`.
    pub fn group_by(mut self, field: impl Into<String>) -> Query {
        self.group_by.push(field.into());
        self
    }

    /// Adds a condition to every alternative, so that it holds for each row the query matches: `a^NQb` and `c`
    /// make `a^c^NQb^c`.
    pub fn also(self, condition: impl Into<Term>) -> Query {
        let clause = Clause { any_of: vec![condition.into()] };
        let only = Alternative { clauses: vec![clause] };
        self.and_all(Query { alternatives: vec![only], ..Query::default() })
    }

    /// Both this query and the other must match. Alternatives are multiplied: two and three make six. The
    /// other's order comes after this one's.
    pub fn and_all(mut self, other: Query) -> Query {
        self.alternatives.retain(|alternative| !alternative.clauses.is_empty());
        let mut both = Vec::new();
        for mine in &self.alternatives {
            for theirs in other.alternatives.iter().filter(|theirs| !theirs.clauses.is_empty()) {
                let clauses = mine.clauses.iter().chain(&theirs.clauses).cloned().collect();
                both.push(Alternative { clauses });
            }
        }
        if !both.is_empty() {
            self.alternatives = both;
        } else if self.alternatives.is_empty() {
            self.alternatives = other.alternatives;
        }
        self.order.extend(other.order);
        self.group_by.extend(other.group_by);
        self
    }

    /// Every field path of the queried table that is named: in conditions, as operands, in joins and in the
    /// order. Columns of related and joined tables are not among them.
    pub fn fields(&self) -> BTreeSet<&str> {
        let mut fields: BTreeSet<&str> = self.order.iter().map(|order| order.field.as_str()).collect();
        fields.extend(self.group_by.iter().map(String::as_str));
        for term in self.terms() {
            match term {
                Term::Condition(condition) => fields.extend(condition.fields()),
                Term::Join(join) => {
                    fields.insert(&join.field);
                }
                Term::Related(_) | Term::Text(_) | Term::Invalid(_) => {}
            }
        }
        fields
    }

    /// Every term, in the order of the text.
    pub fn terms(&self) -> impl Iterator<Item = &Term> {
        let clauses = self.alternatives.iter().flat_map(|alternative| &alternative.clauses);
        clauses.flat_map(|clause| &clause.any_of)
    }

    fn open(&mut self) -> &mut Alternative {
        if self.alternatives.is_empty() {
            self.alternatives.push(Alternative::default());
        }
        self.alternatives.last_mut().expect("one was pushed if there was none")
    }
}

impl Condition {
    /// Its field, and the one it is compared with.
    fn fields(&self) -> impl Iterator<Item = &str> {
        let other = match self.operator {
            Operator::MoreThan | Operator::LessThanApart => self.value.split('@').next(),
            operator if operator.operand() == Operand::Field => self.value.split('@').next(),
            _ => None,
        };
        std::iter::once(self.field.as_str()).chain(other.filter(|field| !field.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> Query {
        Query::new().and("active", Operator::Is, "true").and("priority", Operator::Is, "1").or(
            "priority",
            Operator::Is,
            "2",
        )
    }

    #[test]
    fn prints_what_was_built() {
        assert_eq!(query().to_string(), "active=true^priority=1^ORpriority=2");
        let two = query().new_query().and("number", Operator::StartsWith, "A^B").order_by_desc("opened_at");
        assert_eq!(
            two.to_string(),
            "active=true^priority=1^ORpriority=2^NQnumberSTARTSWITHA^^B^ORDERBYDESCopened_at"
        );
        assert_eq!(Query::new().or("a", Operator::Is, "1").to_string(), "a=1");
    }

    #[test]
    fn also_reaches_every_alternative() {
        let last = || Condition::new("sys_id", Operator::GreaterThan, "x");
        for (text, expected) in [
            ("", "sys_id>x"),
            ("a=1", "a=1^sys_id>x"),
            ("a=1^NQb=2", "a=1^sys_id>x^NQb=2^sys_id>x"),
            ("a=1^ORb=2^ORDERBYc", "a=1^ORb=2^sys_id>x^ORDERBYc"),
        ] {
            assert_eq!(Query::parse(text).also(last()).to_string(), expected);
        }
        let trailing = Query::parse("a=1").new_query().also(last());
        assert_eq!(trailing.to_string(), "a=1^sys_id>x");
    }

    #[test]
    fn and_all_multiplies() {
        let both = Query::parse("a=1^NQb=2").and_all(Query::parse("c=3^NQd=4^ORDERBYe"));
        assert_eq!(both.to_string(), "a=1^c=3^NQa=1^d=4^NQb=2^c=3^NQb=2^d=4^ORDERBYe");
        assert_eq!(Query::parse("a=1").and_all(Query::new()).to_string(), "a=1");
        assert_eq!(Query::new().and_all(Query::parse("a=1^NQb=2")).to_string(), "a=1^NQb=2");
    }

    #[test]
    fn fields_are_those_of_the_queried_table() {
        let text = "caller_id.name=x^opened_atSAMEASclosed_at@day^JOINt.manager=u.sys_id!active=true\
                    ^RLQUERYr.f,>0,z=1^ENDRLQUERY^GROUPBYg^ORDERBYo";
        let query = Query::parse(text);
        let fields: Vec<_> = query.fields().into_iter().collect();
        assert_eq!(fields, ["caller_id.name", "closed_at", "g", "manager", "o", "opened_at"]);
    }
}
