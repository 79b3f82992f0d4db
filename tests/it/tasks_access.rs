//! Whose a task is: who may see it, and what becomes of it when its owner may not do such work any more.

use futures::TryStreamExt;
use sncgate_client::pb::user_service_client::UserServiceClient;
use sncgate_client::pb::{self, TaskFilter, TaskState, WatchTasksRequest};
use sncgate_client::{Client, ErrorReason};

use crate::access::{key_of, made_key, user};
use crate::export::client_of;
use crate::harness::{Gateway, PATIENCE, System, config};
use crate::tasks::{clean_up, ids, make, tomorrow, why};

/// Changes a user.
async fn set(gateway: &Gateway, user: pb::User, path: &str) {
    let update_mask = Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
    let request = pb::UpdateUserRequest { user: Some(user), update_mask };
    UserServiceClient::new(gateway.channel()).update_user(request).await.unwrap();
}

async fn set_roles(gateway: &Gateway, username: &str, roles: &[&str]) {
    let roles = roles.iter().map(|role| (*role).to_owned()).collect();
    set(gateway, pb::User { username: username.to_owned(), roles, ..pb::User::default() }, "roles").await;
}

#[tokio::test]
async fn what_is_anothers_is_not_there() {
    let system = System::with_records(0).await;
    let gateway = &system.gateway;
    let admin = client_of(&system, &gateway.token).await;
    let mut clients = Vec::new();
    for name in ["alice", "bob"] {
        user(gateway, name, &["admin"]).await;
        let client = client_of(&system, &key_of(gateway, name, &[]).await).await;
        let task = make(&client, tomorrow()).await.unwrap();
        assert_eq!(task.owner, name);
        // From here on they are like anybody, and the tasks are theirs still.
        set_roles(gateway, name, &["user"]).await;
        clients.push((client, task));
    }
    let [(alice, of_alice), (bob, of_bob)] = &clients[..] else { unreachable!("two were made") };
    assert_eq!(ids(alice, TaskFilter::default()).await, [of_alice.id.as_str()]);
    assert_eq!(ids(bob, TaskFilter::default()).await, [of_bob.id.as_str()]);
    assert_eq!(ids(&admin, TaskFilter::default()).await, [of_bob.id.as_str(), of_alice.id.as_str()]);
    let of = |owner: &str| TaskFilter { owner: owner.to_owned(), ..TaskFilter::default() };
    assert_eq!(ids(&admin, of("alice")).await, [of_alice.id.as_str()]);
    assert_eq!(ids(alice, of("alice")).await, [of_alice.id.as_str()]);
    let refused = alice.tasks(of("bob")).try_next().await.unwrap_err();
    assert_eq!(refused.reason(), ErrorReason::PermissionMissing);
    assert_eq!(refused.metadata()["permission"], "PERMISSION_TASKS_ADMIN");
    let watch_of_bob = WatchTasksRequest { filter: Some(of("bob")), ..WatchTasksRequest::default() };
    assert_eq!(why(alice.watch_tasks(watch_of_bob).try_next().await), ErrorReason::PermissionMissing);

    for refused in [
        alice.task(&of_bob.id).await.map(drop),
        alice.cancel_task(&of_bob.id).await.map(drop),
        alice.pause_task(&of_bob.id).await.map(drop),
        alice.resume_task(&of_bob.id).await.map(drop),
        alice.retry_task(&of_bob.id).await.map(drop),
        alice.delete_task(&of_bob.id).await,
        alice.watch_task(&of_bob.id).try_next().await.map(drop),
    ] {
        let nothing = alice.task("0".repeat(32)).await.unwrap_err();
        let refused = refused.unwrap_err();
        assert_eq!(refused.reason(), ErrorReason::TaskUnknown);
        assert_eq!(refused.message().replace(&of_bob.id, &"0".repeat(32)), nothing.message());
    }
    // A watch of all is told of one's own only, and the administrator's of everybody's.
    let mut own = alice.watch_tasks(WatchTasksRequest::default());
    assert_eq!(own.try_next().await.unwrap().unwrap().id, of_alice.id);
    bob.pause_task(&of_bob.id).await.unwrap();
    let paused = alice.pause_task(&of_alice.id).await.unwrap();
    assert_eq!(own.try_next().await.unwrap().unwrap(), paused);
    admin.cancel_task(&of_bob.id).await.unwrap();
    drop(own);

    // A key with bounds sees what was made with it, which is nothing.
    let bounded = client_of(&system, &key_of(gateway, "alice", &["incident"]).await).await;
    assert!(ids(&bounded, TaskFilter::default()).await.is_empty());
    assert_eq!(why(bounded.task(&of_alice.id).await), ErrorReason::TaskUnknown);
    assert_eq!(why(bounded.cancel_task(&of_alice.id).await), ErrorReason::TaskUnknown);
    drop(clients);
    system.stop().await;
}

