//! Numbers about records.

use std::str::FromStr;

use clap::Args;
use sncgate_client::Operator;
use sncgate_client::pb::AggregateFunction;

use super::Shown;
use super::pair::is_field;
use super::query::Rows;

/// Count the records of a query
///
/// Prints a bare number, or with --group-by one row for each group.
#[derive(Args, Debug)]
pub(crate) struct Count {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Count for each value of these columns, separated by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) group_by: Vec<String>,
    /// How the groups' values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
}

/// Compute sums, averages, minima and maxima over the records of a query
///
/// The columns of the answer are those grouped by, then count, sum_COLUMN, avg_COLUMN, min_COLUMN and max_COLUMN.
#[derive(Args, Debug)]
pub(crate) struct Aggregate {
    #[command(flatten)]
    pub(crate) rows: Rows,
    /// Count the records
    #[arg(long)]
    pub(crate) count: bool,
    /// Columns to sum, separated by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) sum: Vec<String>,
    /// Columns to average
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) avg: Vec<String>,
    /// Columns whose smallest value is wanted
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) min: Vec<String>,
    /// Columns whose largest value is wanted
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) max: Vec<String>,
    /// One row for each value of these columns
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) group_by: Vec<String>,
    /// Only groups of which this holds, as "count>5" or "avg(reassignment_count)>=2"
    #[arg(long, value_name = "CONDITION", requires = "group_by")]
    pub(crate) having: Vec<Threshold>,
    /// Sort groups by a column or an aggregate, as "state" or "sum(business_duration)"; -KEY for the largest first
    #[arg(
        long,
        value_name = "KEY",
        value_delimiter = ',',
        allow_hyphen_values = true,
        requires = "group_by"
    )]
    pub(crate) order: Vec<GroupKey>,
    /// How the groups' values are shown
    #[arg(long, value_name = "MODE", default_value = "value")]
    pub(crate) display: Shown,
}

/// "count" or "sum(column)".
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Measure {
    pub(crate) function: AggregateFunction,
    /// Empty where records are counted.
    pub(crate) field: String,
}

/// A measure compared with a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Threshold {
    pub(crate) measure: Measure,
    pub(crate) operator: Operator,
    pub(crate) value: String,
}

/// A column (the function is then unspecified) or a measure to sort groups by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GroupKey {
    pub(crate) measure: Measure,
    pub(crate) descending: bool,
}

impl FromStr for Measure {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, field) = match text.split_once('(') {
            None => (text, ""),
            Some((name, rest)) => (name, rest.strip_suffix(')').ok_or("a closing ) is missing")?),
        };
        let function = match name {
            "count" => AggregateFunction::Count,
            "sum" => AggregateFunction::Sum,
            "avg" => AggregateFunction::Avg,
            "min" => AggregateFunction::Min,
            "max" => AggregateFunction::Max,
            _ => return Err("write count, or sum, avg, min or max with a column: sum(business_duration)"),
        };
        let fits = is_field(field) || (field.is_empty() && function == AggregateFunction::Count);
        if !fits {
            return Err("name a column in the parentheses: sum(business_duration)");
        }
        Ok(Self { function, field: field.to_owned() })
    }
}

impl FromStr for Threshold {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let start = text.find(['<', '>', '=', '!']).ok_or("write a comparison: count>5")?;
        let (measure, rest) = text.split_at(start);
        let end = rest.find(|c| !matches!(c, '<' | '>' | '=' | '!')).unwrap_or(rest.len());
        let (operator, value) = rest.split_at(end);
        let operator = match operator {
            "=" => Operator::Is,
            "!=" => Operator::IsNot,
            ">" => Operator::GreaterThan,
            ">=" => Operator::GreaterOrEqual,
            "<" => Operator::LessThan,
            "<=" => Operator::LessOrEqual,
            _ => return Err("compare with =, !=, >, >=, < or <="),
        };
        let value = value.trim().to_owned();
        if value.parse::<f64>().is_err() {
            return Err("compare with a number: count>5");
        }
        Ok(Self { measure: measure.trim().parse()?, operator, value })
    }
}

impl FromStr for GroupKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (descending, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let measure = if is_field(text) && text != "count" {
            Measure { function: AggregateFunction::Unspecified, field: text.to_owned() }
        } else {
            text.parse()?
        };
        Ok(Self { measure, descending })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(function: AggregateFunction, field: &str) -> Measure {
        Measure { function, field: field.to_owned() }
    }

    #[test]
    fn reads_thresholds() {
        let count = measure(AggregateFunction::Count, "");
        let avg = measure(AggregateFunction::Avg, "x.y");
        let cases = [
            ("count>5", Some((count.clone(), Operator::GreaterThan, "5"))),
            ("count != 5", Some((count, Operator::IsNot, "5"))),
            ("avg(x.y)>=-2.5", Some((avg, Operator::GreaterOrEqual, "-2.5"))),
            ("sum>5", None),
            ("avg(x>5", None),
            ("avg(X)>5", None),
            ("median(x)>5", None),
            ("count=>5", None),
            ("count>", None),
            ("count>many", None),
            ("count", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(measure, operator, value)| Threshold {
                measure,
                operator,
                value: value.to_owned(),
            });
            assert_eq!(text.parse::<Threshold>().ok(), expected, "{text}");
        }
    }

    #[test]
    fn reads_sort_keys() {
        let cases = [
            ("state", Some((measure(AggregateFunction::Unspecified, "state"), false))),
            ("-count", Some((measure(AggregateFunction::Count, ""), true))),
            ("-max(opened_at)", Some((measure(AggregateFunction::Max, "opened_at"), true))),
            ("max()", None),
            ("-", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(measure, descending)| GroupKey { measure, descending });
            assert_eq!(text.parse::<GroupKey>().ok(), expected, "{text}");
        }
    }
}
