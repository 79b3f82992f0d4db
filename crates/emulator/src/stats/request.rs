//! What is asked of the aggregates, and the parameter forms it is written in.

use servicenow::query::{Operator, Query};

use crate::records::DisplayMode;

/// A request for aggregates.
#[derive(Clone, Debug, Default)]
pub struct StatsRequest {
    /// The queried table.
    pub table: String,
    /// Which rows; its order is not used.
    pub query: Query,
    /// `sysparm_count`
    pub count: bool,
    /// Fields to add up: numbers and durations, others are left out.
    pub sum: Vec<String>,
    /// Fields to average: numbers and durations, others are left out.
    pub avg: Vec<String>,
    /// Fields whose smallest value is wanted.
    pub min: Vec<String>,
    /// Fields whose largest value is wanted.
    pub max: Vec<String>,
    /// Fields to group by, dot-walked where they have dots; unknown ones are ignored.
    pub group_by: Vec<String>,
    /// Conditions on groups, all of which must hold.
    pub having: Vec<Having>,
    /// The order of the groups; without one they come in the order of their values.
    pub order_by: Vec<StatsOrder>,
    /// Whether group values are wanted as display values.
    pub display: DisplayMode,
}

/// A function over the rows of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregate {
    /// Rows.
    Count,
    /// The sum.
    Sum,
    /// The average.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
}

/// A condition on groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Having {
    /// What is compared.
    pub aggregate: Aggregate,
    /// Of which field; for a count it does not matter.
    pub field: String,
    /// One of `=`, `!=`, `<`, `<=`, `>`, `>=`.
    pub operator: Operator,
    /// What it is compared with.
    pub value: String,
}

/// A sort key of groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatsOrder {
    /// The aggregate to sort by; none sorts by the group's value.
    pub aggregate: Option<Aggregate>,
    /// The field.
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

impl Aggregate {
    /// By name, in any case.
    pub fn parse(name: &str) -> Option<Aggregate> {
        Some(match name.to_ascii_lowercase().as_str() {
            "count" => Aggregate::Count,
            "sum" => Aggregate::Sum,
            "avg" => Aggregate::Avg,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            _ => return None,
        })
    }
}

impl Having {
    /// `aggregate^field^operator^value`
    pub fn parse(text: &str) -> Option<Having> {
        let mut parts = text.trim().splitn(4, '^');
        let aggregate = Aggregate::parse(parts.next()?)?;
        let field = parts.next()?.to_owned();
        let operator = match parts.next()? {
            "=" => Operator::Is,
            "!=" => Operator::IsNot,
            "<" => Operator::LessThan,
            "<=" => Operator::LessOrEqual,
            ">" => Operator::GreaterThan,
            ">=" => Operator::GreaterOrEqual,
            _ => return None,
        };
        Some(Having { aggregate, field, operator, value: parts.next()?.to_owned() })
    }
}

impl StatsOrder {
    /// `field`, `field^DESC`, `AVG^field`, `AVG^field^DESC`, `COUNT`, `COUNT^DESC`
    pub fn parse(text: &str) -> Option<StatsOrder> {
        let mut parts: Vec<&str> = text.trim().split('^').collect();
        let descending = parts.last().is_some_and(|last| last.eq_ignore_ascii_case("desc"));
        let ascending = parts.last().is_some_and(|last| last.eq_ignore_ascii_case("asc"));
        if descending || ascending {
            parts.pop();
        }
        let (aggregate, field) = match parts[..] {
            [name] if name.eq_ignore_ascii_case("count") => (Some(Aggregate::Count), ""),
            [field] if !field.is_empty() => (None, field),
            [name, field] => (Some(Aggregate::parse(name)?), field),
            _ => return None,
        };
        Some(StatsOrder { aggregate, field: field.to_owned(), descending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn having_is_four_parts() {
        let having = Having::parse("count^priority^>^3").unwrap();
        assert_eq!(having.aggregate, Aggregate::Count);
        assert_eq!((having.operator, having.value.as_str()), (Operator::GreaterThan, "3"));
        for bad in ["", "count", "count^priority^>", "median^x^>^3", "count^priority^LIKE^3"] {
            assert_eq!(Having::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn orders_in_every_form() {
        let cases = [
            ("state", None, "state", false),
            ("state^DESC", None, "state", true),
            ("AVG^order", Some(Aggregate::Avg), "order", false),
            ("avg^order^desc", Some(Aggregate::Avg), "order", true),
            ("COUNT", Some(Aggregate::Count), "", false),
            ("COUNT^DESC", Some(Aggregate::Count), "", true),
        ];
        for (text, aggregate, field, descending) in cases {
            let order = StatsOrder::parse(text).unwrap();
            assert_eq!(
                (order.aggregate, order.field.as_str(), order.descending),
                (aggregate, field, descending)
            );
        }
        assert_eq!(StatsOrder::parse(""), None);
        assert_eq!(StatsOrder::parse("a^b^c"), None);
    }
}
