use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::future::BoxFuture;
use servicenow::{Client, Credentials, CredentialsProvider, Error, List, Record, RetryPolicy, Signature};

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
        (
            Credentials::OAuthAuthorizationCode {
                client_id: id(),
                client_secret: None,
                code: "c".into(),
                redirect_uri: "http://localhost/cb".into(),
                code_verifier: Some("v".into()),
            },
            "client_id=id code=c code_verifier=v grant_type=authorization_code redirect_uri=http://localhost/cb",
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
            "Auth { host: \"127.0.0.1:",
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
        if let Error::Auth { .. } = error {
            let host = server.url.trim_start_matches("http://");
            let told = format!(
                "OAuth sign-in at {host} by the password grant failed: server_error: access_denied (HTTP 401)"
            );
            assert_eq!(error.to_string(), told);
        }
    }
}

#[tokio::test]
async fn wrong_basic_credentials_are_not_tried_again() {
    let server = Server::start(|_, _| failure(401, "User Not Authenticated")).await;
    assert!(matches!(read(&server.client()).await, Err(Error::Unauthenticated(_))));
    assert_eq!(server.count(), 1);
}

/// Made for these tests; nothing knows it.
const KEY: &str = include_str!("key.pem");

/// The same in the older form.
const OLDER_KEY: &str = include_str!("key-pkcs1.pem");

fn bearer(private_key: &str) -> Credentials {
    Credentials::OAuthJwtBearer {
        client_id: "id".into(),
        client_secret: Some("s".into()),
        private_key: private_key.into(),
        key_id: Some("k1".into()),
        issuer: "me".into(),
        subject: "abel.tuter".into(),
        audience: "id".into(),
    }
}

#[tokio::test]
async fn an_assertion_is_signed_for_each_token() {
    use rustls::pki_types::PrivateKeyDer;
    use rustls::pki_types::pem::PemObject as _;
    let PrivateKeyDer::Pkcs8(der) = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap() else {
        panic!("{KEY}")
    };
    let public = ring::signature::RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap().public().clone();
    for key in [KEY, OLDER_KEY] {
        let server = instance(0, 1).await;
        let client = server.builder().credentials(bearer(key)).build().unwrap();
        read(&client).await.unwrap();
        let form = server.asked()[0].form();
        assert_eq!(form["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
        assert_eq!((form["client_id"].as_str(), form["client_secret"].as_str()), ("id", "s"));
        let (message, signature) = form["assertion"].rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        let verifier = ring::signature::UnparsedPublicKey::new(
            &ring::signature::RSA_PKCS1_2048_8192_SHA256,
            public.as_ref(),
        );
        verifier.verify(message.as_bytes(), &signature).unwrap();
        let part = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let (header, claims) = message.split_once('.').unwrap();
        assert_eq!(part(header), serde_json::json!({"alg": "RS256", "typ": "JWT", "kid": "k1"}));
        let claims = part(claims);
        assert_eq!(
            (&claims["iss"], &claims["sub"], &claims["aud"]),
            (&"me".into(), &"abel.tuter".into(), &"id".into())
        );
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 300);
        assert_eq!(claims["jti"].as_str().unwrap().len(), 32);
    }
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_at_once() {
    for key in ["", "hunter2", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
        let error = Client::builder("x").credentials(bearer(key)).build().unwrap_err();
        assert!(matches!(&error, Error::InvalidInput(text) if !text.contains("hunter2")), "{error:?}");
    }
}

#[tokio::test]
async fn an_api_key_goes_with_each_request() {
    let server = Server::start(|_, _| json(200, r#"{"result":[]}"#)).await;
    let client = server.builder().credentials(Credentials::ApiKey { key: "hunter2".into() }).build().unwrap();
    read(&client).await.unwrap();
    let asked = &server.asked()[0];
    assert_eq!((asked.header("x-sn-apikey"), asked.header("authorization")), (Some("hunter2"), None));
}

/// Gives out numbered signatures, a new one when the last was refused.
struct Broker {
    refused: Mutex<u64>,
}

impl CredentialsProvider for Broker {
    fn sign(&self) -> BoxFuture<'_, Result<Signature, Error>> {
        Box::pin(async {
            let generation = *self.refused.lock().unwrap() + 1;
            let value = format!("number {generation}").into();
            Ok(Signature { header: "X-Signed".into(), value, generation: Some(generation) })
        })
    }

    fn refused(&self, generation: u64) {
        *self.refused.lock().unwrap() = generation;
    }
}

#[tokio::test]
async fn a_provider_signs_requests_and_hears_of_refusals() {
    let server = Server::start(|asked, _| match asked.header("x-signed") {
        Some("number 2") => json(200, r#"{"result":[]}"#),
        _ => failure(401, "User Not Authenticated"),
    })
    .await;
    let credentials = Credentials::Custom(Arc::new(Broker { refused: Mutex::new(0) }));
    assert_eq!(format!("{credentials:?}"), "Custom(CredentialsProvider)");
    let client = server.builder().credentials(credentials).build().unwrap();
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    let signed: Vec<_> =
        server.asked().iter().map(|asked| asked.header("x-signed").unwrap().to_owned()).collect();
    assert_eq!(signed, ["number 1", "number 2", "number 2"]);
}

#[tokio::test]
async fn a_traded_code_lives_on_in_its_refresh_token() {
    let server = instance(0, 1).await;
    let credentials = Credentials::OAuthAuthorizationCode {
        client_id: "id".into(),
        client_secret: Some("s".into()),
        code: "c".into(),
        redirect_uri: "http://localhost/cb".into(),
        code_verifier: None,
    };
    let client = server.builder().credentials(credentials).build().unwrap();
    read(&client).await.unwrap();
    read(&client).await.unwrap();
    assert_eq!(story(&server), ["authorization_code", "Bearer t1", "refresh_token", "Bearer t2"]);
}