/// What was true when a task was made is not what counts.
#[tokio::test]
async fn a_task_runs_with_what_its_owner_may_do_now() {
    let system = System::with_records(0).await;
    let data = tempfile::tempdir().unwrap();
    let settings = |workers| {
        let mut settings = config(system.emulator.as_ref().unwrap().http());
        settings.server.data_dir = data.path().to_owned();
        settings.tasks.workers = workers;
        settings
    };
    let mut gateway = Gateway::start(settings(0)).await;
    let connect = async |gateway: &Gateway, token: &str| {
        let builder = Client::builder(format!("http://{}", gateway.address)).token(token);
        builder.connect().await.unwrap()
    };
    let mut made = Vec::new();
    for (name, expected) in [
        ("stays", None),
        ("disabled", Some(ErrorReason::TokenRevoked)),
        ("deleted", Some(ErrorReason::TokenRevoked)),
        ("demoted", Some(ErrorReason::PermissionMissing)),
        ("keyless", Some(ErrorReason::TokenRevoked)),
    ] {
        user(&gateway, name, &["admin"]).await;
        let key = made_key(&gateway, name, &[]).await;
        let client = connect(&gateway, &key.secret).await;
        let id = make(&client, clean_up()).await.unwrap().id;
        made.push((name, id, expected, key.api_key.unwrap().id));
    }
    let disabled = pb::User { username: "disabled".to_owned(), disabled: true, ..pb::User::default() };
    set(&gateway, disabled, "disabled").await;
    let delete = pb::DeleteUserRequest { username: "deleted".to_owned() };
    UserServiceClient::new(gateway.channel()).delete_user(delete).await.unwrap();
    set_roles(&gateway, "demoted", &["user"]).await;
    let id = made.iter().find(|(name, ..)| *name == "keyless").unwrap().3.clone();
    pb::api_key_service_client::ApiKeyServiceClient::new(gateway.channel())
        .delete_api_key(pb::DeleteApiKeyRequest { id })
        .await
        .unwrap();
    let admin = connect(&gateway, &gateway.token).await;
    for (name, id, ..) in &made {
        assert_eq!(admin.task(id).await.unwrap().state(), TaskState::Pending, "{name}: nobody runs tasks");
    }
    gateway.stop().await;

    let mut gateway = Gateway::start(settings(2)).await;
    let admin = connect(&gateway, &gateway.token).await;
    for (name, id, expected, _) in &made {
        let ended = tokio::time::timeout(PATIENCE, admin.wait_for_task(id)).await.unwrap().unwrap();
        let reason = ended.error.as_ref().map(pb::TaskError::reason);
        assert_eq!(reason, *expected, "{name}: {ended:?}");
        let state = if expected.is_some() { TaskState::Failed } else { TaskState::Succeeded };
        assert_eq!(ended.state(), state, "{name}");
    }
    // The dead letters, replayed once the reason is gone.
    let failed = TaskFilter { states: vec![TaskState::Failed.into()], ..TaskFilter::default() };
    assert_eq!(ids(&admin, failed.clone()).await.len(), 4);
    set_roles(&gateway, "demoted", &["admin"]).await;
    let id = &made.iter().find(|(name, ..)| *name == "demoted").unwrap().1;
    assert_eq!(admin.retry_task(id).await.unwrap().attempt_count, 0);
    let done = tokio::time::timeout(PATIENCE, admin.wait_for_task(id)).await.unwrap().unwrap();
    assert_eq!(done.state(), TaskState::Succeeded, "{done:?}");
    for id in ids(&admin, failed.clone()).await {
        admin.delete_task(id).await.unwrap();
    }
    assert!(ids(&admin, failed).await.is_empty());
    gateway.stop().await;
    system.stop().await;
}
