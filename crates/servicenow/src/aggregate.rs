//! The Aggregate API: counts, sums, averages, smallest and largest values, by group.

mod decode;

use std::collections::BTreeMap;

use crate::address::Params;
use crate::query::{Operator, Query};
use crate::{Client, DisplayMode, Error, TableName};

/// What to compute. Counts include rows that access rules hide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aggregate {
    /// Which rows.
    pub query: Query,
    /// Count the rows.
    pub count: bool,
    /// Fields to sum.
    pub sum: Vec<String>,
    /// Fields to average.
    pub avg: Vec<String>,
    /// Fields whose smallest value is wanted.
    pub min: Vec<String>,
    /// Fields whose largest value is wanted.
    pub max: Vec<String>,
    /// Fields to group by, dot-walked where they have dots.
    pub group_by: Vec<String>,
    /// Which groups; needs `group_by`.
    pub having: Vec<Having>,
    /// The order of the groups.
    pub order_by: Vec<AggregateOrder>,
    /// How the groups' values are sent.
    pub display: DisplayMode,
}

/// What is measured of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// How many rows.
    Count,
    /// The sum of a field.
    Sum,
    /// The average of a field.
    Avg,
    /// The smallest value of a field.
    Min,
    /// The largest value of a field.
    Max,
}

impl Measure {
    /// As it is written in a request, in lower case.
    pub fn as_str(self) -> &'static str {
        match self {
            Measure::Count => "count",
            Measure::Sum => "sum",
            Measure::Avg => "avg",
            Measure::Min => "min",
            Measure::Max => "max",
        }
    }
}

/// A condition on groups: `count^priority^>^3`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Having {
    /// What is measured.
    pub measure: Measure,
    /// Of which field.
    pub field: String,
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`.
    pub operator: Operator,
    /// What it is compared with.
    pub value: String,
}

/// A sort key of groups: a grouped field, or a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AggregateOrder {
    /// The measure to sort by; `None` sorts by the field's value.
    pub measure: Option<Measure>,
    /// The field; may be empty for [`Measure::Count`].
    pub field: String,
    /// Largest first.
    pub descending: bool,
}

/// A group and what was computed of it. Without `group_by` there is one, without keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// The values that the group's rows have in common.
    pub keys: Vec<GroupKey>,
    /// How many rows, if asked.
    pub count: Option<u64>,
    /// Sums by field, as text: they may exceed any machine number.
    pub sum: BTreeMap<String, String>,
    /// Averages by field, as text.
    pub avg: BTreeMap<String, String>,
    /// Smallest values by field.
    pub min: BTreeMap<String, String>,
    /// Largest values by field.
    pub max: BTreeMap<String, String>,
}

/// One field that a group has in common.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupKey {
    /// The field.
    pub field: String,
    /// Its value, empty for the rows that have none; what a person sees with [`DisplayMode::Display`].
    pub value: String,
    /// What a person sees, unless only values were asked for.
    pub display_value: Option<String>,
}

impl Aggregate {
    fn params(&self) -> Result<Params, Error> {
        let mut params = Params::default();
        let query = self.query.to_string();
        if !query.is_empty() {
            params.push("sysparm_query", &query);
        }
        if self.count {
            params.push("sysparm_count", "true");
        }
        let lists = [
            ("sysparm_sum_fields", &self.sum),
            ("sysparm_avg_fields", &self.avg),
            ("sysparm_min_fields", &self.min),
            ("sysparm_max_fields", &self.max),
            ("sysparm_group_by", &self.group_by),
        ];
        for (name, fields) in lists {
            if !fields.is_empty() {
                params.push(name, &fields.join(","));
            }
        }
        if !self.having.is_empty() {
            let having = self.having.iter().map(Having::text).collect::<Result<Vec<_>, _>>()?;
            params.push("sysparm_having", &having.join(","));
        }
        if !self.order_by.is_empty() {
            let order: Vec<_> = self.order_by.iter().map(AggregateOrder::text).collect();
            params.push("sysparm_order_by", &order.join(","));
        }
        params.push("sysparm_display_value", self.display.as_str());
        Ok(params)
    }
}

impl Having {
    fn text(&self) -> Result<String, Error> {
        let Having { measure, field, operator, value } = self;
        // The form has no escape.
        if field.contains(['^', ',']) || value.contains(['^', ',']) {
            return Err(Error::InvalidInput("a having condition cannot hold `^` or `,`".to_owned()));
        }
        Ok(format!("{}^{field}^{}^{value}", measure.as_str(), operator.as_str()))
    }
}

impl AggregateOrder {
    fn text(&self) -> String {
        let measure = self.measure.map(|measure| measure.as_str().to_ascii_uppercase());
        let field = Some(self.field.clone()).filter(|field| !field.is_empty());
        let direction = self.descending.then(|| "DESC".to_owned());
        [measure, field, direction].into_iter().flatten().collect::<Vec<_>>().join("^")
    }
}

impl Client {
    /// Computes over a table; one group if `group_by` is empty.
    pub async fn aggregate(&self, table: &str, aggregate: &Aggregate) -> Result<Vec<Group>, Error> {
        let table: TableName = table.parse()?;
        let segments = ["api", "now", "stats", table.as_str()];
        let decode = |reply: &crate::transport::Reply| decode::groups(&reply.body, aggregate.display);
        self.read(&segments, &aggregate.params()?, decode).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_having_and_order() {
        let having = |value: &str| Having {
            measure: Measure::Count,
            field: "priority".to_owned(),
            operator: Operator::GreaterThan,
            value: value.to_owned(),
        };
        assert_eq!(having("3").text().unwrap(), "count^priority^>^3");
        assert!(having("3,4").text().is_err());
        for (measure, field, descending, expected) in [
            (None, "state", false, "state"),
            (None, "state", true, "state^DESC"),
            (Some(Measure::Avg), "impact", false, "AVG^impact"),
            (Some(Measure::Count), "", true, "COUNT^DESC"),
        ] {
            let order = AggregateOrder { measure, field: field.to_owned(), descending };
            assert_eq!(order.text(), expected);
        }
    }
}
