//! `sncgate aggregate`.

use anyhow::Result;
use sncgate_client::pb::{
    AggregateFunction, AggregateGroup, AggregateOrder, AggregateRecordsRequest, GroupKey, Having,
};

use super::args::{self, Shown};
use super::connect::Session;
use super::exit::Usage;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session, arguments: args::Aggregate) -> Result<()> {
    let display = arguments.display;
    print(session, to_request(arguments)?, display).await
}

/// Asks, and prints one row for each group.
pub(crate) async fn print(session: &Session, request: AggregateRecordsRequest, display: Shown) -> Result<()> {
    let columns = columns(&request, display);
    let answer = session.client.aggregate(request.clone()).await?;
    let rows: Vec<_> = answer.groups.into_iter().map(|group| row(&request, group, display)).collect();
    session.write_all(columns, &rows)
}

fn to_request(arguments: args::Aggregate) -> Result<AggregateRecordsRequest> {
    let nothing =
        [&arguments.sum, &arguments.avg, &arguments.min, &arguments.max].iter().all(|list| list.is_empty());
    if nothing && !arguments.count {
        return Err(Usage("say what to compute: --count, --sum, --avg, --min or --max".to_owned()).into());
    }
    // ServiceNow wants a column even where records are counted, and any will do.
    let any = arguments.group_by.first().cloned().unwrap_or_default();
    let having = |threshold: args::Threshold| Having {
        function: threshold.measure.function.into(),
        field: if threshold.measure.field.is_empty() { any.clone() } else { threshold.measure.field },
        operator: threshold.operator.into(),
        value: threshold.value,
    };
    let order = |key: args::GroupKey| AggregateOrder {
        function: key.measure.function.into(),
        field: key.measure.field,
        descending: key.descending,
    };
    let query = arguments.rows.to_query().display(arguments.display.into());
    Ok(AggregateRecordsRequest {
        instance: String::new(),
        table: arguments.rows.table,
        query: Some(query.into_message()),
        count: arguments.count,
        sum: arguments.sum,
        avg: arguments.avg,
        min: arguments.min,
        max: arguments.max,
        having: arguments.having.into_iter().map(having).collect(),
        order_by: arguments.order.into_iter().map(order).collect(),
        group_by: arguments.group_by,
    })
}

/// What is computed over columns, in the order of the answer's columns.
fn computed(request: &AggregateRecordsRequest) -> impl Iterator<Item = (AggregateFunction, &String)> {
    let all = [
        (AggregateFunction::Sum, &request.sum),
        (AggregateFunction::Avg, &request.avg),
        (AggregateFunction::Min, &request.min),
        (AggregateFunction::Max, &request.max),
    ];
    all.into_iter().flat_map(|(function, fields)| fields.iter().map(move |field| (function, field)))
}

fn columns(request: &AggregateRecordsRequest, display: Shown) -> Vec<Column> {
    let key = if display == Shown::Both { Column::both } else { Column::new };
    let mut columns: Vec<Column> = request.group_by.iter().map(key).collect();
    if request.count {
        columns.push(Column::new("count"));
    }
    columns.extend(computed(request).map(|(function, field)| {
        let name = function.as_str_name().trim_start_matches("AGGREGATE_FUNCTION_").to_lowercase();
        Column::new(format!("{name}_{field}"))
    }));
    columns
}

fn row(request: &AggregateRecordsRequest, mut group: AggregateGroup, display: Shown) -> Vec<Cell> {
    let keys = std::mem::take(&mut group.keys);
    let mut cells: Vec<Cell> = keys.into_iter().map(|key| key_cell(key, display)).collect();
    cells.resize(request.group_by.len(), Cell::Missing);
    if request.count {
        cells.push(Cell::Number(group.count));
    }
    cells.extend(computed(request).map(|(function, field)| {
        let values = match function {
            AggregateFunction::Sum => &group.sum,
            AggregateFunction::Avg => &group.avg,
            AggregateFunction::Min => &group.min,
            _ => &group.max,
        };
        values.get(field).map_or(Cell::Missing, |value| Cell::Text(value.clone()))
    }));
    cells
}

fn key_cell(key: GroupKey, display: Shown) -> Cell {
    let GroupKey { value, display_value, .. } = key;
    match display {
        Shown::Value => Cell::Text(value),
        Shown::Display => Cell::Text(display_value),
        Shown::Both => Cell::Both { value, display_value, link: String::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_the_columns_asked_for() {
        let request = AggregateRecordsRequest {
            count: true,
            avg: vec!["x".into()],
            max: vec!["x".into(), "y".into()],
            group_by: vec!["state".into(), "priority".into()],
            ..Default::default()
        };
        let names: Vec<String> = columns(&request, Shown::Value).into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["state", "priority", "count", "avg_x", "max_x", "max_y"]);

        let key = |field: &str, value: &str| GroupKey {
            field: field.into(),
            value: value.into(),
            ..Default::default()
        };
        let group = AggregateGroup {
            keys: vec![key("state", "1"), key("priority", "")],
            count: 7,
            avg: [("x".into(), "1.5000".into())].into(),
            max: [("y".into(), "9".into())].into(),
            ..Default::default()
        };
        let text = |text: &str| Cell::Text(text.into());
        let expected = [text("1"), text(""), Cell::Number(7), text("1.5000"), Cell::Missing, text("9")];
        assert_eq!(row(&request, group, Shown::Value), expected);
    }
}
