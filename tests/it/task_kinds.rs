//! What each kind of task does, as its owner, and that it ends when it is told to.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::{Duration, Instant};

use servicenow_emulator::faults::{Fault, Rule};
use sncgate::config::Destination;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::task_parameters::Parameters;
use sncgate_client::pb::task_service_client::TaskServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use sncgate_client::pb::{self, FieldAccess, Permission, TaskState};

use crate::access::{key_of, user};
use crate::access_rules::rule;
use crate::harness::{Authorized, PATIENCE, System, encoded, reason};

const RECORDS: u64 = 60;

type Tasks = TaskServiceClient<Authorized>;

/// A system whose gateway writes below that folder.
async fn system(folder: &Path) -> System {
    let url = url::Url::from_directory_path(folder).unwrap();
    System::configured(RECORDS, |config| {
        let disk =
            Destination { url, endpoint: None, region: None, access_key_id: None, secret_access_key: None };
        config.export.destinations.insert("disk".to_owned(), disk);
        config.tasks.retry_delay = Duration::from_millis(10);
    })
    .await
}

fn tasks(system: &System, key: &str) -> Tasks {
    TaskServiceClient::new(system.gateway.channel_of(key))
}

/// Somebody with these rules who may have tasks.
async fn owner(system: &System, name: &str, table_rules: Vec<pb::TableRule>) -> String {
    owner_with(system, name, table_rules, &[]).await
}

/// The same, with further permissions.
async fn owner_with(
    system: &System,
    name: &str,
    table_rules: Vec<pb::TableRule>,
    further: &[Permission],
) -> String {
    let permissions = [
        Permission::RecordsRead,
        Permission::RecordsWrite,
        Permission::RecordsDelete,
        Permission::TasksRead,
        Permission::TasksWrite,
    ];
    let role = pb::Role {
        name: name.to_owned(),
        permissions: permissions.iter().chain(further).map(|one| (*one).into()).collect(),
        table_rules,
        ..pb::Role::default()
    };
    let mut roles = RoleServiceClient::new(system.gateway.channel());
    roles.create_role(pb::CreateRoleRequest { role: Some(role) }).await.unwrap();
    user(&system.gateway, name, &[name]).await;
    key_of(&system.gateway, name, &[]).await
}

async fn create(tasks: &mut Tasks, parameters: Parameters) -> Result<String, tonic::Status> {
    let parameters = pb::TaskParameters { parameters: Some(parameters) };
    let task = pb::Task { parameters: Some(parameters), ..pb::Task::default() };
    let request = pb::CreateTaskRequest { task: Some(task), ..Default::default() };
    Ok(tasks.create_task(request).await?.into_inner().task.unwrap().id)
}

async fn get(tasks: &mut Tasks, id: &str) -> pb::Task {
    tasks.get_task(pb::GetTaskRequest { id: id.to_owned() }).await.unwrap().into_inner().task.unwrap()
}

