//! One list of scenarios, which the clients of all languages execute against one gateway: `clients/scenarios.json`.
//! And the unit tests of the clients that are not Rust's.

mod compare;
mod perform;

use std::collections::HashMap;
use std::process::Command;

use serde::Deserialize;
use serde_json::{Value, json};
use sncgate_client::{Client, Error};

use self::compare::{compare, filled};
use crate::demo::{Addresses, Demo};
use crate::program::{Outcome, root, run, tool};

/// Incidents of the embedded instance; the list counts them.
const RECORDS: u32 = 120;

#[derive(Deserialize)]
struct List {
    clients: Vec<String>,
    scenarios: Vec<Scenario>,
}

#[derive(Deserialize)]
struct Scenario {
    name: String,
    #[serde(default)]
    skip: HashMap<String, String>,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    #[serde(rename = "do")]
    call: String,
    with: Value,
    #[serde(rename = "as")]
    name: Option<String>,
    expect: Option<Value>,
    fails: Option<Value>,
}

fn list() -> List {
    let text = std::fs::read_to_string(root().join("clients/scenarios.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn every_client_does_what_the_list_says() {
    let demo = Demo::with_records(RECORDS);
    let (list, at) = (list(), &demo.at);
    let url = at.gateway.as_str();
    build_typescript();
    for client in &list.clients {
        let outcome = match client.as_str() {
            "rust" => rust(&list, at),
            "python" => python(at, &[]),
            "python-asyncio" => python(at, &["--asyncio"]),
            "go" => go(&["run", "./internal/scenarios", url, "../scenarios.json"], &at.token),
            "typescript" => node(&["build/scenarios.node.js", url, "../scenarios.json"], &at.token),
            "typescript-web" => node(&["test/browser.mjs", url, "../scenarios.json"], &at.token),
            other => panic!("no runner for {other}"),
        };
        let said = outcome.text();
        let lines: Vec<&str> = said.lines().filter(|line| !line.contains(" passed, ")).collect();
        let expected: Vec<String> = list.scenarios.iter().map(|one| line(one, client)).collect();
        assert_eq!(lines, expected, "{client}");
    }
}

/// What a runner says of a scenario that went well.
fn line(scenario: &Scenario, client: &str) -> String {
    match scenario.skip.get(client) {
        Some(reason) => format!("skip  {}: {reason}", scenario.name),
        None => format!("ok    {}", scenario.name),
    }
}

#[test]
fn the_unit_tests_of_the_clients_pass() {
    let said = run(Command::new(tool("clients/bin/python"))
        .args(["-m", "unittest", "discover", "-s", "test", "-p", "test_*.py"])
        .current_dir(root().join("clients/python"))
        .env("PYTHONPATH", "src"));
    let (code, stderr) = (said.code, said.stderr);
    assert!(code == Some(0) && !stderr.contains("Ran 0 tests"), "{stderr}");

    let said = go(&["test", "./..."], "").text();
    assert!(said.contains("ok  \tgithub.com/sncgate/sncgate/clients/go"), "{said}");

    build_typescript();
    let said = node(&["--test", "build/client.test.js"], "").text();
    assert!(said.contains("fail 0") && !said.contains("pass 0"), "{said}");
}

fn python(at: &Addresses, flags: &[&str]) -> Outcome {
    let script = root().join("clients/python/test/scenarios.py");
    run(Command::new(tool("clients/bin/python"))
        .arg(script)
        .arg(&at.gateway)
        .args(flags)
        .env("SNCGATE_TOKEN", &at.token)
        .env("PYTHONPATH", root().join("clients/python/src")))
}

fn go(arguments: &[&str], token: &str) -> Outcome {
    let mut command = Command::new("go");
    command.args(arguments).current_dir(root().join("clients/go")).env("SNCGATE_TOKEN", token);
    run(with_tools(&mut command))
}

fn node(arguments: &[&str], token: &str) -> Outcome {
    let mut command = Command::new("node");
    command.args(arguments).current_dir(root().join("clients/typescript")).env("SNCGATE_TOKEN", token);
    run(with_tools(&mut command))
}

fn build_typescript() {
    tool("../clients/typescript/node_modules");
    node(&["test/build.mjs"], "").text();
}

/// Go and Node of `.tools/` where the machine has none that are new enough.
pub(crate) fn with_tools(command: &mut Command) -> &mut Command {
    let own = ["go", "node"].map(|name| root().join(".tools").join(name).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path)));
    command.env("PATH", path.expect("no folder has a colon"))
}

/// The Rust client's runner.
fn rust(list: &List, at: &Addresses) -> Outcome {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let index = list.clients.iter().position(|client| client == "rust").unwrap();
    let mut said = Vec::new();
    for scenario in &list.scenarios {
        if scenario.skip.contains_key("rust") {
            said.push(line(scenario, "rust"));
            continue;
        }
        let mut known = json!({ "client": "rust", "client_id": format!("{index:012}") });
        match runtime.block_on(run_steps(at, scenario, &mut known)) {
            Ok(()) => said.push(line(scenario, "rust")),
            Err(why) => said.push(format!("FAIL  {}: {why}", scenario.name)),
        }
    }
    Outcome { code: Some(0), stdout: said.join("\n"), stderr: String::new() }
}

async fn run_steps(at: &Addresses, scenario: &Scenario, known: &mut Value) -> Result<(), String> {
    for (number, step) in scenario.steps.iter().enumerate() {
        let place = format!("step {}, {}", number + 1, step.call);
        let mut with = filled(&step.with, known);
        let client = client(at, &mut with).await;
        let answer = perform::perform(&client, &step.call, with).await;
        match (answer, &step.fails) {
            (Err(error), Some(fails)) => compare(&filled(fails, known), &told(&error), &place)?,
            (Err(error), None) => return Err(format!("{place}: {error:?}")),
            (Ok(answer), Some(_)) => return Err(format!("{place}: did not fail, but returned {answer}")),
            (Ok(answer), None) => {
                if let Some(expected) = &step.expect {
                    compare(&filled(expected, known), &answer, &place)?;
                }
                if let Some(name) = &step.name {
                    known[name] = answer;
                }
            }
        }
    }
    Ok(())
}

async fn client(at: &Addresses, with: &mut Value) -> Client {
    let mut builder = Client::builder(&at.gateway).token(&at.token);
    let with = with.as_object_mut().unwrap();
    if let Some(instance) = with.remove("instance") {
        builder = builder.instance(instance.as_str().unwrap());
    }
    if let Some(deadline) = with.remove("deadline_ms") {
        builder = builder.deadline(std::time::Duration::from_millis(deadline.as_u64().unwrap()));
    }
    builder.connect().await.unwrap()
}

fn told(error: &Error) -> Value {
    let reason = error.reason().as_str_name().trim_start_matches("ERROR_REASON_");
    json!({
        "code": snake(&format!("{:?}", error.code())),
        "reason": if reason == "UNSPECIFIED" { "" } else { reason },
        "message": error.message(),
        "metadata": error.metadata(),
        "violations": error.violations().map(|(field, _)| field).collect::<Vec<_>>(),
        "retryable": error.is_retryable(),
    })
}

/// "NotFound" as "NOT_FOUND".
fn snake(camel: &str) -> String {
    let mut whole = String::new();
    for letter in camel.chars() {
        if letter.is_uppercase() && !whole.is_empty() {
            whole.push('_');
        }
        whole.extend(letter.to_uppercase());
    }
    whole
}
