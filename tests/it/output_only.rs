//! Fields that are the gateway's to set, set by a caller. Which those are is read from the protos' own comments, so that one
//! that is new fails until it is tried.

use std::collections::BTreeSet;

use sncgate_client::pb;
use sncgate_client::pb::api_key_service_client::ApiKeyServiceClient;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::task_service_client::TaskServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::harness::System;
use crate::program::root;

/// A field, and how it is set.
type Cases<M> = Vec<(&'static str, fn(&mut M))>;

fn proto(name: &str) -> String {
    std::fs::read_to_string(root().join("proto/sncgate/v1").join(name)).unwrap()
}

/// The lines of a message.
fn message<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!("message {name} {{");
    let lines = text.lines().skip_while(|line| *line != start).skip(1);
    lines.take_while(|line| *line != "}").map(str::trim).collect()
}

/// The fields of a message whose comment says so.
fn output_only(text: &str, name: &str) -> BTreeSet<String> {
    let (mut fields, mut comment) = (BTreeSet::new(), String::new());
    for line in message(text, name) {
        match line.strip_prefix("//") {
            Some(rest) => comment.push_str(rest),
            None => {
                if let Some((field, _)) = line.split_once(" = ")
                    && comment.contains("Output only.")
                {
                    fields.insert(field.rsplit(' ').next().unwrap().to_owned());
                }
                comment.clear();
            }
        }
    }
    fields
}

/// Every field that the proto says is output only has a case.
fn whole<M>(file: &str, name: &str, cases: &Cases<M>) {
    let tried: BTreeSet<String> = cases.iter().map(|(field, _)| (*field).to_owned()).collect();
    assert_eq!(tried, output_only(&proto(file), name), "{name}");
    assert!(!tried.is_empty());
}

/// Refused, and for that field.
fn refused<T>(outcome: Result<T, Status>, field: &str) {
    let status = outcome.err().unwrap_or_else(|| panic!("{field} was taken"));
    assert_eq!(status.code(), Code::InvalidArgument, "{field}: {status:?}");
    let details = status.get_error_details();
    let violations = &details.bad_request().unwrap_or_else(|| panic!("{field}: {status:?}")).field_violations;
    assert!(violations.iter().any(|one| one.field == field), "{field}: {violations:?}");
}

fn some_time() -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds: 2_000_000_000, nanos: 0 })
}

#[tokio::test]
async fn users_are_made_and_changed_as_callers_may() {
    let cases: Cases<pb::User> = vec![
        ("id", |user| user.id = "x".to_owned()),
        ("password_change_required", |user| user.password_change_required = true),
        ("create_time", |user| user.create_time = some_time()),
        ("last_login_time", |user| user.last_login_time = some_time()),
        ("issuer", |user| user.issuer = "partner".to_owned()),
    ];
    whole("user.proto", "User", &cases);
    let system = System::with_records(0).await;
    let mut users = UserServiceClient::new(system.gateway.channel());
    let named = |username: &str| pb::User { username: username.to_owned(), ..pb::User::default() };
    let create = |user| pb::CreateUserRequest { user: Some(user), ..Default::default() };
    let kept = users.create_user(create(named("alice"))).await.unwrap().into_inner().user;
    for (field, set) in &cases {
        let mut user = named("bob");
        set(&mut user);
        refused(users.create_user(create(user)).await, &format!("user.{field}"));
        let mut user = named("alice");
        set(&mut user);
        // Named in the mask or beside it.
        for path in [field, "display_name"] {
            let mask = Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
            let update = pb::UpdateUserRequest { user: Some(user.clone()), update_mask: mask };
            refused(users.update_user(update).await, &format!("user.{field}"));
        }
        let mask = Some(prost_types::FieldMask { paths: vec![(*field).to_owned()] });
        let update = pb::UpdateUserRequest { user: Some(named("alice")), update_mask: mask };
        refused(users.update_user(update).await, "update_mask");
    }
    let listed = users.list_users(pb::ListUsersRequest::default()).await.unwrap().into_inner().users;
    assert!(listed.iter().all(|user| user.username != "bob"), "{listed:?}");
    let get = pb::GetUserRequest { username: "alice".to_owned() };
    assert_eq!(users.get_user(get).await.unwrap().into_inner().user, kept);
    system.stop().await;
}

