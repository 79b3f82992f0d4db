//! The JWT bearer grant, and the end of tokens (section 9.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use reqwest::Method;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use servicenow_emulator::clock::Clock;
use servicenow_emulator::{KeyError, OAuthClient};

use crate::harness::{Harness, Reply};

const GRANT: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
const NOW: i64 = 1_700_000_000;
const PUBLIC: &str = include_str!("../keys/public.pem");
const CERTIFICATE: &str = include_str!("../keys/certificate.pem");

async fn instance() -> Harness {
    let clock = Clock::manual(DateTime::from_timestamp(NOW, 0).unwrap());
    let public = OAuthClient::public("signer").jwt_key("k1", PUBLIC).unwrap();
    let secret = OAuthClient::new("both", "hush").jwt_key("k1", CERTIFICATE).unwrap();
    let keyless = OAuthClient::public("keyless");
    Harness::with(|builder| {
        builder.clock(clock).oauth_client(public).oauth_client(secret).oauth_client(keyless)
    })
    .await
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(header: &Value, claims: &Value) -> String {
    let pem = include_str!("../../../servicenow/tests/it/key.pem");
    let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).unwrap();
    let key = RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).unwrap();
    let message = format!("{}.{}", part(header), part(claims));
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn claims() -> Value {
    json!({"iss": "signer", "sub": "itil", "aud": "signer", "exp": NOW + 300})
}

fn header() -> Value {
    json!({"alg": "RS256", "typ": "JWT", "kid": "k1"})
}

fn with(mut value: Value, name: &str, to: Value) -> Value {
    value[name] = to;
    value
}

async fn ask(instance: &Harness, form: &[(&str, &str)]) -> Reply {
    Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(form)).await
}

#[tokio::test]
async fn an_assertion_is_traded_for_a_token_without_a_refresh_token() {
    let instance = instance().await;
    let without_kid = json!({"alg": "RS256"});
    let several = with(claims(), "aud", json!(["other", "signer"]));
    for (header, claims) in [(header(), claims()), (without_kid, claims()), (header(), several)] {
        let assertion = signed(&header, &claims);
        let reply = ask(&instance, &[GRANT, ("client_id", "signer"), ("assertion", &assertion)]).await;
        let granted = reply.json();
        assert_eq!(reply.status, 200, "{granted}");
        assert_eq!((granted.get("refresh_token"), &granted["expires_in"]), (None, &json!(1_800)));
        let token = granted["access_token"].as_str().unwrap();
        let read =
            instance.anonymous(Method::GET, "/api/now/table/sys_user?sysparm_limit=1").bearer_auth(token);
        assert_eq!(Reply::of(read).await.status, 200);
    }
    let addressed = ask(&instance, &[GRANT, ("assertion", &signed(&header(), &claims()))]).await;
    assert_eq!(addressed.status, 200, "the audience names the client");
    let both = signed(&header(), &with(claims(), "aud", json!("both")));
    let form = [GRANT, ("client_id", "both"), ("client_secret", "hush"), ("assertion", &both)];
    assert_eq!(ask(&instance, &form).await.status, 200, "a certificate holds the key");
    // As ServiceNow's Python client sends it.
    let request = instance.anonymous(Method::POST, "/oauth_token.do").form(&[GRANT, ("client_id", "signer")]);
    let request = request.header("Authentication", format!("Bearer {}", signed(&header(), &claims())));
    assert_eq!(Reply::of(request).await.status, 200);
}

