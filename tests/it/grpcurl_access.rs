//! grpcurl as somebody who has signed in, and as nobody.

use serde_json::{Value, json};

use crate::demo::{Demo, host};
use crate::program::{Outcome, program, tool};

const CREATE: &str = "sncgate.v1.RecordService/CreateRecord";
const LIST: &str = "sncgate.v1.RecordService/ListRecords";

/// A call with that token; with none for an empty one.
fn call(demo: &Demo, token: &str, method: &str, request: &Value) -> Outcome {
    let (header, request) = (format!("authorization: Bearer {token}"), request.to_string());
    let mut arguments = vec!["-plaintext", "-max-time", "60"];
    if !token.is_empty() {
        arguments.extend(["-H", header.as_str()]);
    }
    arguments.extend(["-d", request.as_str(), host(&demo.at.gateway), method]);
    program(tool("bin/grpcurl"), &arguments)
}

/// The access token of a new user, whose password is theirs.
fn signed_in(demo: &Demo, username: &str, role: &str) -> String {
    let (first, second) = ("a password at first", "a password of one's own");
    let user = json!({"user": {"username": username, "roles": [role]}, "password": first});
    call(demo, &demo.at.token, "sncgate.v1.UserService/CreateUser", &user).text();
    let login = json!({"username": username, "password": first});
    let answer = call(demo, "", "sncgate.v1.AuthService/Login", &login).text();
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let token = answer["tokens"]["accessToken"].as_str().unwrap().to_owned();
    let change = json!({"current_password": first, "new_password": second});
    call(demo, &token, "sncgate.v1.AuthService/ChangePassword", &change).text();
    token
}

fn refused(outcome: Outcome, parts: &[&str]) {
    assert_ne!(outcome.code, Some(0), "{}", outcome.stdout);
    for part in parts {
        assert!(outcome.stderr.contains(part), "{part} is missing:\n{}", outcome.stderr);
    }
}

#[test]
fn grpcurl_is_told_what_it_misses() {
    let demo = Demo::with_records(3);
    let create = json!({"table": "incident", "fields": {"short_description": "by grpcurl"}});
    let list = json!({"table": "incident", "query": {"encoded": "short_description=by grpcurl"}});
    for (method, request) in [(CREATE, &create), (LIST, &list)] {
        refused(call(&demo, "", method, request), &["Unauthenticated", "ErrorInfo", "TOKEN_INVALID"]);
        refused(call(&demo, "made-up", method, request), &["Unauthenticated", "ErrorInfo", "TOKEN_INVALID"]);
    }

    let viewer = signed_in(&demo, "vera", "viewer");
    call(&demo, &viewer, LIST, &list).text();
    let told = ["PermissionDenied", "ErrorInfo", "PERMISSION_MISSING", "PERMISSION_RECORDS_WRITE"];
    refused(call(&demo, &viewer, CREATE, &create), &told);
    let seen = call(&demo, &viewer, LIST, &list).text();
    assert!(!seen.contains("sysId"), "nothing was written: {seen}");

    let user = signed_in(&demo, "ulf", "user");
    let made = call(&demo, &user, CREATE, &create).text();
    assert!(made.contains("by grpcurl"), "{made}");
    let seen = call(&demo, &viewer, LIST, &list).text();
    assert_eq!(seen.matches("sysId").count(), 1, "{seen}");
}