#[tokio::test]
async fn keys_roles_and_tasks_are_made_as_callers_may() {
    let keys: Cases<pb::ApiKey> = vec![
        ("id", |key| key.id = "x".to_owned()),
        ("prefix", |key| key.prefix = "snc_".to_owned()),
        ("create_time", |key| key.create_time = some_time()),
        ("last_use_time", |key| key.last_use_time = some_time()),
    ];
    whole("api_key.proto", "ApiKey", &keys);
    let roles: Cases<pb::Role> = vec![
        ("built_in", |role| role.built_in = true),
        ("in_configuration", |role| role.in_configuration = true),
    ];
    whole("role.proto", "Role", &roles);

    let system = System::with_records(0).await;
    let mut service = ApiKeyServiceClient::new(system.gateway.channel());
    let before = service.list_api_keys(pb::ListApiKeysRequest::default()).await.unwrap().into_inner();
    for (field, set) in &keys {
        let mut key =
            pb::ApiKey { name: "test".to_owned(), expire_time: some_time(), ..pb::ApiKey::default() };
        set(&mut key);
        let create = pb::CreateApiKeyRequest { api_key: Some(key) };
        refused(service.create_api_key(create).await, &format!("api_key.{field}"));
    }
    let after = service.list_api_keys(pb::ListApiKeysRequest::default()).await.unwrap().into_inner();
    assert_eq!(before.api_keys.len(), after.api_keys.len());

    let mut service = RoleServiceClient::new(system.gateway.channel());
    let role = || pb::Role { name: "clerk".to_owned(), ..pb::Role::default() };
    for (field, set) in &roles {
        let mut wanted = role();
        set(&mut wanted);
        let create = pb::CreateRoleRequest { role: Some(wanted.clone()) };
        refused(service.create_role(create).await, &format!("role.{field}"));
        let update = pb::UpdateRoleRequest { role: Some(wanted) };
        refused(service.update_role(update).await, &format!("role.{field}"));
    }
    let listed = service.list_roles(pb::ListRolesRequest {}).await.unwrap().into_inner().roles;
    assert!(listed.iter().all(|role| role.name != "clerk"));
    system.stop().await;
}

#[tokio::test]
async fn tasks_are_made_as_callers_may() {
    let cases: Cases<pb::Task> = vec![
        ("id", |task| task.id = "x".to_owned()),
        ("kind", |task| task.kind = "clean_up".to_owned()),
        ("state", |task| task.set_state(pb::TaskState::Succeeded)),
        ("parent", |task| task.parent = "x".to_owned()),
        ("schedule", |task| task.schedule = "x".to_owned()),
        ("owner", |task| task.owner = "alice".to_owned()),
        ("progress", |task| task.progress = Some(pb::TaskProgress::default())),
        ("attempts", |task| task.attempts = vec![pb::TaskAttempt::default()]),
        ("attempt_count", |task| task.attempt_count = 1),
        ("result", |task| task.result = Some(pb::TaskResult::default())),
        ("error", |task| task.error = Some(pb::TaskError::default())),
        ("create_time", |task| task.create_time = some_time()),
        ("first_start_time", |task| task.first_start_time = some_time()),
        ("end_time", |task| task.end_time = some_time()),
        ("next_attempt_time", |task| task.next_attempt_time = some_time()),
        ("cancel_requested", |task| task.cancel_requested = true),
        ("pause_requested", |task| task.pause_requested = true),
        ("revision", |task| task.revision = 1),
    ];
    whole("task.proto", "Task", &cases);
    let system = System::with_records(0).await;
    let mut service = TaskServiceClient::new(system.gateway.channel());
    for (field, set) in &cases {
        let work = pb::task_parameters::Parameters::CleanUp(pb::CleanUpTask {});
        let parameters = pb::TaskParameters { parameters: Some(work) };
        let mut task = pb::Task { parameters: Some(parameters), ..pb::Task::default() };
        set(&mut task);
        let create = pb::CreateTaskRequest { task: Some(task), ..Default::default() };
        refused(service.create_task(create).await, &format!("task.{field}"));
    }
    let listed = service.list_tasks(pb::ListTasksRequest::default()).await.unwrap().into_inner().tasks;
    assert!(listed.is_empty(), "{listed:?}");
    system.stop().await;
}

/// What nobody can send, nobody can assign.
#[test]
fn sessions_links_and_events_are_in_no_request() {
    let mut requests = 0;
    for file in std::fs::read_dir(root().join("proto/sncgate/v1")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let named = text.lines().filter_map(|line| line.strip_prefix("message ")?.split(' ').next());
        for name in named.filter(|name| name.ends_with("Request")) {
            requests += 1;
            for line in message(&text, name).into_iter().filter(|line| !line.starts_with("//")) {
                let kind = line.trim_start_matches("repeated ").split(' ').next().unwrap();
                let ours = ["Session", "InstanceLink", "AuditEvent", "Tokens", "Quota"];
                assert!(!ours.contains(&kind), "{name} takes {line}");
            }
        }
    }
    assert!(requests > 40, "only {requests}");
}
