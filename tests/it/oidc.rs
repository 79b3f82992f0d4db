//! Tokens of another issuer: a real OpenID Connect provider, its real flows, and what somebody would try with its keys.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use sncgate::config::Issuer;
use sncgate_client::pb;
use sncgate_client::pb::api_key_service_client::ApiKeyServiceClient;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use tonic::{Code, Status};

use crate::harness::{Gateway, System, config, reason};
use crate::program::root;
use crate::scenarios::with_tools;

const RESOURCE: &str = "urn:sncgate:test";
const LIST: &str = "/sncgate.v1.RecordService/ListRecords";

/// The provider's process. It is gone when this is dropped.
struct Provider {
    issuer: String,
    process: Child,
    /// Open, or what it prints would end it.
    _said: BufReader<ChildStdout>,
    http: reqwest::Client,
}

impl Provider {
    fn start() -> Self {
        let folder = root().join("tests/compat/oidc-provider");
        assert!(folder.join("node_modules").exists(), "oidc-provider is not installed: run `make setup`");
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = with_tools(&mut command).spawn().unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let said: Value = serde_json::from_str(&line).expect("the provider says where it is");
        let issuer = said["issuer"].as_str().unwrap().to_owned();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Provider { issuer, process, _said: output, http }
    }

    async fn turn(&self, name: &str, arguments: Value) -> Value {
        let body = serde_json::to_vec(&arguments).unwrap();
        let answer = self.http.post(format!("{}/-/{name}", self.issuer)).body(body).send().await.unwrap();
        let text = answer.text().await.unwrap();
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("{name}: {text}"))
    }

    /// By the client credentials grant.
    async fn of_worker(&self, resource: &str) -> String {
        let form = [("grant_type", "client_credentials"), ("scope", "records"), ("resource", resource)];
        let request = self.http.post(format!("{}/token", self.issuer));
        let request = request.basic_auth("worker", Some("of%20the%20worker")).form(&form);
        let text = request.send().await.unwrap().text().await.unwrap();
        let answer: Value = serde_json::from_str(&text).unwrap();
        answer["access_token"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned()
    }

    /// By the authorization code grant: an access token and an ID token.
    async fn of_person(&self, login: &str) -> (String, String) {
        let answer = self.turn("sign-in", json!({ "login": login })).await;
        let text = |name: &str| answer[name].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
        (text("access_token"), text("id_token"))
    }

    /// Whatever it would not issue itself, signed with its key.
    async fn signed(&self, header: Value, payload: Value) -> String {
        let answer = self.turn("sign", json!({ "header": header, "payload": payload })).await;
        answer["token"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    async fn key_requests(&self) -> u64 {
        self.turn("counts", json!({})).await["jwks"].as_u64().unwrap()
    }

    /// As a gateway is told of it.
    fn settings(&self) -> Issuer {
        let mut issuer = Issuer::new(&self.issuer, "sncgate");
        issuer.roles_claim = "groups".to_owned();
        issuer.roles.insert("desk".to_owned(), vec!["viewer".to_owned()]);
        issuer.roles.insert("gateway-admins".to_owned(), vec!["admin".to_owned()]);
        issuer
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        // Neither can fail but where the process is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A provider, and a gateway that takes its tokens.
async fn house(system: &System, change: impl FnOnce(&mut Issuer)) -> (Provider, Gateway) {
    let provider = Provider::start();
    let mut settings = config(system.emulator.as_ref().unwrap().http());
    let mut issuer = provider.settings();
    change(&mut issuer);
    settings.access.issuers.insert("corp".to_owned(), issuer);
    let gateway = Gateway::start(settings).await;
    (provider, gateway)
}

async fn read(gateway: &Gateway, token: &str) -> Result<u64, Status> {
    let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
    let answer = RecordServiceClient::new(gateway.channel_of(token)).list_records(list).await?;
    Ok(answer.into_inner().records.len() as u64)
}

async fn refused(gateway: &Gateway, token: &str) -> String {
    reason(&read(gateway, token).await.expect_err("it must be refused")).0
}

async fn who(gateway: &Gateway, token: &str) -> pb::WhoAmIResponse {
    let mut auth = AuthServiceClient::new(gateway.channel_of(token));
    auth.who_am_i(pb::WhoAmIRequest {}).await.unwrap().into_inner()
}

fn disabled(username: &str, disabled: bool) -> pb::UpdateUserRequest {
    pb::UpdateUserRequest {
        user: Some(pb::User { username: username.to_owned(), disabled, ..pb::User::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["disabled".to_owned()] }),
    }
}

#[tokio::test]
async fn tokens_of_real_flows_are_taken_with_the_roles_of_their_claims() {
    let system = System::with_records(3).await;
    let (provider, mut gateway) = house(&system, |_| {}).await;
    let worker = provider.of_worker(RESOURCE).await;
    let (alice, id_token) = provider.of_person("alice").await;
    let (root, _) = provider.of_person("root").await;
    let (nobody, _) = provider.of_person("nobody").await;

    for (token, name, roles) in [
        (&worker, "corp:worker", &["viewer"][..]),
        (&alice, "corp:alice", &["viewer"]),
        (&root, "corp:root", &["admin"]),
        (&nobody, "corp:nobody", &[]),
    ] {
        let me = who(&gateway, token).await;
        assert_eq!((me.username.as_str(), me.session.is_some()), (name, false));
        assert_eq!(me.roles, roles, "{name}");
    }
    assert_eq!(read(&gateway, &worker).await.unwrap(), 3);
    assert_eq!(read(&gateway, &alice).await.unwrap(), 3);
    assert_eq!(refused(&gateway, &nobody).await, "PERMISSION_MISSING");
    assert_eq!(refused(&gateway, &id_token).await, "TOKEN_INVALID", "it is for the page, not for a gateway");
    let browser = reqwest::Client::builder().http1_only().no_proxy().build().unwrap();
    let call = |token: String| {
        let request = browser.post(format!("http://{}{LIST}", gateway.address)).bearer_auth(token);
        // ListRecords of incident.
        let body = [&[0, 0, 0, 0, 10, 0x12, 8][..], b"incident"].concat();
        request.header("content-type", "application/grpc-web+proto").body(body).send()
    };
    let answer = call(alice.clone()).await.unwrap();
    assert!(answer.headers().get("grpc-status").is_none_or(|status| status == "0"), "{answer:?}");
    let answer = call(id_token).await.unwrap();
    assert_eq!(answer.headers()["grpc-status"], "16");

    // They are users: seen, shut out, without a password or a key of their own.
    let mut users = UserServiceClient::new(gateway.channel());
    let listed = users.list_users(pb::ListUsersRequest::default()).await.unwrap().into_inner().users;
    let seen = listed.iter().find(|user| user.username == "corp:alice").unwrap();
    assert_eq!((seen.id.as_str(), seen.issuer.as_str()), ("corp|alice", "corp"));
    assert_eq!(
        (seen.roles.as_slice(), seen.display_name.as_str()),
        (&["viewer".to_owned()][..], "The alice")
    );
    let reset = pb::ResetPasswordRequest { username: "corp:alice".to_owned(), ..Default::default() };
    assert_eq!(reason(&users.reset_password(reset).await.unwrap_err()).0, "ACCESS_CONFLICT");
    let key = pb::ApiKey {
        name: "k".to_owned(),
        expire_time: Some((std::time::SystemTime::now() + Duration::from_secs(60)).into()),
        ..pb::ApiKey::default()
    };
    let create = pb::CreateApiKeyRequest { api_key: Some(key) };
    let made = ApiKeyServiceClient::new(gateway.channel_of(&root)).create_api_key(create).await;
    assert_eq!(reason(&made.unwrap_err()).0, "ACCESS_CONFLICT", "it would outlive what the issuer says");

    // What they do is in the log under their names.
    let events = pb::ListAuditEventsRequest { username: "corp:root".to_owned(), ..Default::default() };
    let events = AuditServiceClient::new(gateway.channel()).list_audit_events(events).await.unwrap();
    let event = &events.into_inner().events[0];
    assert!(event.method.ends_with("/CreateApiKey") && event.credential.starts_with("corp|"), "{event:?}");

    // Shut out at once, also where the token was looked at a moment ago; and let in again.
    users.update_user(disabled("corp:alice", true)).await.unwrap();
    assert_eq!(refused(&gateway, &alice).await, "TOKEN_REVOKED");
    users.update_user(disabled("corp:alice", false)).await.unwrap();
    assert_eq!(read(&gateway, &alice).await.unwrap(), 3);

    // The administrator of the issuer does not count as one who can always sign in.
    let delete = pb::DeleteUserRequest { username: "admin".to_owned() };
    let deleted = UserServiceClient::new(gateway.channel_of(&root)).delete_user(delete).await;
    assert_eq!(reason(&deleted.unwrap_err()).0, "ACCESS_CONFLICT");
    gateway.stop().await;
    system.stop().await;
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

/// A payload that is good, with some claims in other ways; null takes one away.
fn payload(provider: &Provider, changes: Value) -> Value {
    let mut payload = json!({
        "iss": provider.issuer, "aud": "sncgate", "sub": "alice", "client_id": "page", "jti": "1",
        "iat": now(), "exp": now() + 600, "groups": ["desk"],
    });
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => payload.as_object_mut().unwrap().remove(name),
            _ => payload.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    payload
}

#[tokio::test]
async fn what_is_not_quite_a_token_for_us_is_refused() {
    let system = System::with_records(1).await;
    let (provider, mut gateway) = house(&system, |issuer| issuer.clients = vec!["page".to_owned()]).await;
    let at = json!({ "typ": "at+jwt" });
    let good = provider.signed(at.clone(), payload(&provider, json!({}))).await;
    assert_eq!(read(&gateway, &good).await.unwrap(), 1, "the tests' own payload is good");

    let n = now();
    let cases = [
        ("audience", at.clone(), json!({ "aud": "elsewhere" }), "TOKEN_INVALID"),
        ("no audience", at.clone(), json!({ "aud": null }), "TOKEN_INVALID"),
        ("audiences with a number", at.clone(), json!({ "aud": ["sncgate", 1] }), "TOKEN_INVALID"),
        (
            "issuer with a slash",
            at.clone(),
            json!({ "iss": format!("{}/", provider.issuer) }),
            "TOKEN_INVALID",
        ),
        ("another issuer", at.clone(), json!({ "iss": "https://evil.example" }), "TOKEN_INVALID"),
        ("our own issuer", at.clone(), json!({ "iss": "sncgate" }), "TOKEN_INVALID"),
        ("expired", at.clone(), json!({ "iat": n - 900, "exp": n - 60 }), "TOKEN_EXPIRED"),
        ("no end", at.clone(), json!({ "exp": null }), "TOKEN_INVALID"),
        ("an end as text", at.clone(), json!({ "exp": (n + 60).to_string() }), "TOKEN_INVALID"),
        ("lives for a year", at.clone(), json!({ "exp": n + 31_536_000 }), "TOKEN_INVALID"),
        ("made tomorrow", at.clone(), json!({ "iat": n + 3600, "exp": n + 7200 }), "TOKEN_INVALID"),
        ("not before tomorrow", at.clone(), json!({ "nbf": n + 3600, "exp": n + 7200 }), "TOKEN_INVALID"),
        ("nobody's", at.clone(), json!({ "sub": null }), "TOKEN_INVALID"),
        ("a name with a line", at.clone(), json!({ "sub": "a\nb" }), "TOKEN_INVALID"),
        ("another client's", at.clone(), json!({ "client_id": "other" }), "TOKEN_INVALID"),
        ("azp of another client", at.clone(), json!({ "azp": "other" }), "TOKEN_INVALID"),
        ("no client's", at.clone(), json!({ "client_id": null }), "TOKEN_INVALID"),
        ("bound to a key", at.clone(), json!({ "cnf": { "jkt": "x" } }), "TOKEN_INVALID"),
        ("typ JWT", json!({ "typ": "JWT" }), json!({}), "TOKEN_INVALID"),
        ("no typ", json!({}), json!({}), "TOKEN_INVALID"),
        ("a logout token", json!({ "typ": "logout+jwt" }), json!({ "events": {} }), "TOKEN_INVALID"),
        ("brings its key", json!({ "typ": "at+jwt", "jwk": {} }), json!({}), "TOKEN_INVALID"),
        (
            "says where its key is",
            json!({ "typ": "at+jwt", "jku": "https://evil.example" }),
            json!({}),
            "TOKEN_INVALID",
        ),
        (
            "a key that is not published",
            json!({ "typ": "at+jwt", "kid": "other" }),
            json!({}),
            "TOKEN_INVALID",
        ),
    ];
    for (what, header, changes, expected) in cases {
        let token = provider.signed(header, payload(&provider, changes)).await;
        assert_eq!(refused(&gateway, &token).await, expected, "{what}");
    }

    // What was signed is what counts.
    let mut parts: Vec<String> = good.split('.').map(str::to_owned).collect();
    parts[1] =
        URL_SAFE_NO_PAD.encode(payload(&provider, json!({ "groups": ["gateway-admins"] })).to_string());
    assert_eq!(refused(&gateway, &parts.join(".")).await, "TOKEN_INVALID", "a changed payload");
    parts[0] = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt"}"#);
    assert_eq!(refused(&gateway, &format!("{}.{}.", parts[0], parts[1])).await, "TOKEN_INVALID", "alg none");
    for confused in confused(&provider).await {
        assert_eq!(refused(&gateway, &confused).await, "TOKEN_INVALID", "the public key as a secret");
    }
    gateway.stop().await;
    system.stop().await;
}

/// Tokens that are signed by HMAC with the provider's public key, in the forms that libraries were fooled with.
async fn confused(provider: &Provider) -> Vec<String> {
    let text = reqwest::get(format!("{}/jwks", provider.issuer)).await.unwrap().text().await.unwrap();
    let set: Value = serde_json::from_str(&text).unwrap();
    let key = &set["keys"][0];
    let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
    let secrets = [
        modulus,
        key["n"].as_str().unwrap().as_bytes().to_vec(),
        key.to_string().into_bytes(),
        text.into_bytes(),
    ];
    let mut tokens = Vec::new();
    for algorithm in ["HS256", "RS256"] {
        let header = json!({ "alg": algorithm, "typ": "at+jwt", "kid": key["kid"] }).to_string();
        let body = payload(provider, json!({ "groups": ["gateway-admins"] })).to_string();
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(body));
        for secret in &secrets {
            let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
            let tag = ring::hmac::sign(&key, signed.as_bytes());
            tokens.push(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)));
        }
    }
    tokens
}

#[tokio::test]
async fn unknown_keys_do_not_make_us_hammer_the_issuer() {
    let system = System::with_records(1).await;
    let (provider, mut gateway) = house(&system, |issuer| {
        issuer.keys_refresh = Duration::from_secs(3600);
        issuer.keys_retry = Duration::from_secs(3600);
    })
    .await;
    let mut calls = Vec::new();
    for number in 0..60 {
        let header = json!({ "typ": "at+jwt", "kid": format!("none {number}") });
        let token = provider.signed(header, payload(&provider, json!({}))).await;
        let channel = gateway.channel_of(&token);
        calls.push(tokio::spawn(async move {
            let list = pb::ListRecordsRequest { table: "incident".to_owned(), ..Default::default() };
            RecordServiceClient::new(channel).list_records(list).await.unwrap_err().code()
        }));
    }
    for call in calls {
        assert_eq!(call.await.unwrap(), Code::Unauthenticated);
    }
    assert_eq!(provider.key_requests().await, 1);
    assert_eq!(read(&gateway, &provider.of_worker(RESOURCE).await).await.unwrap(), 1);
    assert_eq!(provider.key_requests().await, 1, "what the flood fetched serves the good");
    gateway.stop().await;
    system.stop().await;
}

#[tokio::test]
async fn keys_are_replaced_and_issuers_go_away() {
    let system = System::with_records(1).await;
    let (provider, mut gateway) = house(&system, |issuer| issuer.keys_retry = Duration::from_millis(1)).await;
    provider.turn("down", json!({ "down": true })).await;
    let before = provider.signed(json!({ "typ": "at+jwt" }), payload(&provider, json!({}))).await;
    let status = read(&gateway, &before).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Unavailable, "ISSUER_UNAVAILABLE"));
    assert_eq!(reason(&status).1["issuer"], "corp");

    provider.turn("down", json!({ "down": false })).await;
    assert_eq!(read(&gateway, &before).await.unwrap(), 1);
    // The keys that are known serve while it is away; one that is not known can be neither taken nor refused.
    provider.turn("down", json!({ "down": true })).await;
    let other = provider.signed(json!({ "typ": "at+jwt" }), payload(&provider, json!({ "jti": "2" }))).await;
    assert_eq!(read(&gateway, &other).await.unwrap(), 1);
    for (algorithm, keep) in [("ES256", true), ("EdDSA", false)] {
        provider.turn("rotate", json!({ "alg": algorithm, "keep": keep })).await;
        provider.turn("down", json!({ "down": true })).await;
        let after = provider.signed(json!({ "typ": "at+jwt" }), payload(&provider, json!({}))).await;
        assert_eq!(refused(&gateway, &after).await, "ISSUER_UNAVAILABLE", "{algorithm}");
        provider.turn("down", json!({ "down": false })).await;
        assert_eq!(read(&gateway, &after).await.unwrap(), 1, "{algorithm}");
        let late = json!({ "typ": "at+jwt" });
        let real = provider.of_worker(RESOURCE).await;
        assert_eq!(read(&gateway, &real).await.unwrap(), 1, "{algorithm}");
        // A token of a key that is no longer published is refused, whatever it says.
        let unknown = provider.signed(late, payload(&provider, json!({ "aud": "x" }))).await;
        assert_eq!(refused(&gateway, &unknown).await, "TOKEN_INVALID");
    }
    let fresh = "what the first key signed, with another id so that nothing is remembered of it";
    let mut parts: Vec<String> = before.split('.').map(str::to_owned).collect();
    parts[2].push('A');
    assert_eq!(refused(&gateway, &parts.join(".")).await, "TOKEN_INVALID", "{fresh}");
    gateway.stop().await;
    system.stop().await;
}

