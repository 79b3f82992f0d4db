//! StreamRecords beside a plain HTTP download of the same pages, in one run: what the gateway costs.
//!
//! The download asks the embedded instance for the very pages that the gateway asks for, one after the other on one
//! connection, and drops the bytes unread. Rounds alternate, and the best of each side counts.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a benchmark talks, and stops at the first surprise"
)]

#[path = "../tests/it/demo.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod demo;

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use serde::Deserialize;
use sncgate_client::{Client, Query};

use demo::Demo;

const RECORDS: u32 = 100_000;
const PAGE: usize = 1_000;
const ROUNDS: usize = 5;
const FIELDS: &str =
    "sys_id,number,state,priority,short_description,assignment_group,opened_at,sys_updated_on";

#[tokio::main]
async fn main() {
    rustls::crypto::ring::default_provider().install_default().unwrap();
    let demo = Demo::with_records(RECORDS);
    let http = Http::new(&demo);
    let pages = http.pages().await;

    let mut download = Best::default();
    let mut stream = Best::default();
    for round in 1..=ROUNDS {
        let plain = http.download(&pages).await;
        let streamed = gateway(&demo).await;
        println!("round {round}: download {plain}, StreamRecords {streamed}");
        assert_eq!(plain.rows, streamed.rows, "both carry the same rows");
        download.take(plain);
        stream.take(streamed);
    }
    let (plain, streamed) = (download.0.unwrap(), stream.0.unwrap());
    println!("download       {plain}");
    println!("StreamRecords  {streamed}");
    println!("ratio          {:.2} (1.00: as fast as the bare download)", streamed.rate() / plain.rate());
}

/// How many rows came in which time.
#[derive(Clone, Copy)]
struct Run {
    rows: usize,
    time: Duration,
}

impl Run {
    fn rate(self) -> f64 {
        self.rows as f64 / self.time.as_secs_f64()
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>7.0} rows/s ({} rows in {:.2?})", self.rate(), self.rows, self.time)
    }
}

#[derive(Default)]
struct Best(Option<Run>);

impl Best {
    fn take(&mut self, run: Run) {
        if self.0.is_none_or(|best| run.rate() > best.rate()) {
            self.0 = Some(run);
        }
    }
}

async fn gateway(demo: &Demo) -> Run {
    let client = Client::builder(&demo.at.gateway).token(&demo.at.token).connect().await.unwrap();
    let query = Query::new().fields(FIELDS.split(',')).page_size(i32::try_from(PAGE).unwrap());
    let start = Instant::now();
    let mut pages = client.pages("incident", query);
    let mut rows = 0;
    while let Some(page) = pages.try_next().await.unwrap() {
        rows += page.records.len();
    }
    Run { rows, time: start.elapsed() }
}

/// The embedded instance without the gateway.
struct Http {
    client: reqwest::Client,
    table: String,
    username: String,
    password: String,
}

/// A page: where it starts, and how many rows it has.
struct Page {
    after: String,
    rows: usize,
}

#[derive(Deserialize)]
struct Ids {
    result: Vec<Id>,
}

#[derive(Deserialize)]
struct Id {
    sys_id: String,
}

impl Http {
    fn new(demo: &Demo) -> Self {
        Self {
            client: reqwest::Client::new(),
            table: format!("{}/api/now/table/incident", demo.at.emulator.trim_end_matches('/')),
            username: demo.at.username.clone(),
            password: demo.at.password.clone(),
        }
    }

    /// Where each page starts: known before the clock runs, so that the download need not read what it gets.
    async fn pages(&self) -> Vec<Page> {
        let mut pages = vec![];
        let mut after = String::new();
        loop {
            let ids: Ids = serde_json::from_slice(&self.page(&after, "sys_id").await).unwrap();
            let Some(last) = ids.result.last() else { return pages };
            let next = last.sys_id.clone();
            pages.push(Page { after, rows: ids.result.len() });
            after = next;
        }
    }

    async fn download(&self, pages: &[Page]) -> Run {
        let start = Instant::now();
        let mut rows = 0;
        for page in pages {
            self.page(&page.after, FIELDS).await;
            rows += page.rows;
        }
        Run { rows, time: start.elapsed() }
    }

    async fn page(&self, after: &str, fields: &str) -> Vec<u8> {
        let filter = if after.is_empty() { String::new() } else { format!("sys_id>{after}^") };
        let parameters = [
            ("sysparm_query", format!("{filter}ORDERBYsys_id")),
            ("sysparm_fields", fields.to_owned()),
            ("sysparm_limit", PAGE.to_string()),
            ("sysparm_exclude_reference_link", "true".to_owned()),
            ("sysparm_no_count", "true".to_owned()),
        ];
        let request = self.client.get(&self.table).query(&parameters);
        let request = request.basic_auth(&self.username, Some(&self.password));
        let response = request.send().await.unwrap().error_for_status().unwrap();
        response.bytes().await.unwrap().to_vec()
    }
}
