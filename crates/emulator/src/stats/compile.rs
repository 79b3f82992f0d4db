//! A request for aggregates as SQL, and where each part of the answer stands in a row.

use servicenow::query::Operator;

use super::{Aggregate, Having, StatsOrder, StatsRequest};
use crate::query::{Compiler, Field, Predicate, Scope, stored};
use crate::rulebook::Operation;
use crate::schema::Kind;
use crate::value::duration;

/// Groups in an answer; the platform's own quota ends sooner.
const MAX_GROUPS: usize = 100_000;
/// Aggregated or grouped fields.
const MAX_FIELDS: usize = 64;

/// A column of the answer.
pub(crate) struct Part {
    /// The field as asked for.
    pub(crate) name: String,
    pub(crate) field: Field,
    /// Where it stands in the row.
    pub(crate) at: usize,
}

/// The statement in parts.
#[derive(Default)]
pub(crate) struct Plan {
    expressions: Vec<String>,
    having: Vec<String>,
    order: Vec<String>,
    pub(crate) groups: Vec<Part>,
    pub(crate) count: Option<usize>,
    pub(crate) sum: Vec<Part>,
    pub(crate) avg: Vec<Part>,
    pub(crate) min: Vec<Part>,
    pub(crate) max: Vec<Part>,
}

/// Resolves the fields of a request.
pub(crate) fn plan(compiler: &mut Compiler<'_>, scope: &mut Scope, request: &StatsRequest) -> Plan {
    let mut plan = Plan::default();
    for name in request.group_by.iter().take(MAX_FIELDS) {
        if let Some(field) = known(compiler, scope, name) {
            let sql = group_sql(&field);
            let at = plan.add(sql);
            plan.groups.push(Part { name: name.clone(), field, at });
        }
    }
    plan.count = request.count.then(|| plan.add("count(*)".to_owned()));
    plan.sum = plan.aggregates(compiler, scope, Aggregate::Sum, &request.sum);
    plan.avg = plan.aggregates(compiler, scope, Aggregate::Avg, &request.avg);
    plan.min = plan.aggregates(compiler, scope, Aggregate::Min, &request.min);
    plan.max = plan.aggregates(compiler, scope, Aggregate::Max, &request.max);
    if !plan.groups.is_empty() {
        for having in request.having.iter().take(MAX_FIELDS) {
            plan.having.extend(having_sql(compiler, scope, having));
        }
        for order in request.order_by.iter().take(MAX_FIELDS) {
            let key = order_sql(compiler, scope, &plan, order);
            plan.order.extend(key);
        }
    }
    plan
}

/// A field that exists and may be asked for.
fn known(compiler: &mut Compiler<'_>, scope: &mut Scope, name: &str) -> Option<Field> {
    let field = scope.field(compiler, name)?;
    compiler.may_query(&field, Operation::QueryRange);
    (field.column.kind != Kind::Password).then_some(field)
}

/// An empty boolean of a row is false, not a group of its own.
fn group_sql(field: &Field) -> String {
    match field.column.kind {
        Kind::Boolean if !field.walked => format!("COALESCE({}, 0)", field.sql),
        _ => field.sql.clone(),
    }
}

/// The aggregate of a field; `None` where it has no meaning.
fn aggregate_sql(aggregate: Aggregate, field: &Field) -> Option<String> {
    let sql = &field.sql;
    let number = match field.column.kind {
        Kind::Integer | Kind::Decimal | Kind::Currency => sql.clone(),
        Kind::Duration => format!("CAST(strftime('%s', {sql}) AS INTEGER)"),
        _ => String::new(),
    };
    Some(match aggregate {
        Aggregate::Count => "count(*)".to_owned(),
        Aggregate::Sum if !number.is_empty() => format!("sum({number})"),
        Aggregate::Avg if !number.is_empty() => format!("avg({number})"),
        Aggregate::Min => format!("min({sql})"),
        Aggregate::Max => format!("max({sql})"),
        Aggregate::Sum | Aggregate::Avg => return None,
    })
}

