//! Prints the sys_id of every record of a table, one a line: `cargo run --example ids -- http://127.0.0.1:8080 incident`
//!
//! `benches/stream_million.py` checks what it prints, and so it uses one attempt only: a stream that the client had to
//! resume would hide a stream that broke.

use std::io::{BufWriter, Write};

use futures::TryStreamExt;
use sncgate_client::{Client, Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let table = arguments.next().unwrap_or_else(|| "incident".to_owned());

    let client = Client::builder(url).retries(0).connect().await?;
    let mut pages = client.pages(table, Query::new().fields(["sys_id"]));
    let mut out = BufWriter::new(std::io::stdout().lock());
    while let Some(page) = pages.try_next().await? {
        for record in page.records {
            writeln!(out, "{}", record.sys_id)?;
        }
    }
    out.flush()?;
    Ok(())
}