/// Waits until the task is as wanted.
async fn until(tasks: &mut Tasks, id: &str, wanted: impl Fn(&pb::Task) -> bool) -> pb::Task {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let task = get(tasks, id).await;
        if wanted(&task) {
            return task;
        }
        assert!(Instant::now() < deadline, "it stays {task:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn ended(tasks: &mut Tasks, id: &str) -> pb::Task {
    until(tasks, id, |task| task.end_time.is_some()).await
}

async fn done(tasks: &mut Tasks, parameters: Parameters) -> pb::TaskResult {
    let id = create(tasks, parameters).await.unwrap();
    let task = ended(tasks, &id).await;
    assert_eq!(task.state(), TaskState::Succeeded, "{task:?}");
    task.result.unwrap()
}

/// What the instance holds: values by sys_id.
pub(crate) async fn instance(
    address: std::net::SocketAddr,
    query: &str,
    fields: &str,
) -> BTreeMap<String, HashMap<String, String>> {
    let url = format!(
        "http://{address}/api/now/table/incident?sysparm_query={query}&sysparm_fields=sys_id,{fields}&sysparm_limit=10000&sysparm_exclude_reference_link=true"
    );
    let answer = reqwest::Client::new().get(url).basic_auth("admin", Some("admin")).send().await.unwrap();
    let text = answer.text().await.unwrap();
    let parsed: HashMap<String, Vec<HashMap<String, String>>> = serde_json::from_str(&text).unwrap();
    parsed["result"].iter().map(|row| (row["sys_id"].clone(), row.clone())).collect()
}

/// The lines of the dataset's parts.
pub(crate) fn lines(folder: &Path) -> Vec<String> {
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap();
    let parts = manifest["parts"].as_array().unwrap().iter();
    let texts =
        parts.map(|part| std::fs::read_to_string(folder.join(part["path"].as_str().unwrap())).unwrap());
    texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn export(path: &str, query: &str) -> Parameters {
    Parameters::Export(pb::ExportTask {
        table: "incident".to_owned(),
        query: Some(encoded(query)),
        path: path.to_owned(),
        format: "ndjson".to_owned(),
        ..Default::default()
    })
}

fn update(query: &str, pairs: &[(&str, &str)]) -> pb::BulkUpdateTask {
    pb::BulkUpdateTask {
        table: "incident".to_owned(),
        query: Some(encoded(query)),
        fields: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        ..Default::default()
    }
}

fn delete(query: &str) -> pb::BulkDeleteTask {
    pb::BulkDeleteTask { table: "incident".to_owned(), query: Some(encoded(query)), ..Default::default() }
}

fn count(row: &HashMap<String, String>) -> i64 {
    row["sys_mod_count"].parse().unwrap()
}

#[tokio::test]
async fn a_gateway_does_by_itself_what_it_is_asked() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let address = system.emulator.as_ref().unwrap().http();
    let mut tasks = tasks(&system, &system.gateway.token);
    let all = instance(address, "", "sys_mod_count,active").await;
    let active: Vec<&String> =
        all.iter().filter(|(_, row)| row["active"] == "true").map(|(id, _)| id).collect();
    assert!(!active.is_empty() && active.len() < all.len());

    let written = done(&mut tasks, export("all", "")).await;
    assert_eq!((written.succeeded, written.location.as_str()), (all.len() as i64, "disk/all/manifest.json"));
    let mut seen: Vec<String> = lines(&folder.path().join("all"))
        .iter()
        .map(|line| {
            serde_json::from_str::<serde_json::Value>(line).unwrap()["sys_id"].as_str().unwrap().to_owned()
        })
        .collect();
    seen.sort();
    assert_eq!(seen, all.keys().cloned().collect::<Vec<_>>());

    let dry = pb::BulkUpdateTask { dry_run: true, ..update("active=true", &[("short_description", "Dry")]) };
    let counted = done(&mut tasks, Parameters::BulkUpdate(dry)).await;
    assert_eq!(counted.succeeded, active.len() as i64);

    // The write makes each record leave the query.
    let updated = update("active=true", &[("active", "false"), ("short_description", "Bulk")]);
    let updated = done(&mut tasks, Parameters::BulkUpdate(updated)).await;
    assert_eq!((updated.succeeded, updated.failed), (active.len() as i64, 0), "{updated:?}");
    for (sys_id, row) in instance(address, "", "sys_mod_count,short_description").await {
        let is_one = active.contains(&&sys_id);
        assert_eq!(count(&row), count(&all[&sys_id]) + i64::from(is_one), "{sys_id}");
        assert_eq!(row["short_description"] == "Bulk", is_one);
    }

    let deleted = done(&mut tasks, Parameters::BulkDelete(delete("short_description=Bulk"))).await;
    assert_eq!((deleted.succeeded, deleted.failed), (active.len() as i64, 0), "{deleted:?}");
    assert_eq!(instance(address, "", "number").await.len(), all.len() - active.len());
    system.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_refused_before_there_is_a_task() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let mut tasks = tasks(&system, &system.gateway.token);
    let export_with = |change: fn(&mut pb::ExportTask)| {
        let Parameters::Export(mut task) = export("x", "") else { unreachable!() };
        change(&mut task);
        Parameters::Export(task)
    };
    let of = |query: &str| Parameters::BulkDelete(delete(query));
    for (parameters, told) in [
        (export_with(|task| task.table.clear()), "REQUEST_INVALID"),
        (export_with(|task| task.table = "no_such".to_owned()), "TABLE_UNKNOWN"),
        (export_with(|task| task.destination = "elsewhere".to_owned()), "DESTINATION_UNKNOWN"),
        (export_with(|task| task.path = "../x".to_owned()), "REQUEST_INVALID"),
        (export_with(|task| task.format = "xlsx".to_owned()), "REQUEST_INVALID"),
        (export_with(|task| task.part_rows = -1), "REQUEST_INVALID"),
        (export_with(|task| task.query = Some(encoded("no_such=1"))), "FIELD_UNKNOWN"),
        (of(""), "REQUEST_INVALID"),
        (of("no_such=1"), "FIELD_UNKNOWN"),
        (of("active=true^ORDERBYnumber"), "REQUEST_INVALID"),
        (Parameters::BulkUpdate(update("active=true", &[])), "REQUEST_INVALID"),
        (Parameters::BulkUpdate(update("active=true", &[("sys_id", "x")])), "REQUEST_INVALID"),
        (Parameters::BulkUpdate(update("active=true", &[("no_such", "x")])), "FIELD_UNKNOWN"),
    ] {
        let refused = create(&mut tasks, parameters.clone()).await.unwrap_err();
        assert_eq!(reason(&refused).0, told, "{parameters:?}: {refused:?}");
    }
    system.stop().await;
}

#[tokio::test]
async fn a_task_does_what_its_owner_may_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let address = system.emulator.as_ref().unwrap().http();
    let hidden = [("description", FieldAccess::Hidden)];
    let key = owner(&system, "desk", vec![rule(&["incident"], "active=true", &hidden)]).await;
    let mut tasks = tasks(&system, &key);
    let all = instance(address, "", "sys_mod_count,active").await;
    let theirs = all.values().filter(|row| row["active"] == "true").count() as i64;

    let written = done(&mut tasks, export("theirs", "")).await;
    assert_eq!(written.succeeded, theirs);
    assert!(lines(&folder.path().join("theirs")).iter().all(|line| !line.contains("\"description\"")));

    for parameters in [
        export("x", "descriptionISNOTEMPTY"),
        Parameters::BulkUpdate(update("sys_idISNOTEMPTY", &[("description", "x")])),
        Parameters::BulkDelete(delete("descriptionISNOTEMPTY")),
    ] {
        let refused = create(&mut tasks, parameters.clone()).await.unwrap_err();
        assert_eq!(reason(&refused).0, "FIELD_FORBIDDEN", "{parameters:?}");
    }
    let updated = update("sys_idISNOTEMPTY", &[("short_description", "Desk")]);
    let updated = done(&mut tasks, Parameters::BulkUpdate(updated)).await;
    assert_eq!((updated.succeeded, updated.failed), (theirs, 0), "{updated:?}");
    for (sys_id, row) in instance(address, "", "sys_mod_count,active").await {
        assert_eq!(count(&row), count(&all[&sys_id]) + i64::from(row["active"] == "true"), "{sys_id}");
    }

    // Disabled while the task rests, its owner does nothing any more.
    let id = create_later(&mut tasks, Parameters::BulkDelete(delete("sys_idISNOTEMPTY"))).await;
    disable(&system, "desk").await;
    let mut admin = self::tasks(&system, &system.gateway.token);
    admin.resume_task(pb::ResumeTaskRequest { id: id.clone() }).await.unwrap();
    let task = ended(&mut admin, &id).await;
    assert_eq!(task.state(), TaskState::Failed, "{task:?}");
    assert_eq!(instance(address, "", "number").await.len(), all.len());
    system.stop().await;
}

