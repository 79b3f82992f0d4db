//! Users, sessions, keys and the audit log, over the wire.

use std::time::{Duration, SystemTime};

use sncgate_client::pb::api_key_service_client::ApiKeyServiceClient;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use sncgate_client::{Client, ErrorReason, pb};
use tonic::{Code, Status};

use crate::backing::BACKINGS;
use crate::harness::{Gateway, PATIENCE, System, reason};

/// Of everybody in these tests.
pub(crate) const PASSWORD: &str = "correct horse battery";

/// Creates a user whose password need not be changed any more.
pub(crate) async fn user(gateway: &Gateway, username: &str, roles: &[&str]) {
    let mut users = UserServiceClient::new(gateway.channel());
    let user = pb::User {
        username: username.to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        ..pb::User::default()
    };
    let first = format!("{PASSWORD} at first");
    let request = pb::CreateUserRequest { user: Some(user), password: first.clone() };
    if users.create_user(request).await.map_err(|status| assert_eq!(reason(&status).0, "NAME_TAKEN")).is_err()
    {
        return; // the first administrator
    }
    if roles.contains(&"api-only") {
        return;
    }
    let request = pb::LoginRequest {
        username: username.to_owned(),
        password: first.clone(),
        ..pb::LoginRequest::default()
    };
    let login = AuthServiceClient::new(gateway.anonymous()).login(request).await.unwrap().into_inner();
    assert!(login.password_change_required);
    let token = login.tokens.unwrap().access_token;
    let change = pb::ChangePasswordRequest { current_password: first, new_password: PASSWORD.to_owned() };
    let changed = AuthServiceClient::new(gateway.channel_of(&token)).change_password(change).await;
    if let Err(status) = changed {
        assert_eq!(reason(&status).0, "TOKEN_EXPIRED", "{status:?}"); // where tokens live for no time
        let reset = pb::ResetPasswordRequest { username: username.to_owned(), password: PASSWORD.to_owned() };
        users.reset_password(reset).await.unwrap();
    }
}

/// A key of a user, for these tables or for all.
pub(crate) async fn key_of(gateway: &Gateway, username: &str, tables: &[&str]) -> String {
    made_key(gateway, username, tables).await.secret
}

/// A key that was deleted.
pub(crate) async fn revoked_key(gateway: &Gateway, username: &str) -> String {
    let made = made_key(gateway, username, &[]).await;
    let id = made.api_key.unwrap().id;
    let delete = pb::DeleteApiKeyRequest { id };
    ApiKeyServiceClient::new(gateway.channel()).delete_api_key(delete).await.unwrap();
    made.secret
}

/// The same, with the key's id.
pub(crate) async fn made_key(gateway: &Gateway, username: &str, tables: &[&str]) -> pb::CreateApiKeyResponse {
    let key = pb::ApiKey {
        name: "test".to_owned(),
        username: username.to_owned(),
        expire_time: Some((SystemTime::now() + Duration::from_secs(3600)).into()),
        tables: tables.iter().map(|table| (*table).to_owned()).collect(),
        ..pb::ApiKey::default()
    };
    let request = pb::CreateApiKeyRequest { api_key: Some(key) };
    ApiKeyServiceClient::new(gateway.channel()).create_api_key(request).await.unwrap().into_inner()
}

async fn login(gateway: &Gateway, username: &str, password: &str) -> Result<pb::LoginResponse, Status> {
    let request = pb::LoginRequest {
        username: username.to_owned(),
        password: password.to_owned(),
        device: "test".to_owned(),
        ..pb::LoginRequest::default()
    };
    AuthServiceClient::new(gateway.anonymous()).login(request).await.map(tonic::Response::into_inner)
}

pub(crate) async fn sign_in(gateway: &Gateway, username: &str) -> pb::LoginResponse {
    login(gateway, username, PASSWORD).await.unwrap()
}

fn auth(gateway: &Gateway, login: &pb::LoginResponse) -> AuthServiceClient<crate::harness::Authorized> {
    AuthServiceClient::new(gateway.channel_of(&login.tokens.as_ref().unwrap().access_token))
}

