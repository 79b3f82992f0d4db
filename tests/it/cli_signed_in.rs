//! Every client command with the session that `sncgate login` keeps, and without it. The commands come from the binary's own
//! help: one that is new and not in the table fails.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use serde_json::Value;
use sncgate_client::pb;
use sncgate_client::pb::task_service_client::TaskServiceClient;
use tonic::transport::Endpoint;

use crate::demo::{Addresses, Demo};
use crate::harness::{Authorized, Bearer, PATIENCE};
use crate::program::{Outcome, at_home, run, sncgate};
use crate::webdriver::Browser;

/// They call no gateway.
const LOCAL: [&str; 6] = ["serve", "demo", "emulate", "config", "secrets", "completions"];

/// A command that works; `{name}` stands for what an earlier one printed.
struct Step {
    words: &'static str,
    input: &'static str,
    /// "name=column" of the last row that it prints.
    keeps: &'static str,
}

const fn step(words: &'static str) -> Step {
    Step { words, input: "", keeps: "" }
}

const fn told(words: &'static str, input: &'static str) -> Step {
    Step { words, input, keeps: "" }
}

const fn kept(words: &'static str, keeps: &'static str) -> Step {
    Step { words, input: "", keeps }
}

const STEPS: &[Step] = &[
    told("login alice --password-stdin", "the first password\n"),
    told("passwd --stdin", "the first password\nthe second password\n"),
    told("login alice --password-stdin", "the second password\n"),
    step("whoami"),
    kept("sessions list -o json", "session=id"),
    step("sessions revoke {session}"),
    step("link"),
    step("links"),
    step("info"),
    step("operators"),
    step("tables incident"),
    step("schema incident"),
    step("explain incident active=true"),
    kept("create incident short_description=Signed -o json", "incident=sys_id"),
    step("get incident {incident}"),
    step("update incident {incident} urgency=1"),
    step("query incident --limit 3"),
    step("count incident active=true"),
    step("aggregate incident --count --group-by state"),
    step("export incident --fields number -o {folder}/incidents.csv"),
    step("batch run {folder}/operations.ndjson"),
    step("import u_imp_incident {folder}/rows.csv"),
    kept("attachment upload incident {incident} {folder}/note.txt -o json", "attachment=sys_id"),
    step("attachment list incident {incident}"),
    step("attachment download {attachment} {folder}/fetched.txt"),
    step("attachment delete {attachment} --yes"),
    step("journal add incident {incident} Hello"),
    step("journal list incident {incident}"),
    step("delete incident {incident}"),
    step("users create bob --roles viewer"),
    step("users list"),
    step("users get bob"),
    step("users update bob --display-name Bob"),
    step("users reset-password bob"),
    step("keys create nightly --user bob"),
    kept("keys list bob -o json", "key=id"),
    step("keys rotate {key}"),
    step("keys delete {key}"),
    step("users delete bob"),
    step("roles list"),
    step("roles get viewer"),
    step("roles create {folder}/role.toml"),
    step("roles update {folder}/role.toml"),
    step("roles test --table incident --operation read"),
    step("roles delete clerk"),
    step("tasks clean-up --watch"),
    kept("tasks list --kind clean_up --state succeeded -o json", "done=id"),
    step("tasks get {done}"),
    step("tasks watch {done}"),
    step("tasks delete {done}"),
    step("tasks pause {task}"),
    step("tasks resume {task}"),
    step("tasks cancel {task}"),
    step("tasks retry {task}"),
    step("audit list"),
    step("audit verify"),
    step("audit tail --all"),
    step("unlink"),
    step("logout"),
];

/// Somebody at a terminal.
struct Desk<'a> {
    at: &'a Addresses,
    home: tempfile::TempDir,
    names: BTreeMap<&'static str, String>,
}

impl Desk<'_> {
    fn words(&self, step: &Step) -> Vec<String> {
        let filled = |word: &str| {
            self.names
                .iter()
                .fold(word.to_owned(), |word, (name, value)| word.replace(&format!("{{{name}}}"), value))
        };
        step.words.split(' ').map(filled).collect()
    }

    fn say(&self, step: &Step) -> Outcome {
        let words = self.words(step);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        at_home(self.home.path(), &self.at.gateway, &words, step.input)
    }

    fn start(&self, words: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_sncgate"))
            .args(words)
            .env("XDG_CONFIG_HOME", self.home.path())
            .env("SNCGATE_SERVER", &self.at.gateway)
            .env_remove("SNCGATE_TOKEN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// What a step printed, for later ones.
    fn keep(&mut self, step: &Step, printed: &str) {
        let Some((name, column)) = step.keeps.split_once('=') else { return };
        let value: Value = serde_json::from_str(printed).unwrap();
        let row = value.as_array().map_or(&value, |rows| rows.last().expect("a row"));
        self.names.insert(name, row[column].as_str().expect(column).to_owned());
    }

    /// Until its first event: it has no end of its own.
    fn tail(&self) {
        let mut child = self.start(&["audit", "tail", "--all", "-o", "ndjson"]);
        let line = first_line(child.stdout.take().unwrap(), |line| line.starts_with('{'));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(line.contains("UserService/CreateUser"), "the first event: {line}");
    }

    /// With a browser, in which the person signs in to the instance.
    async fn link(&self) {
        let mut child = self.start(&["link"]);
        let line = first_line(child.stderr.take().unwrap(), |line| line.trim_start().starts_with("http"));
        let browser = Browser::start().await;
        browser.open(line.trim()).await;
        browser.type_into("#user_name", &self.at.username).await;
        browser.type_into("#user_password", &self.at.password).await;
        browser.click("#sign_in").await;
        browser.click("#allow").await;
        let code = browser.text("#code").await;
        browser.stop().await;
        let mut stdin = child.stdin.take().unwrap();
        writeln!(stdin, "{code}").unwrap();
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "link");
        let shown = String::from_utf8(ended.stdout).unwrap();
        assert!(shown.contains("alice") && shown.contains(&self.at.username), "{shown}");
    }
}

