//! `POST /oauth_token.do` and `Authorization: Bearer` (section 9.2).

use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use serde_json::{Value, json};
use servicenow_emulator::clock::Clock;

use crate::harness::{CLIENT, Harness, Reply};

const PATH: &str = "/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id";

async fn instance() -> (Clock, Harness) {
    let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let instance = Harness::with(|builder| builder.clock(clock.clone())).await;
    (clock, instance)
}

fn advance(clock: &Clock, seconds: i64) {
    clock.set(clock.now() + TimeDelta::seconds(seconds));
}

async fn ask(instance: &Harness, form: &[(&str, &str)]) -> Reply {
    Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(form)).await
}

const ID: (&str, &str) = ("client_id", CLIENT.0);
const SECRET: (&str, &str) = ("client_secret", CLIENT.1);
const PASSWORD: [(&str, &str); 5] =
    [("grant_type", "password"), ID, SECRET, ("username", "admin"), ("password", "admin")];

async fn use_token(instance: &Harness, token: &Value) -> u16 {
    let request = instance.anonymous(Method::GET, PATH).bearer_auth(token.as_str().unwrap());
    Reply::of(request).await.status
}

#[tokio::test]
async fn the_life_of_a_password_grant() {
    let (clock, instance) = instance().await;
    let granted = ask(&instance, &PASSWORD).await.json();
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "useraccount");
    assert_eq!(granted["expires_in"], 1_800);
    assert_eq!(use_token(&instance, &granted["access_token"]).await, 200);

    advance(&clock, 300);
    let again = ask(&instance, &PASSWORD).await.json();
    assert_eq!(again["access_token"], granted["access_token"]);
    assert_eq!(again["refresh_token"], granted["refresh_token"]);
    assert_eq!(again["expires_in"], 1_500);

    advance(&clock, 1_500);
    assert_eq!(use_token(&instance, &granted["access_token"]).await, 401);
    let refresh = granted["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ID, SECRET, ("refresh_token", refresh)];
    let refreshed = ask(&instance, &form).await.json();
    assert_ne!(refreshed["access_token"], granted["access_token"]);
    assert_eq!(refreshed["refresh_token"], granted["refresh_token"]);
    assert_eq!(use_token(&instance, &refreshed["access_token"]).await, 200);

    advance(&clock, 8_640_000);
    let late = ask(&instance, &form).await;
    assert_eq!((late.status, &late.json()["error"]), (401, &json!("invalid_grant")));
}

#[tokio::test]
async fn client_credentials_act_as_the_clients_user() {
    let (_, instance) = instance().await;
    let granted = ask(&instance, &[("grant_type", "client_credentials"), ID, SECRET]).await.json();
    assert_eq!(granted.get("refresh_token"), None);
    let query = "sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_fields=user_name";
    let request = instance.anonymous(Method::GET, &format!("/api/now/table/sys_user?{query}"));
    let reply = Reply::of(request.bearer_auth(granted["access_token"].as_str().unwrap())).await;
    assert_eq!(reply.result(), json!([{"user_name": "itil"}]));
}

#[tokio::test]
async fn the_demo_client_is_there() {
    let (_, instance) = instance().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "demo"), ("client_secret", "demo")];
    let granted = ask(&instance, &form).await.json();
    assert_eq!(use_token(&instance, &granted["access_token"]).await, 200);
}

#[tokio::test]
async fn a_client_may_sign_in_by_header() {
    let (_, instance) = instance().await;
    let form = [("grant_type", "password"), ("username", "admin"), ("password", "admin")];
    for (secret, status) in [(CLIENT.1, 200), ("wrong", 401)] {
        let request = instance.anonymous(Method::POST, "/oauth_token.do").basic_auth(CLIENT.0, Some(secret));
        assert_eq!(Reply::of(request.form(&form)).await.status, status);
    }
}

#[tokio::test]
async fn every_refusal() {
    let (_, instance) = instance().await;
    let wrong = |name: &'static str, value: &'static str| {
        PASSWORD.map(|(field, sent)| if field == name { (field, value) } else { (field, sent) }).to_vec()
    };
    for (form, status, error) in [
        (wrong("password", "x"), 401, "server_error"),
        (wrong("username", "nobody"), 401, "server_error"),
        (wrong("client_id", "x"), 401, "invalid_client"),
        (wrong("client_secret", "x"), 401, "invalid_client"),
        (wrong("grant_type", "implicit"), 400, "unsupported_grant_type"),
        (vec![ID, SECRET], 400, "invalid_request"),
        (vec![("grant_type", "password"), ID, SECRET], 400, "invalid_request"),
        (vec![("grant_type", "refresh_token"), ID, SECRET, ("refresh_token", "x")], 401, "invalid_grant"),
        (vec![], 401, "invalid_client"),
    ] {
        let reply = ask(&instance, &form).await;
        let json = reply.json();
        assert_eq!((reply.status, &json["error"]), (status, &json!(error)), "{form:?}");
        assert!(json["error_description"].is_string(), "{json}");
    }
}

#[tokio::test]
async fn only_forms_are_understood() {
    let (_, instance) = instance().await;
    let request =
        instance.anonymous(Method::POST, "/oauth_token.do").header("Content-Type", "application/json");
    let reply = Reply::of(request.body(r#"{"grant_type":"password"}"#)).await;
    assert_eq!((reply.status, &reply.json()["error"]), (400, &json!("invalid_request")));
}
