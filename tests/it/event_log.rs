//! A real incident log, loaded into the embedded instance and read through the gateway, gives the counts that a
//! script computes from the log alone.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use futures::TryStreamExt;
use serde::Deserialize;
use sncgate_client::pb::{self, AggregateRecordsRequest, DisplayMode};
use sncgate_client::{Client, Query};

use crate::demo::Demo;
use crate::program::{program, root, run, sncgate};

type Counts = BTreeMap<String, u64>;

/// What `tests/event_log_counts.py` prints.
#[derive(Deserialize)]
struct Expected {
    total: u64,
    state: Counts,
    priority: Counts,
    category: Counts,
    assignment_group: Counts,
}

impl Expected {
    fn by_column(&self) -> [(&'static str, Counts); 4] {
        // The log writes "?" where there is no value.
        let known = |counts: &Counts| {
            counts.iter().map(|(label, count)| (label.replace('?', ""), *count)).collect::<Counts>()
        };
        [
            ("state", known(&self.state)),
            ("priority", known(&self.priority)),
            ("category", known(&self.category)),
            ("assignment_group", known(&self.assignment_group)),
        ]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gateway_counts_the_log_as_the_script_does() {
    let Some(log) = event_log() else { return };
    let expected = script(&log);
    let demo = loaded(&log);
    let client =
        Client::builder(&demo.at.gateway).token(&demo.at.token).connect().await.expect("the gateway listens");

    let streamed = stream(&client).await;
    for (column, counts) in expected.by_column() {
        assert_eq!(aggregate(&client, column).await, counts, "AggregateRecords by {column}");
        assert_eq!(streamed.counts[column], counts, "StreamRecords by {column}");
    }
    assert_eq!(streamed.rows, expected.total);

    command_line(&demo, &expected);
}

/// The commands that the README shows.
fn command_line(demo: &Demo, expected: &Expected) {
    let server = &demo.at;
    let count = |arguments: &[&str]| sncgate(server, arguments).text();

    assert_eq!(count(&["count", "incident"]).trim(), expected.total.to_string());
    let critical = expected.priority["1 - Critical"];
    assert_eq!(count(&["count", "incident", "--where", "priority=1"]).trim(), critical.to_string());

    let grouped = count(&["count", "incident", "--group-by", "state", "-o", "csv"]);
    let closed = grouped.lines().nth(1).expect("a line below the header");
    assert!(closed.split(',').any(|cell| cell == expected.total.to_string()), "{grouped}");
    assert_eq!(grouped.lines().count(), 1 + expected.state.len(), "{grouped}");

    let pipe =
        format!("'{}' query incident --where priority=1 -o csv | wc -l", env!("CARGO_BIN_EXE_sncgate"));
    let lines = run(Command::new("sh")
        .args(["-c", &pipe])
        .env("SNCGATE_SERVER", &server.gateway)
        .env("SNCGATE_TOKEN", &server.token))
    .text();
    assert_eq!(lines.trim(), (critical + 1).to_string(), "the rows and a header");
}

/// What a stream of the whole table carried.
struct Streamed {
    rows: u64,
    counts: BTreeMap<String, Counts>,
}

async fn stream(client: &Client) -> Streamed {
    let columns = ["state", "priority", "category", "assignment_group"];
    let query = Query::new().fields(columns).display(DisplayMode::Both);
    let mut records = client.records("incident", query);
    let mut streamed = Streamed { rows: 0, counts: BTreeMap::new() };
    while let Some(record) = records.try_next().await.expect("the stream goes on") {
        streamed.rows += 1;
        for column in columns {
            let label = record.fields[column].display_value.clone();
            *streamed.counts.entry(column.to_owned()).or_default().entry(label).or_default() += 1;
        }
    }
    streamed
}

async fn aggregate(client: &Client, column: &str) -> Counts {
    let request = AggregateRecordsRequest {
        table: "incident".to_owned(),
        query: Some(pb::Query { display: DisplayMode::Both.into(), ..pb::Query::default() }),
        count: true,
        group_by: vec![column.to_owned()],
        ..AggregateRecordsRequest::default()
    };
    let groups = client.aggregate(request).await.expect("it is counted").groups;
    let count = |count: i64| u64::try_from(count).expect("not negative");
    groups.iter().map(|group| (group.keys[0].display_value.clone(), count(group.count))).collect()
}

fn script(log: &str) -> Expected {
    let script = root().join("tests/event_log_counts.py");
    let printed = program("python3", &[script.to_str().expect("the path is text"), log]).text();
    serde_json::from_str(&printed).expect("the script prints JSON")
}

fn loaded(log: &str) -> Demo {
    let map = root().join("tests/maps/uci498.toml");
    let map = map.to_str().expect("the path is text");
    Demo::start(&["--records", "0", "--load", &format!("incident={log}"), "--map", map])
}

/// The log is not ours to ship: where it is not beside the workspace, the test says so and ends.
pub(crate) fn event_log() -> Option<String> {
    let path: PathBuf = root().join("../shared/data/uci498/incident_event_log.zip");
    if path.exists() {
        return Some(path.to_str().expect("the path is text").to_owned());
    }
    // Past the harness, which keeps what a passing test prints.
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "skipped: the event log is not there: {}", path.display());
    None
}
