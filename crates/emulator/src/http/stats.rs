//! `GET …/stats/{table}`: the Aggregate API.

mod render;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::call::Call;
use super::face::Face;
use super::failure::Failure;
use super::parameters::Parameters;
use super::segments::Segments;
use super::table::query_of;
use crate::engine::{Having, StatsOrder, StatsRequest};

/// Aggregates over the matching rows: an object, or one element per group.
pub(crate) async fn stats(
    State(face): State<Face>,
    call: Call,
    Segments(table): Segments<String>,
) -> Result<Response, Failure> {
    let parameters = call.parameters.clone();
    let (having, order_by) = (having(&parameters)?, order_by(&parameters));
    let group_by = parameters.list("sysparm_group_by");
    let (grouped, display) = (!group_by.is_empty(), parameters.display());
    let session = call.session.clone();
    let rows = face
        .ask(move |engine| {
            let request = StatsRequest {
                query: query_of(engine, &table, &parameters)?,
                table,
                count: parameters.flag("sysparm_count"),
                sum: parameters.list("sysparm_sum_fields"),
                avg: parameters.list("sysparm_avg_fields"),
                min: parameters.list("sysparm_min_fields"),
                max: parameters.list("sysparm_max_fields"),
                group_by,
                having,
                order_by,
                display,
            };
            engine.stats(&session, &request)
        })
        .await?;
    Ok(call.reply(StatusCode::OK, render::render(call.format, display, grouped, &rows)))
}

/// `sysparm_having`. Leaving out a condition that cannot be read would answer another question.
fn having(parameters: &Parameters) -> Result<Vec<Having>, Failure> {
    let conditions = parameters.list("sysparm_having");
    let read = |text: &String| {
        Having::parse(text)
            .ok_or_else(|| Failure::bad_parameter("sysparm_having takes aggregate^field^operator^value"))
    };
    conditions.iter().map(read).collect()
}

/// `sysparm_order_by`. A key that cannot be read does not sort.
fn order_by(parameters: &Parameters) -> Vec<StatsOrder> {
    parameters.list("sysparm_order_by").iter().filter_map(|text| StatsOrder::parse(text)).collect()
}
