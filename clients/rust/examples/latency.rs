//! Asks for a page of a table again and again, one call after the other, and prints how long each took, in microseconds:
//! `cargo run --release --example latency -- http://127.0.0.1:8080 incident 200`
//!
//! `benches/interactive.py` compares what it prints.

use std::io::{Write, stdout};
use std::time::Instant;

use sncgate_client::{Client, Query};

/// Records of a page: what a person looks at.
const PAGE: i32 = 20;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let table = arguments.next().unwrap_or_else(|| "incident".to_owned());
    let calls: u32 = arguments.next().map_or(Ok(100), |calls| calls.parse())?;

    let client = Client::builder(url).token_from_env().connect().await?;
    let query = || Query::encoded("active=true").fields(["number", "state", "short_description"]);
    let mut out = stdout();
    for _ in 0..calls {
        let started = Instant::now();
        client.list(table.as_str(), query().page_size(PAGE)).await?;
        writeln!(out, "{}", started.elapsed().as_micros())?;
    }
    Ok(out.flush()?)
}
