//! Streams a whole table and prints the ids: `cargo run --example ids -- http://127.0.0.1:8080 incident`

use std::io::{BufWriter, Write, stdout};

use futures::TryStreamExt;
use sncgate_client::{Client, Query};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let table = arguments.next().unwrap_or_else(|| "incident".to_owned());

    let client = Client::connect(url).await?;
    let mut pages = client.pages(table, Query::new().fields(["sys_id"]).page_size(1000));
    let mut out = BufWriter::new(stdout());
    while let Some(page) = pages.try_next().await? {
        for record in page.records {
            writeln!(out, "{}", record.sys_id)?;
        }
    }
    Ok(out.flush()?)
}