/// ID tokens are made for clients; who takes them all the same must say so, and gets those made for the gateway.
#[tokio::test]
async fn id_tokens_are_taken_where_that_is_asked_for() {
    let system = System::with_records(1).await;
    let (provider, mut gateway) = house(&system, |issuer| {
        issuer.audiences = vec!["page".to_owned()];
        issuer.token_types = vec!["id_token".to_owned()];
        issuer.username_claim = "email".to_owned();
        issuer.default_roles = vec!["viewer".to_owned()];
    })
    .await;
    let (access_token, id_token) = provider.of_person("alice").await;
    assert_eq!(read(&gateway, &id_token).await.unwrap(), 1);
    assert_eq!(who(&gateway, &id_token).await.username, "corp:alice", "the subject stands in for the claim");
    assert_eq!(refused(&gateway, &access_token).await, "TOKEN_INVALID");
    let two = json!({ "aud": ["page", "other"], "client_id": null });
    for (changes, good) in [
        (two.clone(), false),
        (json!({ "aud": ["page", "other"], "client_id": null, "azp": "page" }), true),
        (json!({ "aud": "page", "azp": "other" }), false),
        (json!({ "aud": "page", "typ": "Refresh" }), false),
    ] {
        let token = provider.signed(json!({ "typ": "JWT" }), payload(&provider, changes.clone())).await;
        assert_eq!(read(&gateway, &token).await.is_ok(), good, "{changes}");
    }
    gateway.stop().await;
    system.stop().await;
}