async fn why<T: std::fmt::Debug>(call: impl Future<Output = Result<T, Status>>) -> String {
    reason(&call.await.unwrap_err()).0
}

#[tokio::test]
async fn a_session_is_opened_refreshed_and_ended() {
    for backing in BACKINGS {
        let system = System::on(backing, 1).await;
        let gateway = &system.gateway;
        user(gateway, "alice", &["viewer"]).await;
        assert_eq!(why(login(gateway, "alice", "wrong password!")).await, "CREDENTIALS_INVALID");
        assert_eq!(why(login(gateway, "nobody", PASSWORD)).await, "CREDENTIALS_INVALID");

        let opened = sign_in(gateway, "Alice").await;
        let mut own = auth(gateway, &opened);
        let me = own.who_am_i(pb::WhoAmIRequest {}).await.unwrap().into_inner();
        assert_eq!((me.username.as_str(), me.roles.as_slice()), ("alice", &["viewer".to_owned()][..]));
        assert!(me.session.unwrap().current);

        let first = opened.tokens.clone().unwrap().refresh_token;
        let mut anonymous = AuthServiceClient::new(gateway.anonymous());
        let refresh = |token: &str| pb::RefreshRequest { refresh_token: token.to_owned() };
        let next = anonymous.refresh(refresh(&first)).await.unwrap().into_inner().tokens.unwrap();
        let again = anonymous.refresh(refresh(&first)).await.unwrap().into_inner().tokens.unwrap();
        assert_eq!(next.refresh_token, again.refresh_token, "a lost answer is given again");
        anonymous.refresh(refresh(&next.refresh_token)).await.unwrap();
        // Now the first one is not the parent of the last any more: whoever has it has a copy.
        assert_eq!(why(anonymous.refresh(refresh(&first))).await, "TOKEN_REVOKED");
        assert_eq!(why(anonymous.refresh(refresh(&next.refresh_token))).await, "TOKEN_REVOKED");
        assert_eq!(why(own.who_am_i(pb::WhoAmIRequest {})).await, "TOKEN_REVOKED");

        let other = sign_in(gateway, "alice").await;
        let ended = auth(gateway, &other).logout(pb::LogoutRequest { all_sessions: false }).await.unwrap();
        assert_eq!(ended.into_inner().ended, 1);
        assert_eq!(why(auth(gateway, &other).who_am_i(pb::WhoAmIRequest {})).await, "TOKEN_REVOKED");
        system.stop().await;
    }
}

#[tokio::test]
async fn what_is_others_is_not_there() {
    for backing in BACKINGS {
        let system = System::on(backing, 0).await;
        let gateway = &system.gateway;
        user(gateway, "alice", &["user"]).await;
        user(gateway, "bob", &["user"]).await;
        let (alice, bob) = (sign_in(gateway, "alice").await, sign_in(gateway, "bob").await);
        let of_bob = bob.session.clone().unwrap().id;
        let made = made_key(gateway, "bob", &[]).await.api_key.unwrap();

        let mut own = auth(gateway, &alice);
        let listed =
            own.list_sessions(pb::ListSessionsRequest::default()).await.unwrap().into_inner().sessions;
        assert!(listed.iter().all(|session| session.username == "alice"), "{listed:?}");
        let others = pb::ListSessionsRequest { username: "bob".to_owned() };
        assert_eq!(why(own.list_sessions(others)).await, "PERMISSION_MISSING");
        let revoke = pb::RevokeSessionRequest { session_id: of_bob };
        assert_eq!(why(own.revoke_session(revoke)).await, "NAME_UNKNOWN");

        let token = alice.tokens.unwrap().access_token;
        let mut keys = ApiKeyServiceClient::new(gateway.channel_of(&token));
        assert!(
            keys.list_api_keys(pb::ListApiKeysRequest::default())
                .await
                .unwrap()
                .into_inner()
                .api_keys
                .is_empty()
        );
        assert_eq!(
            why(keys.delete_api_key(pb::DeleteApiKeyRequest { id: made.id.clone() })).await,
            "NAME_UNKNOWN"
        );
        let rotate = pb::RotateApiKeyRequest { id: made.id, overlap: None };
        assert_eq!(why(keys.rotate_api_key(rotate)).await, "NAME_UNKNOWN");
        let users = UserServiceClient::new(gateway.channel_of(&token))
            .list_users(pb::ListUsersRequest::default())
            .await;
        assert_eq!(users.unwrap_err().code(), Code::PermissionDenied);
        system.stop().await;
    }
}