/// A task that waits for ResumeTask, and was paused before it could start.
async fn create_later(tasks: &mut Tasks, parameters: Parameters) -> String {
    let parameters = pb::TaskParameters { parameters: Some(parameters) };
    let soon = std::time::SystemTime::now() + Duration::from_secs(3);
    let task =
        pb::Task { parameters: Some(parameters), start_time: Some(soon.into()), ..pb::Task::default() };
    let request = pb::CreateTaskRequest { task: Some(task), ..Default::default() };
    let id = tasks.create_task(request).await.unwrap().into_inner().task.unwrap().id;
    tasks.pause_task(pb::PauseTaskRequest { id: id.clone() }).await.unwrap();
    id
}

async fn disable(system: &System, name: &str) {
    let mut users = UserServiceClient::new(system.gateway.channel());
    let user = pb::User { username: name.to_owned(), disabled: true, ..pb::User::default() };
    let update_mask = Some(prost_types::FieldMask { paths: vec!["disabled".to_owned()] });
    let request = pb::UpdateUserRequest { user: Some(user), update_mask };
    users.update_user(request).await.unwrap();
}

#[tokio::test]
async fn each_kind_ends_soon_after_it_is_cancelled_however_slow_the_instance() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let mut tasks = tasks(&system, &system.gateway.token);
    let kinds = [
        export("slow", ""),
        Parameters::BulkUpdate(update("sys_idISNOTEMPTY", &[("short_description", "Slow")])),
        Parameters::BulkDelete(delete("sys_idISNOTEMPTY")),
    ];
    let mut ids = Vec::new();
    for parameters in kinds {
        ids.push(create_later(&mut tasks, parameters).await);
    }
    system.faults().add(Rule::new(Fault::Latency { millis: 20_000 })).unwrap();
    for id in ids {
        tasks.resume_task(pb::ResumeTaskRequest { id: id.clone() }).await.unwrap();
        until(&mut tasks, &id, |task| task.state() == TaskState::Running).await;
        tasks.cancel_task(pb::CancelTaskRequest { id: id.clone() }).await.unwrap();
        let acknowledged = Instant::now();
        let task = ended(&mut tasks, &id).await;
        let took = acknowledged.elapsed();
        assert_eq!(task.state(), TaskState::Cancelled, "{task:?}");
        // 100 ms are what is promised; the rest is for a machine that is busy with other tests.
        assert!(took < Duration::from_secs(1), "{} took {took:?}", task.kind);
    }
    system.faults().clear();
    system.stop().await;
}

