//! AggregateRecords.

use servicenow::{Aggregate, AggregateOrder, Having, Measure};
use tonic::{Request, Response, Status};

use crate::access::Operation;
use crate::error::Error;
use crate::grpc::query::{Parsed, comparison};
use crate::grpc::{Gateway, request};
use crate::pb::{self, AggregateRecordsRequest, AggregateRecordsResponse};
use crate::records;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<AggregateRecordsRequest>,
) -> Result<Response<AggregateRecordsResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let instance = message.instance.clone();
    let table = request::table(&message.table)?;
    let aggregate = parse(message)?;

    let compute = async {
        let guard = gateway.guard(&caller, &instance, &table, Operation::Read).await?;
        records::check_deciding(&guard, fields_of(&aggregate)).await?;
        records::check_query(&guard, &aggregate.query).await?;
        records::aggregate(&guard, aggregate).await
    };
    let groups = request::until(deadline, compute).await?;
    Ok(Response::new(AggregateRecordsResponse { groups }))
}

fn parse(message: AggregateRecordsRequest) -> Result<Aggregate, Error> {
    let parsed = Parsed::new(message.query.unwrap_or_default())?;
    let selection = parsed.selection();
    if parsed.is_ordered() || selection.limit.is_some() || !selection.fields.is_empty() {
        return Err(Error::invalid("query", "an aggregate takes a filter and a display mode only"));
    }
    let aggregate = Aggregate {
        query: selection.query,
        count: message.count,
        sum: request::fields("sum", message.sum)?,
        avg: request::fields("avg", message.avg)?,
        min: request::fields("min", message.min)?,
        max: request::fields("max", message.max)?,
        group_by: request::fields("group_by", message.group_by)?,
        having: message.having.into_iter().map(having).collect::<Result<_, _>>()?,
        order_by: message.order_by.into_iter().map(order).collect::<Result<_, _>>()?,
        display: selection.display,
    };
    let computes = aggregate.count
        || [&aggregate.sum, &aggregate.avg, &aggregate.min, &aggregate.max]
            .iter()
            .any(|fields| !fields.is_empty());
    if !computes {
        return Err(Error::invalid("count", "ask for at least one of count, sum, avg, min and max"));
    }
    if !aggregate.having.is_empty() && aggregate.group_by.is_empty() {
        return Err(Error::invalid("having", "needs group_by"));
    }
    Ok(aggregate)
}

fn having(having: pb::Having) -> Result<Having, Error> {
    let measure = function("having.function", having.function)?
        .ok_or_else(|| Error::invalid("having.function", "is required"))?;
    if having.value.parse::<f64>().is_err() {
        return Err(Error::invalid("having.value", format!("{:?} is no number", having.value)));
    }
    Ok(Having {
        measure,
        field: one_field("having.field", having.field)?,
        operator: comparison("having.operator", having.operator)?,
        value: having.value,
    })
}

fn order(order: pb::AggregateOrder) -> Result<AggregateOrder, Error> {
    let measure = function("order_by.function", order.function)?;
    let field = match measure {
        Some(Measure::Count) if order.field.is_empty() => String::new(),
        _ => one_field("order_by.field", order.field)?,
    };
    Ok(AggregateOrder { measure, field, descending: order.descending })
}

fn one_field(name: &'static str, field: String) -> Result<String, Error> {
    request::fields(name, vec![field]).map(|mut fields| fields.remove(0))
}

fn function(name: &'static str, value: i32) -> Result<Option<Measure>, Error> {
    match pb::AggregateFunction::try_from(value) {
        Ok(pb::AggregateFunction::Unspecified) => Ok(None),
        Ok(pb::AggregateFunction::Count) => Ok(Some(Measure::Count)),
        Ok(pb::AggregateFunction::Sum) => Ok(Some(Measure::Sum)),
        Ok(pb::AggregateFunction::Avg) => Ok(Some(Measure::Avg)),
        Ok(pb::AggregateFunction::Min) => Ok(Some(Measure::Min)),
        Ok(pb::AggregateFunction::Max) => Ok(Some(Measure::Max)),
        Err(_) => Err(Error::invalid(name, format!("{value} is no AggregateFunction"))),
    }
}

fn fields_of(aggregate: &Aggregate) -> Vec<&str> {
    let lists = [&aggregate.sum, &aggregate.avg, &aggregate.min, &aggregate.max, &aggregate.group_by];
    let mut fields: Vec<&str> = lists.into_iter().flatten().map(String::as_str).collect();
    fields.extend(aggregate.query.fields());
    fields.extend(aggregate.having.iter().map(|having| having.field.as_str()));
    fields.extend(
        aggregate.order_by.iter().map(|order| order.field.as_str()).filter(|field| !field.is_empty()),
    );
    fields
}
