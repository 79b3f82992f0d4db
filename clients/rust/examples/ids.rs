//! Reads every record of a table, and prints its sys_id in a line of its own. The third argument names the columns to
//! read: `cargo run --example ids -- http://127.0.0.1:8080 incident number,state`
//!
//! `benches/stream_million.py` checks what it prints.

use std::io::{BufWriter, Write, stdout};

use futures::TryStreamExt;
use sncgate_client::{Client, Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let table = arguments.next().unwrap_or_else(|| "incident".to_owned());
    let columns = arguments.next().unwrap_or_else(|| "sys_id".to_owned());

    let client = Client::builder(url).token_from_env().connect().await?;
    let mut pages = client.pages(table, Query::new().fields(columns.split(',')).page_size(1000));
    let mut out = BufWriter::new(stdout());
    while let Some(page) = pages.try_next().await? {
        for record in page.records {
            writeln!(out, "{}", record.sys_id)?;
        }
    }
    Ok(out.flush()?)
}
