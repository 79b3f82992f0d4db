//! What is asked for.

use super::GlideRecord;
use crate::query::{Join, Operator, Query, RelatedList, Term};

impl GlideRecord {
    /// Adds a condition that must hold too.
    pub fn add_query(
        &mut self,
        field: impl Into<String>,
        operator: Operator,
        value: impl Into<String>,
    ) -> &mut GlideRecord {
        self.change(|query| query.and(field, operator, value))
    }

    /// Adds a condition as an alternative to the one before.
    pub fn add_or_query(
        &mut self,
        field: impl Into<String>,
        operator: Operator,
        value: impl Into<String>,
    ) -> &mut GlideRecord {
        self.change(|query| query.or(field, operator, value))
    }

    /// Begins an alternative to all conditions before: `^NQ`.
    pub fn add_new_query(&mut self) -> &mut GlideRecord {
        self.change(Query::new_query)
    }

    /// Adds `active=true`.
    pub fn add_active_query(&mut self) -> &mut GlideRecord {
        self.add_query("active", Operator::Is, "true")
    }

    /// Adds that a field is empty.
    pub fn add_null_query(&mut self, field: impl Into<String>) -> &mut GlideRecord {
        self.add_query(field, Operator::IsEmpty, "")
    }

    /// Adds that a field is not empty.
    pub fn add_not_null_query(&mut self, field: impl Into<String>) -> &mut GlideRecord {
        self.add_query(field, Operator::IsNotEmpty, "")
    }

    /// Adds that a row of another table exists.
    pub fn add_join_query(&mut self, join: Join) -> &mut GlideRecord {
        self.change(|query| query.and_term(Term::from(join)))
    }

    /// Adds how many rows of a related list there are.
    pub fn add_rl_query(&mut self, related: RelatedList) -> &mut GlideRecord {
        self.change(|query| query.and_term(Term::from(related)))
    }

    /// Adds an encoded query to the conditions, with its order. Both must hold.
    pub fn add_encoded_query(&mut self, text: &str) -> &mut GlideRecord {
        self.change(|query| query.and_all(Query::parse(text)))
    }

    /// Sets all conditions and the order at once.
    pub fn set_query(&mut self, query: Query) -> &mut GlideRecord {
        self.query = query;
        self
    }

    /// Adds a sort key after those there are.
    pub fn order_by(&mut self, field: impl Into<String>) -> &mut GlideRecord {
        self.change(|query| query.order_by(field))
    }

    /// Adds a sort key, largest first, after those there are.
    pub fn order_by_desc(&mut self, field: impl Into<String>) -> &mut GlideRecord {
        self.change(|query| query.order_by_desc(field))
    }

    /// The encoded query that is sent. Without another order rows are ordered by `sys_id`, so that no page
    /// overlaps another.
    pub fn encoded_query(&self) -> String {
        self.ordered().to_string()
    }

    /// The conditions and the order.
    pub(super) fn ordered(&self) -> Query {
        let mut query = self.query.clone();
        if query.order.is_empty() {
            query = query.order_by("sys_id");
        }
        query
    }

    fn change(&mut self, change: impl FnOnce(Query) -> Query) -> &mut GlideRecord {
        self.query = change(std::mem::take(&mut self.query));
        self
    }
}