/// The first line of which that holds; the rest is read and dropped.
fn first_line(
    from: impl std::io::Read + Send + 'static,
    is: impl Fn(&str) -> bool + Send + 'static,
) -> String {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok).filter(|line| is(line)) {
            // The receiver goes after the first one.
            let _ = send.send(line);
        }
    });
    receive.recv_timeout(PATIENCE).expect("such a line comes")
}

/// The commands below one, as the binary's help has them.
fn commands(above: &[&str]) -> BTreeSet<String> {
    let help = run(Command::new(env!("CARGO_BIN_EXE_sncgate")).args(above).arg("--help")).text();
    let Some((_, listed)) = help.split_once("\nCommands:\n") else {
        return [above.join(" ")].into();
    };
    let lines = listed.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let names = names.filter_map(|line| line.split(' ').next());
    let below = |name: &str| commands(&[above, &[name]].concat());
    names.filter(|name| !(above.is_empty() && LOCAL.contains(name))).flat_map(below).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// The id of a task that begins long after the test: it can be steered in peace.
async fn waiting_task(at: &Addresses) -> String {
    let channel = Endpoint::from_shared(at.gateway.clone()).unwrap().connect_lazy();
    let mut tasks = TaskServiceClient::new(Authorized::new(channel, Bearer::new(&at.token)));
    let work = pb::task_parameters::Parameters::CleanUp(pb::CleanUpTask {});
    let task = pb::Task {
        parameters: Some(pb::TaskParameters { parameters: Some(work) }),
        start_time: Some(prost_types::Timestamp { seconds: 4_000_000_000, nanos: 0 }),
        ..pb::Task::default()
    };
    let create = pb::CreateTaskRequest { task: Some(task), ..Default::default() };
    tasks.create_task(create).await.unwrap().into_inner().task.unwrap().id
}

#[test]
fn every_client_command_is_tried() {
    let commands = commands(&[]);
    assert!(commands.len() > 40, "{commands:?}");
    let untried: Vec<_> = commands
        .iter()
        .filter(|command| {
            !STEPS.iter().any(|step| format!("{} ", step.words).starts_with(&format!("{command} ")))
        })
        .collect();
    assert!(untried.is_empty(), "give each of these a step that works: {untried:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_client_command_works_with_a_session_and_says_how_to_get_one() {
    let demo = Demo::start(&["--records", "20", "--act-as", "person"]);
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "note.txt", "hello");
    write(folder.path(), "rows.csv", "u_number,u_short_description\nINC0900001,one\n");
    write(folder.path(), "role.toml", "name = \"clerk\"\npermissions = [\"records_read\"]\n");
    let create = r#"{"op":"create","table":"incident","fields":{"short_description":"one"}}"#;
    write(folder.path(), "operations.ndjson", create);
    sncgate(&demo.at, &["users", "create", "alice", "--roles", "admin"]).text();
    let words = ["users", "reset-password", "alice", "--password-stdin"];
    let mut reset = Command::new(env!("CARGO_BIN_EXE_sncgate"));
    let reset = reset.args(words).args(["--server", &demo.at.gateway]).env("SNCGATE_TOKEN", &demo.at.token);
    let mut reset = reset.stdin(Stdio::piped()).spawn().unwrap();
    reset.stdin.take().unwrap().write_all(b"the first password\n").unwrap();
    assert!(reset.wait().unwrap().success());

    let path = folder.path().to_str().unwrap().to_owned();
    let names = [("folder", path), ("task", waiting_task(&demo.at).await)].into();
    let mut desk = Desk { at: &demo.at, home: tempfile::tempdir().unwrap(), names };
    for step in STEPS {
        match step.words {
            "audit tail --all" => desk.tail(),
            "link" => desk.link().await,
            _ => {
                let outcome = desk.say(step);
                assert_eq!(outcome.code, Some(0), "{}: {}{}", step.words, outcome.stdout, outcome.stderr);
                desk.keep(step, &outcome.stdout);
            }
        }
    }
    let fetched = std::fs::read_to_string(folder.path().join("fetched.txt")).unwrap();
    assert_eq!(fetched, "hello");

    for step in STEPS.iter().filter(|step| !step.words.starts_with("login ")) {
        let outcome = desk.say(step);
        assert_eq!(outcome.code, Some(4), "{}: {}{}", step.words, outcome.stdout, outcome.stderr);
        assert!(
            outcome.stderr.contains("next: sign in: sncgate login"),
            "{}: {}",
            step.words,
            outcome.stderr
        );
        assert_eq!(outcome.stdout, "", "{}", step.words);
    }
}