#[tokio::test]
async fn administrators_give_no_more_than_they_hold_and_one_stays() {
    for backing in BACKINGS {
        let system = System::on(backing, 0).await;
        let gateway = &system.gateway;
        let mut roles = pb::role_service_client::RoleServiceClient::new(gateway.channel());
        let helpdesk = pb::Role {
            name: "helpdesk".to_owned(),
            permissions: vec![pb::Permission::UsersRead.into(), pb::Permission::UsersWrite.into()],
            ..pb::Role::default()
        };
        roles.create_role(pb::CreateRoleRequest { role: Some(helpdesk) }).await.unwrap();
        user(gateway, "helen", &["helpdesk"]).await;
        let helen = sign_in(gateway, "helen").await.tokens.unwrap().access_token;
        let mut users = UserServiceClient::new(gateway.channel_of(&helen));
        let promote = |name: &str| pb::UpdateUserRequest {
            user: Some(pb::User {
                username: name.to_owned(),
                roles: vec!["admin".to_owned()],
                ..pb::User::default()
            }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["roles".to_owned()] }),
        };
        assert_eq!(why(users.update_user(promote("helen"))).await, "PERMISSION_MISSING");
        let reset = pb::ResetPasswordRequest { username: "admin".to_owned(), ..Default::default() };
        assert_eq!(why(users.reset_password(reset)).await, "PERMISSION_MISSING");

        let mut admin = UserServiceClient::new(gateway.channel());
        let delete = pb::DeleteUserRequest { username: "admin".to_owned() };
        assert_eq!(why(admin.delete_user(delete)).await, "ACCESS_CONFLICT");
        let set = pb::User { username: "x".to_owned(), id: "chosen".to_owned(), ..pb::User::default() };
        let create = pb::CreateUserRequest { user: Some(set), password: String::new() };
        assert_eq!(why(admin.create_user(create)).await, "REQUEST_INVALID", "mass assignment");
        let weak = pb::User { username: "weak".to_owned(), ..pb::User::default() };
        let create = pb::CreateUserRequest { user: Some(weak), password: "short".to_owned() };
        assert_eq!(why(admin.create_user(create)).await, "PASSWORD_WEAK");
        system.stop().await;
    }
}

#[tokio::test]
async fn a_revoked_credential_ends_the_stream_that_runs_on_it() {
    for backing in BACKINGS {
        let system = System::on(backing, 400).await;
        let gateway = &system.gateway;
        user(gateway, "alice", &["viewer"]).await;
        let opened = sign_in(gateway, "alice").await;
        let token = opened.tokens.clone().unwrap().access_token;
        // An audit stream lives as long as one likes; alice may not have one, so that an administrator's key is used.
        let made = made_key(gateway, "admin", &[]).await;
        let mut events = AuditServiceClient::new(gateway.channel_of(&made.secret))
            .stream_audit_events(pb::StreamAuditEventsRequest { after_sequence: 0 })
            .await
            .unwrap()
            .into_inner();
        assert!(!events.message().await.unwrap().unwrap().events.is_empty());
        let delete = pb::DeleteApiKeyRequest { id: made.api_key.unwrap().id };
        ApiKeyServiceClient::new(gateway.channel()).delete_api_key(delete).await.unwrap();
        let revoked = std::time::Instant::now();
        let status = loop {
            match tokio::time::timeout(PATIENCE, events.message()).await.expect("it ends") {
                Ok(Some(_)) => {}
                Ok(None) => panic!("it must not end as if all were well"),
                Err(status) => break status,
            }
        };
        assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
        assert!(revoked.elapsed() < Duration::from_secs(2), "it took {:?}", revoked.elapsed());

        // A disabled user is out at once, whatever was remembered of the token.
        let mut records = RecordServiceClient::new(gateway.channel_of(&token));
        let list =
            pb::ListRecordsRequest { table: "incident".to_owned(), page_size: 1, ..Default::default() };
        records.list_records(list.clone()).await.unwrap();
        let disable = pb::UpdateUserRequest {
            user: Some(pb::User { username: "alice".to_owned(), disabled: true, ..pb::User::default() }),
            update_mask: Some(prost_types::FieldMask { paths: vec!["disabled".to_owned()] }),
        };
        UserServiceClient::new(gateway.channel()).update_user(disable).await.unwrap();
        assert_eq!(why(records.list_records(list)).await, "TOKEN_REVOKED");
        system.stop().await;
    }
}