fn having_sql(compiler: &mut Compiler<'_>, scope: &mut Scope, having: &Having) -> Option<String> {
    let comparison = match having.operator {
        Operator::Is => "=",
        Operator::IsNot => "<>",
        Operator::LessThan => "<",
        Operator::LessOrEqual => "<=",
        Operator::GreaterThan => ">",
        Operator::GreaterOrEqual => ">=",
        _ => return None,
    };
    let number = || crate::value::number::parse(&having.value);
    if having.aggregate == Aggregate::Count {
        return Some(format!("count(*) {comparison} {}", compiler.bind(number()?)));
    }
    let field = known(compiler, scope, &having.field)?;
    let left = aggregate_sql(having.aggregate, &field)?;
    let right = match (having.aggregate, field.column.kind) {
        (Aggregate::Sum | Aggregate::Avg, Kind::Duration) => {
            compiler.bind(duration::parse(&having.value).map(|seconds| seconds as f64).or_else(number)?)
        }
        (Aggregate::Sum | Aggregate::Avg, _) => compiler.bind(number()?),
        _ => compiler.bind(stored(&field.column, &having.value)?),
    };
    Some(format!("{left} {comparison} {right}"))
}

fn order_sql(
    compiler: &mut Compiler<'_>,
    scope: &mut Scope,
    plan: &Plan,
    order: &StatsOrder,
) -> Option<String> {
    let sql = match order.aggregate {
        Some(Aggregate::Count) => "count(*)".to_owned(),
        Some(aggregate) => aggregate_sql(aggregate, &known(compiler, scope, &order.field)?)?,
        None => {
            let part = plan.groups.iter().find(|part| part.name == order.field)?;
            sort_of(compiler, scope, part)
        }
    };
    Some(format!("{sql}{}", if order.descending { " DESC" } else { "" }))
}

/// References sort by what people see of them.
fn sort_of(compiler: &mut Compiler<'_>, scope: &mut Scope, part: &Part) -> String {
    if part.field.column.kind == Kind::Reference {
        return scope
            .display_of(compiler, &part.name, &part.field)
            .map_or_else(|| part.field.sql.clone(), |f| f.sql);
    }
    group_sql(&part.field)
}

impl Plan {
    fn add(&mut self, sql: String) -> usize {
        self.expressions.push(sql);
        self.expressions.len() - 1
    }

    fn aggregates(
        &mut self,
        compiler: &mut Compiler<'_>,
        scope: &mut Scope,
        aggregate: Aggregate,
        names: &[String],
    ) -> Vec<Part> {
        let mut parts = Vec::new();
        for name in names.iter().take(MAX_FIELDS) {
            let Some(field) = known(compiler, scope, name) else { continue };
            let Some(sql) = aggregate_sql(aggregate, &field) else { continue };
            let at = self.add(sql);
            parts.push(Part { name: name.clone(), field, at });
        }
        parts
    }

    pub(crate) fn sql(&self, scope: &Scope, condition: Predicate) -> String {
        let list = if self.expressions.is_empty() { "1".to_owned() } else { self.expressions.join(", ") };
        let filter = condition.into_sql().map(|sql| format!(" WHERE {sql}")).unwrap_or_default();
        let mut sql = format!("SELECT {list} {}{filter}", scope.from());
        let places: Vec<String> = self.groups.iter().map(|part| (part.at + 1).to_string()).collect();
        if places.is_empty() {
            // One row, even where there is nothing to say.
            let limit = if self.expressions.is_empty() { " LIMIT 1" } else { "" };
            return sql + limit;
        }
        sql.push_str(&format!(" GROUP BY {}", places.join(", ")));
        if !self.having.is_empty() {
            sql.push_str(&format!(" HAVING {}", self.having.join(" AND ")));
        }
        let order: Vec<&str> =
            self.order.iter().map(String::as_str).chain(places.iter().map(String::as_str)).collect();
        sql.push_str(&format!(" ORDER BY {} LIMIT {MAX_GROUPS}", order.join(", ")));
        sql
    }
}
