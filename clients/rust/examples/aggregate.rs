//! Counts incidents by state: `cargo run --example aggregate -- http://127.0.0.1:8080`

#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]

use sncgate_client::{Client, DisplayMode, Query, pb};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client::builder(url).token_from_env().connect().await?;

    let by_state = pb::AggregateRecordsRequest {
        table: "incident".into(),
        query: Some(Query::new().display(DisplayMode::Both).into_message()),
        count: true,
        group_by: vec!["state".into()],
        ..Default::default()
    };
    for group in client.aggregate(by_state).await?.groups {
        let state = &group.keys[0];
        println!("{:>7}  {} ({})", group.count, state.display_value, state.value);
    }
    println!("{:>7}  in all", client.count("incident", Query::new()).await?);
    Ok(())
}