#[tokio::test]
async fn an_instance_that_is_away_costs_attempts_and_no_second_write() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let address = system.emulator.as_ref().unwrap().http();
    let mut tasks = tasks(&system, &system.gateway.token);
    let before = instance(address, "", "sys_mod_count").await;
    let committed = Rule { kind: Some("batch".to_owned()), ..Rule::new(Fault::Reset { committed: true }) };
    system.faults().add(committed.times(1)).unwrap();
    let asked = update("sys_idISNOTEMPTY", &[("short_description", "Once")]);
    let updated = done(&mut tasks, Parameters::BulkUpdate(asked)).await;
    assert_eq!((updated.succeeded, updated.failed), (before.len() as i64, 0), "{updated:?}");
    for (sys_id, row) in instance(address, "", "sys_mod_count").await {
        assert_eq!(count(&row), count(&before[&sys_id]) + 1, "{sys_id}");
    }
    system.stop().await;
}

/// Attachments of an incident, by name.
async fn attach(system: &System, sys_id: &str, files: &[(&str, &str)]) {
    let address = system.emulator.as_ref().unwrap().http();
    for (name, content) in files {
        let url = format!("http://{address}/api/now/attachment/file");
        let query = [("table_name", "incident"), ("table_sys_id", sys_id), ("file_name", *name)];
        let request = reqwest::Client::new().post(url::Url::parse_with_params(&url, query).unwrap());
        let request = request.basic_auth("admin", Some("admin")).header("content-type", "text/plain");
        let answer = request.body((*content).to_owned()).send().await.unwrap();
        assert!(answer.status().is_success(), "{answer:?}");
    }
}

