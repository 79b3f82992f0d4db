//! Prints the most urgent open incidents: `cargo run --example query -- http://127.0.0.1:8080`

#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]

use futures::TryStreamExt;
use sncgate_client::pb::{Filter, Group};
use sncgate_client::{Client, DisplayMode, Operator, Query, condition};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client::builder(url).token_from_env().connect().await?;

    let clauses =
        vec![condition("active", Operator::Is, "true"), condition("priority", Operator::LessOrEqual, "2")];
    let query = Query::tree(Filter { groups: vec![Group { clauses }] })
        .order_by("priority")
        .order_by_desc("opened_at")
        .fields(["number", "priority", "caller_id", "short_description"])
        .display(DisplayMode::Display)
        .limit(10);
    let mut records = client.records("incident", query);
    while let Some(record) = records.try_next().await? {
        let shown = |field: &str| record.fields.get(field).map_or("", |field| &field.display_value);
        println!("{}  {}  {}", shown("number"), shown("priority"), shown("short_description"));
    }
    Ok(())
}