#[tokio::test]
async fn every_other_assertion_is_refused() {
    let instance = instance().await;
    let good = signed(&header(), &claims());
    let (head, _) = good.rsplit_once('.').unwrap();
    let unsigned = format!("{}.{}.", part(&json!({"alg": "none"})), part(&claims()));
    let cases = [
        ("another subject", signed(&header(), &with(claims(), "sub", json!("nobody"))), "server_error"),
        ("no subject", signed(&header(), &with(claims(), "sub", Value::Null)), "invalid_grant"),
        ("another audience", signed(&header(), &with(claims(), "aud", json!("both"))), "invalid_grant"),
        ("expired", signed(&header(), &with(claims(), "exp", json!(NOW - 61))), "invalid_grant"),
        ("no end", signed(&header(), &with(claims(), "exp", Value::Null)), "invalid_grant"),
        ("not yet", signed(&header(), &with(claims(), "nbf", json!(NOW + 61))), "invalid_grant"),
        ("no issuer", signed(&header(), &with(claims(), "iss", Value::Null)), "invalid_grant"),
        ("another key", signed(&with(header(), "kid", json!("k2")), &claims()), "invalid_grant"),
        ("another algorithm", signed(&with(header(), "alg", json!("HS256")), &claims()), "invalid_grant"),
        ("unsigned", unsigned, "invalid_grant"),
        ("no signature", format!("{head}."), "invalid_grant"),
        (
            "changed",
            good.replacen(&part(&claims()), &part(&with(claims(), "sub", json!("admin"))), 1),
            "invalid_grant",
        ),
        ("no JWT", "x".to_owned(), "invalid_grant"),
    ];
    for (what, assertion, error) in cases {
        let reply = ask(&instance, &[GRANT, ("client_id", "signer"), ("assertion", &assertion)]).await;
        assert_eq!((reply.status, &reply.json()["error"]), (401, &json!(error)), "{what}");
    }
    for (form, status, error) in [
        (vec![GRANT, ("client_id", "signer")], 400, "invalid_request"),
        (vec![GRANT, ("client_id", "both"), ("assertion", good.as_str())], 401, "invalid_client"),
        (vec![GRANT, ("client_id", "keyless"), ("assertion", good.as_str())], 401, "invalid_grant"),
        (vec![("grant_type", "client_credentials"), ("client_id", "signer")], 401, "unauthorized_client"),
    ] {
        let reply = ask(&instance, &form).await;
        assert_eq!((reply.status, &reply.json()["error"]), (status, &json!(error)), "{form:?}");
    }
}

#[test]
fn only_rsa_keys_are_registered() {
    for pem in ["", "no PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"] {
        assert_eq!(OAuthClient::public("c").jwt_key("k", pem).err(), Some(KeyError), "{pem}");
    }
}

#[tokio::test]
async fn a_revoked_token_opens_nothing() {
    let instance = instance().await;
    let grant = [
        ("grant_type", "password"),
        ("client_id", "demo"),
        ("client_secret", "demo"),
        ("username", "itil"),
        ("password", "itil"),
    ];
    let granted = ask(&instance, &grant).await.json();
    let (access, refresh) =
        (granted["access_token"].as_str().unwrap(), granted["refresh_token"].as_str().unwrap());
    let opens = |token: &str| {
        let request =
            instance.anonymous(Method::GET, "/api/now/table/sys_user?sysparm_limit=1").bearer_auth(token);
        async move { Reply::of(request).await.status }
    };
    assert_eq!(opens(access).await, 200);
    let revoke =
        |query: String| Reply::of(instance.anonymous(Method::GET, &format!("/oauth_revoke_token.do{query}")));
    assert_eq!(revoke(String::new()).await.status, 400);
    assert_eq!(revoke("?token=unknown".to_owned()).await.status, 200);
    assert_eq!(revoke(format!("?token={access}&client_id=demo&client_secret=wrong")).await.status, 401);
    assert_eq!(opens(access).await, 200);
    assert_eq!(revoke(format!("?token={access}")).await.status, 200);
    assert_eq!(opens(access).await, 401);

    let form = [("grant_type", "refresh_token"), grant[1], grant[2], ("refresh_token", refresh)];
    let second = ask(&instance, &form).await.json();
    let post = instance.anonymous(Method::POST, "/oauth_revoke_token.do").form(&[("token", refresh)]);
    assert_eq!(Reply::of(post).await.status, 200);
    assert_eq!(opens(second["access_token"].as_str().unwrap()).await, 401);
    assert_eq!(ask(&instance, &form).await.status, 401);
}
