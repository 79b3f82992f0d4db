use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::Response;
use servicenow::{Client, Credentials, Error, List, Record, RetryPolicy};

use crate::server::{Asked, Server, answer, failure, json};

fn password() -> Credentials {
    Credentials::OAuthPassword {
        client_id: "id".into(),
        client_secret: "client-secret".into(),
        username: "admin".into(),
        password: "hunter2".into(),
    }
}

fn granted(token: &str, seconds: u64) -> Response {
    json(
        200,
        format!(
            r#"{{"access_token":"{token}","refresh_token":"r-{token}","token_type":"Bearer","expires_in":{seconds}}}"#
        ),
    )
}

async fn read(client: &Client) -> Result<(), Error> {
    client.list::<Record>("incident", &List::default()).await.map(|_| ())
}

/// The grants asked for, and the `Authorization` of each read.
fn story(server: &Server) -> Vec<String> {
    let told = |asked: &Asked| match asked.path.as_str() {
        "/oauth_token.do" => asked.form()["grant_type"].clone(),
        _ => asked.header("authorization").unwrap_or("nobody").to_owned(),
    };
    server.asked().iter().map(told).collect()
}

/// Grants tokens t1, t2, …; accepts only those from `valid` on.
async fn instance(seconds: u64, valid: usize) -> Server {
    let issued = Arc::new(AtomicUsize::new(0));
    Server::start(move |asked, _| {
        if asked.path == "/oauth_token.do" {
            return granted(&format!("t{}", issued.fetch_add(1, Ordering::Relaxed) + 1), seconds);
        }
        let number = asked.header("authorization").and_then(|header| header.strip_prefix("Bearer t"));
        match number.and_then(|number| number.parse::<usize>().ok()) {
            Some(number) if number >= valid => json(200, r#"{"result":[]}"#),
            _ => failure(401, "User Not Authenticated"),
        }
    })
    .await
}

#[tokio::test]
async fn a_token_is_used_until_it_expires() {
    let server = instance(1800, 1).await;
    let client = server.builder().credentials(password()).build().unwrap();
    for _ in 0..3 {
        read(&client).await.unwrap();
    }
    assert_eq!(story(&server), ["password", "Bearer t1", "Bearer t1", "Bearer t1"]);
    let form = server.asked()[0].form();
    assert_eq!((form["username"].as_str(), form["password"].as_str()), ("admin", "hunter2"));
    assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("id", "client-secret"));
    assert_eq!(server.asked()[0].header("content-type"), Some("application/x-www-form-urlencoded"));
}

#[tokio::test]
async fn an_expired_token_is_refreshed() {
    let server = instance(0, 1).await;
    let client = server.builder().credentials(password()).build().unwrap();
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    assert_eq!(story(&server), ["password", "Bearer t1", "refresh_token", "Bearer t2"]);
    assert_eq!(server.asked()[2].form()["refresh_token"], "r-t1");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = instance(1800, 2).await;
    let client = server.builder().credentials(password()).build().unwrap();
    read(&client).await.unwrap();
    assert_eq!(story(&server), ["password", "Bearer t1", "refresh_token", "Bearer t2"]);

    let server = instance(1800, usize::MAX).await;
    let client = server.builder().credentials(password()).build().unwrap();
    assert!(matches!(read(&client).await, Err(Error::Unauthenticated(_))));
    assert_eq!(story(&server), ["password", "Bearer t1", "refresh_token", "Bearer t2"]);
}

#[tokio::test]
async fn one_token_serves_many_callers() {
    let server = instance(1800, 1).await;
    let client = server.builder().credentials(password()).build().unwrap();
    let results = futures::future::join_all((0..20).map(|_| read(&client))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(story(&server).iter().filter(|told| *told == "password").count(), 1);
    assert_eq!(server.count(), 21);
}

#[tokio::test]
async fn a_spent_refresh_token_falls_back_to_the_password() {
    let server = Server::start(|asked, _| {
        if asked.path != "/oauth_token.do" {
            json(200, r#"{"result":[]}"#)
        } else if asked.form()["grant_type"] == "password" {
            granted("t", 0)
        } else {
            json(401, r#"{"error":"invalid_grant","error_description":"expired"}"#)
        }
    })
    .await;
    let client = server.builder().credentials(password()).build().unwrap();
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    assert_eq!(story(&server), ["password", "Bearer t", "refresh_token", "password", "Bearer t"]);
}

#[tokio::test]
async fn each_grant_sends_its_own_form() {
    let id = || "id".to_owned();
    for (credentials, expected) in [
        (
            Credentials::OAuthClientCredentials { client_id: id(), client_secret: "s".into() },
            "client_id=id client_secret=s grant_type=client_credentials",
        ),
        (
            Credentials::OAuthRefresh {
                client_id: id(),
                client_secret: "s".into(),
                refresh_token: "r".into(),
            },
            "client_id=id client_secret=s grant_type=refresh_token refresh_token=r",
        ),
    ] {
        let server = instance(1800, 1).await;
        read(&server.builder().credentials(credentials).build().unwrap()).await.unwrap();
        let form: Vec<_> =
            server.asked()[0].form().iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(form.join(" "), expected);
    }
}

#[tokio::test]
async fn a_refused_sign_in_is_told_and_hides_the_secret() {
    for (status, content_type, body, expected) in [
        (
            401,
            "application/json",
            r#"{"error":"server_error","error_description":"access_denied"}"#,
            "Auth { status: 401, error: \"server_error\", description: \"access_denied\" }",
        ),
        (200, "text/html", "<title>Instance Hibernating page</title>", "Hibernating"),
        (200, "application/json", r#"{"nothing":1}"#, "Decode"),
        (503, "text/html", "down", "Unavailable"),
    ] {
        let server = Server::start(move |_, _| answer(status, content_type, body)).await;
        let client = server.builder().credentials(password()).retry(RetryPolicy::never()).build().unwrap();
        let error = read(&client).await.unwrap_err();
        let shown = format!("{error:?} {error} {client:?}");
        assert!(shown.starts_with(expected), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("client-secret"), "{shown}");
        assert_eq!(server.count(), 1, "nothing is asked without a token");
    }
}

#[tokio::test]
async fn wrong_basic_credentials_are_not_tried_again() {
    let server = Server::start(|_, _| failure(401, "User Not Authenticated")).await;
    assert!(matches!(read(&server.client()).await, Err(Error::Unauthenticated(_))));
    assert_eq!(server.count(), 1);
}