#[tokio::test]
async fn attachments_are_copied_under_safe_names_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let system = system(folder.path()).await;
    let address = system.emulator.as_ref().unwrap().http();
    let rows = instance(address, "active=true", "number").await;
    let mut ids = rows.keys();
    let (first, second) = (ids.next().unwrap(), ids.next().unwrap());
    attach(&system, first, &[("../../a b.txt", "one"), ("a.txt", "two")]).await;
    attach(&system, second, &[("a.txt", "three")]).await;
    let of = |path: &str, ids: &[&String]| {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        Parameters::AttachmentCopy(pb::AttachmentCopyTask {
            table: "incident".to_owned(),
            query: Some(encoded(&format!("sys_idIN{}", ids.join(",")))),
            path: path.to_owned(),
            ..Default::default()
        })
    };
    let key = owner_with(&system, "clerk", vec![rule(&["*"], "", &[])], &[Permission::AttachmentsRead]).await;
    let mut tasks = tasks(&system, &key);
    let copied = done(&mut tasks, of("files", &[first, second])).await;
    assert_eq!((copied.succeeded, copied.failed), (3, 0), "{copied:?}");
    let inside = folder.path().join("files");
    let list = std::fs::read_to_string(inside.join("attachments-000001.ndjson")).unwrap();
    let mut contents = Vec::new();
    for line in list.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        let file = entry["file"].as_str().unwrap();
        assert!(file.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)), "{file}");
        assert_eq!(entry["sha256"].as_str().unwrap().len(), 64);
        contents.push(std::fs::read_to_string(inside.join(file)).unwrap());
    }
    contents.sort();
    assert_eq!(contents, ["one", "three", "two"]);
    assert!(inside.join("manifest.json").exists());

    // What lies there is not written over.
    let id = create(&mut tasks, of("files", &[first])).await.unwrap();
    let task = ended(&mut tasks, &id).await;
    assert_eq!(task.error.unwrap().reason(), pb::ErrorReason::DestinationOccupied);
    system.stop().await;
}

#[tokio::test]
async fn rows_of_a_file_become_records_and_failures_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let rows: String = (0..950).map(|row| format!("Row {row},2\n")).collect();
    std::fs::write(folder.path().join("in/rows.csv"), format!("short_description,urgency\n{rows}")).unwrap();
    std::fs::write(folder.path().join("bad.ndjson"), "{\"short_description\":\"Bad\"}\n{\"no_such\":1}\n")
        .unwrap();
    let system = system(folder.path()).await;
    let address = system.emulator.as_ref().unwrap().http();
    let mut tasks = tasks(&system, &system.gateway.token);
    let of = |path: &str, max_failures| {
        Parameters::Import(pb::ImportTask {
            table: "incident".to_owned(),
            path: path.to_owned(),
            max_failures,
            ..Default::default()
        })
    };
    // An answer is lost on the way: no row is written twice.
    let committed = Rule { kind: Some("batch".to_owned()), ..Rule::new(Fault::Reset { committed: true }) };
    system.faults().add(committed.times(1)).unwrap();
    let imported = done(&mut tasks, of("in/rows.csv", 0)).await;
    assert_eq!((imported.succeeded, imported.failed), (950, 0), "{imported:?}");
    let written = instance(address, "short_descriptionSTARTSWITHRow%20", "short_description").await;
    let mut texts: Vec<&str> = written.values().map(|row| row["short_description"].as_str()).collect();
    texts.sort_unstable();
    texts.dedup();
    assert_eq!((written.len(), texts.len()), (950, 950));

    let partly = done(&mut tasks, of("bad.ndjson", 0)).await;
    assert_eq!((partly.succeeded, partly.failed), (1, 1), "{partly:?}");
    assert_eq!(partly.failures[0].subject, "2");
    let reason_of = partly.failures[0].error.as_ref().unwrap().reason();
    assert_eq!(reason_of, pb::ErrorReason::FieldUnknown);

    let id = create(&mut tasks, of("bad.ndjson", 1)).await.unwrap();
    let task = ended(&mut tasks, &id).await;
    assert_eq!((task.state(), task.result.unwrap().failed), (TaskState::Failed, 1));
    let id = create(&mut tasks, of("none.csv", 0)).await.unwrap();
    assert_eq!(ended(&mut tasks, &id).await.state(), TaskState::Failed);
    system.stop().await;
}