#[tokio::test]
async fn failures_make_one_wait_and_a_known_device_goes_on() {
    for backing in BACKINGS {
        let system = System::on(backing, 0).await;
        let gateway = &system.gateway;
        user(gateway, "alice", &["viewer"]).await;
        let known = sign_in(gateway, "alice").await.device_token;
        let mut last = String::new();
        for _ in 0..6 {
            last = why(login(gateway, "alice", "not her password")).await;
        }
        assert_eq!(last, "ATTEMPTS_EXCEEDED");
        let status = login(gateway, "alice", PASSWORD).await.unwrap_err();
        assert_eq!(reason(&status).0, "ATTEMPTS_EXCEEDED", "not with the right one either");
        let request = pb::LoginRequest {
            username: "alice".to_owned(),
            password: PASSWORD.to_owned(),
            device_token: known,
            ..pb::LoginRequest::default()
        };
        AuthServiceClient::new(gateway.anonymous()).login(request).await.unwrap();
        system.stop().await;
    }
}

#[tokio::test]
async fn the_client_keeps_a_session_alive() {
    let system = System::with_records(2).await;
    let mut settings = crate::harness::config(system.emulator.as_ref().unwrap().http());
    settings.access.access_token_ttl = Duration::from_secs(2);
    let mut gateway = Gateway::start(settings).await;
    // A key makes the user, since its sessions would have to change the password in no time.
    user(&gateway, "alice", &["viewer"]).await;
    let anonymous = Client::connect(format!("http://{}", gateway.address)).await.unwrap();
    let error = anonymous.count("incident", "").await.unwrap_err();
    assert_eq!(error.reason(), ErrorReason::TokenInvalid);
    let (client, _) = anonymous.login("alice", PASSWORD).await.unwrap();
    for _ in 0..3 {
        // Each token is about to expire from its first moment on: each call refreshes.
        assert_eq!(client.count("incident", "").await.unwrap(), 2);
    }
    assert_eq!(client.who_am_i().await.unwrap().username, "alice");
    gateway.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn what_changes_something_is_in_the_log() {
    for backing in BACKINGS {
        let system = System::on(backing, 0).await;
        let gateway = &system.gateway;
        user(gateway, "alice", &["user"]).await;
        let token = sign_in(gateway, "alice").await.tokens.unwrap().access_token;
        let mut records = RecordServiceClient::new(gateway.channel_of(&token));
        let create = pb::CreateRecordRequest {
            table: "incident".to_owned(),
            fields: [("short_description".to_owned(), "a secret text".to_owned())].into(),
            ..Default::default()
        };
        let made = records.create_record(create).await.unwrap().into_inner().record.unwrap();
        let _ = login(gateway, "alice", "not her password").await.unwrap_err();

        let mut log = AuditServiceClient::new(gateway.channel());
        let of_alice = pb::ListAuditEventsRequest { username: "alice".to_owned(), ..Default::default() };
        let events = log.list_audit_events(of_alice).await.unwrap().into_inner().events;
        let told: Vec<_> = events
            .iter()
            .map(|event| (event.method.rsplit('/').next().unwrap(), event.outcome.as_str()))
            .collect();
        assert!(told.contains(&("CreateRecord", "OK")), "{told:?}");
        assert!(told.contains(&("Login", "CREDENTIALS_INVALID")), "{told:?}");
        assert!(told.contains(&("ChangePassword", "OK")), "{told:?}");
        let created = events.iter().find(|event| event.method.ends_with("/CreateRecord")).unwrap();
        assert_eq!((created.table.as_str(), created.subject.as_str()), ("incident", made.sys_id.as_str()));
        assert_eq!((created.instance.as_str(), created.address.as_str()), ("dev", "127.0.0.1"));
        assert!(!created.request_id.is_empty() && !created.credential.is_empty());
        assert!(!format!("{events:?}").contains("secret text") && !format!("{events:?}").contains(PASSWORD));

        let many = pb::DeleteRecordsRequest {
            table: "incident".to_owned(),
            query: Some(crate::harness::encoded("sys_idISNOTEMPTY")),
            max_records: 10,
            ..Default::default()
        };
        let mut results = records.delete_records(many).await.unwrap().into_inner();
        while results.message().await.unwrap().is_some() {}
        let of_it = pb::ListAuditEventsRequest {
            method: "sncgate.v1.RecordService/DeleteRecords".to_owned(),
            ..Default::default()
        };
        // The end of a stream is noted in passing; what is added after it is behind it.
        let _ = login(gateway, "alice", PASSWORD).await.unwrap();
        let events = log.list_audit_events(of_it).await.unwrap().into_inner().events;
        let outcomes: Vec<_> = events.iter().map(|event| event.outcome.as_str()).collect();
        assert_eq!(outcomes, ["OK", "STARTED"]);

        let verdict = log.verify_audit_log(pb::VerifyAuditLogRequest {}).await.unwrap().into_inner();
        assert!(verdict.intact && verdict.events >= 4, "{verdict:?}");
        system.stop().await;
    }
}

/// Whoever sends a write and hangs up has perhaps written.
#[tokio::test]
async fn a_write_that_is_given_up_is_in_the_log() {
    let (address, hung_up) = crate::errors::silent_instance().await;
    let mut gateway = Gateway::start(crate::harness::config(address)).await;
    let mut records = RecordServiceClient::new(gateway.channel());
    let delete = pb::DeleteRecordRequest {
        table: "incident".to_owned(),
        sys_id: "0123456789abcdef0123456789abcdef".to_owned(),
        ..Default::default()
    };
    let call = tokio::time::timeout(Duration::from_millis(300), records.delete_record(delete)).await;
    assert!(call.is_err(), "the caller gave up");
    tokio::time::timeout(PATIENCE, hung_up).await.expect("the gateway hung up on the instance").unwrap();
    let mut log = AuditServiceClient::new(gateway.channel());
    let of_it = pb::ListAuditEventsRequest {
        method: "sncgate.v1.RecordService/DeleteRecord".to_owned(),
        ..Default::default()
    };
    let end = std::time::Instant::now() + PATIENCE;
    let events = loop {
        let events = log.list_audit_events(of_it.clone()).await.unwrap().into_inner().events;
        if !events.is_empty() || std::time::Instant::now() > end {
            break events;
        }
        tokio::task::yield_now().await;
    };
    let told: Vec<_> = events.iter().map(|event| (event.outcome.as_str(), event.table.as_str())).collect();
    assert_eq!(told, [("Cancelled", "incident")]);
    gateway.stop().await;
}

/// Who took a table along is in the log; a page of a list is no export.
#[tokio::test]
async fn what_takes_many_records_out_is_in_the_log() {
    let system = System::with_records(3).await;
    let gateway = &system.gateway;
    user(gateway, "alice", &["viewer"]).await;
    let token = sign_in(gateway, "alice").await.tokens.unwrap().access_token;
    let mut records = RecordServiceClient::new(gateway.channel_of(&token));
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    records.list_records(list).await.unwrap();
    let stream = pb::StreamRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    let mut pages = records.stream_records(stream.clone()).await.unwrap().into_inner();
    while pages.message().await.unwrap().is_some() {}
    // One that is given up took something along, too.
    drop(records.stream_records(pb::StreamRecordsRequest { page_size: 1, ..stream }).await.unwrap());

    let mut log = AuditServiceClient::new(gateway.channel());
    let of_alice = pb::ListAuditEventsRequest { username: "alice".to_owned(), ..Default::default() };
    let end = std::time::Instant::now() + PATIENCE;
    let told = loop {
        let events = log.list_audit_events(of_alice.clone()).await.unwrap().into_inner().events;
        let exports = events.iter().rev().filter(|event| event.subject == "export");
        let told: Vec<_> = exports
            .map(|event| {
                (event.method.clone(), event.outcome.clone(), event.table.clone(), event.instance.clone())
            })
            .collect();
        if told.len() == 4 || std::time::Instant::now() > end {
            assert!(!events.iter().any(|event| event.method.ends_with("/ListRecords")), "{events:?}");
            break told;
        }
        tokio::task::yield_now().await;
    };
    let event = |outcome: &str, table: &str, instance: &str| {
        let method = "sncgate.v1.RecordService/StreamRecords".to_owned();
        (method, outcome.to_owned(), table.to_owned(), instance.to_owned())
    };
    let begun = event("STARTED", "", "");
    let expected =
        [begun.clone(), event("OK", "incident", "dev"), begun, event("Cancelled", "incident", "dev")];
    assert_eq!(told, expected);
    system.stop().await;
}

/// Roles of the file hold, are shown as such, and cannot be changed from elsewhere.
#[tokio::test]
async fn roles_of_the_configuration_hold_and_stay() {
    let system = System::with_records(2).await;
    let mut settings = crate::harness::config(system.emulator.as_ref().unwrap().http());
    let rule = sncgate::config::Rule {
        tables: vec!["incident".to_owned(), "sys_*".to_owned()],
        operations: vec!["read".to_owned()],
        masked: vec!["short_description".to_owned()],
        ..Default::default()
    };
    let role = sncgate::config::Role {
        permissions: vec!["records_read".to_owned(), "schema_read".to_owned()],
        rules: vec![rule],
        ..Default::default()
    };
    settings.roles.insert("desk".to_owned(), role);
    let mut gateway = Gateway::start(settings).await;
    user(&gateway, "alice", &["desk"]).await;
    let token = sign_in(&gateway, "alice").await.tokens.unwrap().access_token;
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    let answer = RecordServiceClient::new(gateway.channel_of(&token)).list_records(list).await.unwrap();
    let records = answer.into_inner().records;
    assert!(records.len() == 2 && records.iter().all(|one| one.fields["short_description"].value == "****"));

    let mut roles = pb::role_service_client::RoleServiceClient::new(gateway.channel());
    let listed = roles.list_roles(pb::ListRolesRequest {}).await.unwrap().into_inner().roles;
    let desk = listed.into_iter().find(|role| role.name == "desk").unwrap();
    assert!(desk.in_configuration && !desk.built_in);
    let update = pb::UpdateRoleRequest { role: Some(desk.clone()) };
    assert_eq!(why(roles.update_role(update)).await, "REQUEST_INVALID", "that is not for a caller to set");
    let update = pb::UpdateRoleRequest { role: Some(pb::Role { in_configuration: false, ..desk }) };
    assert_eq!(why(roles.update_role(update)).await, "ACCESS_CONFLICT");
    let delete = pb::DeleteRoleRequest { name: "desk".to_owned() };
    let status = roles.delete_role(delete).await.unwrap_err();
    assert!(status.message().contains("[roles.desk]"), "{status:?}");
    gateway.stop().await;
    system.stop().await;
}
