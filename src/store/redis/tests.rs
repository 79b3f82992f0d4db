//! What only this store has: others beside it, a server that may be away, and times after which Redis forgets.

use std::time::Instant;

use secrecy::SecretString;

use super::*;
use crate::store::place::Place;
use crate::store::{AccessStore, NewSession, Notice, Session, Store, User};

fn settings(server: &test_redis::Redis) -> config::Store {
    let Place::Redis(settings) = Place::redis(server) else { panic!("not Redis") };
    settings
}

async fn connect(settings: &config::Store) -> Redis {
    Redis::connect(settings).await.unwrap()
}

async fn access(settings: &config::Store) -> Arc<dyn AccessStore> {
    let memory = crate::store::Memory { window: Duration::from_secs(60), max_request_ids: 10 };
    Store::connect(settings, memory, Store::clock()).await.unwrap().access
}

fn user(name: &str) -> User {
    User {
        id: format!("id-{name}"),
        username: name.to_owned(),
        display_name: String::new(),
        roles: vec![],
        disabled: false,
        password_hash: None,
        must_change_password: false,
        created_at: 1,
        last_login_at: None,
    }
}

fn session(user: &User, id: &str) -> NewSession {
    let session = Session {
        id: id.to_owned(),
        user_id: user.id.clone(),
        device: String::new(),
        address: String::new(),
        created_at: 1000,
        last_used_at: 1000,
        idle_expires_at: 2000,
        expires_at: 5000,
        revoked_at: None,
    };
    NewSession { session, token: [1; 32], most: 5 }
}

async fn eventually(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !is_so().await {
        assert!(Instant::now() < end, "it does not come: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_expires_is_forgotten_by_redis_itself() {
    let settings = settings(test_redis::Redis::shared());
    let (redis, store) = (connect(&settings).await, access(&settings).await);
    let alice = user("alice");
    store.create_user(&alice).await.unwrap();
    store.open_session(&session(&alice, "s")).await.unwrap();
    let request = crate::store::RotationRequest {
        token: [1; 32],
        successor: [2; 32],
        now: 1500,
        idle: 1000,
        grace: 10,
    };
    store.rotate(request).await.unwrap();
    store.add_failure("alice", 1000, 0).await.unwrap();
    let keys: Vec<String> =
        redis.ask(redis::cmd("KEYS").arg(format!("{{{}}}:*", settings.prefix))).await.unwrap();
    let mut seen = 0;
    for key in keys {
        let left: i64 = redis.ask(redis::cmd("PTTL").arg(&key)).await.unwrap();
        let kind = key.split(':').nth(1).unwrap().to_owned();
        if matches!(kind.as_str(), "session" | "refresh") || key.ends_with("failures:alice") {
            assert!(left > 0, "{key} is kept for ever");
            seen += 1;
        } else {
            assert_eq!(left, -1, "{key} would be lost");
        }
    }
    assert_eq!(seen, 4, "a session, two refresh tokens, an attempt");
}

/// A gateway whose turn was over cannot write what it checked while it had it.
#[tokio::test]
async fn a_turn_that_lasted_too_long_writes_nothing() {
    let settings = settings(test_redis::Redis::shared());
    let (redis, slow, quick) = (connect(&settings).await, access(&settings).await, access(&settings).await);
    let change = slow.begin_change().await.unwrap();
    // As if its time had passed.
    let _: i64 = redis.ask(redis::cmd("DEL").arg(redis.key(&["turn"]))).await.unwrap();
    let other = quick.begin_change().await.unwrap();
    let late = slow.create_user(&user("alice")).await;
    assert!(matches!(late, Err(Error::StoreBusy { .. })), "{late:?}");
    drop(change);
    // Its end is not the other's.
    assert!(quick.create_user(&user("alice")).await.unwrap());
    drop(other);
    drop(slow.begin_change().await.unwrap());
}

#[tokio::test]
async fn a_server_that_stands_still_is_told_in_time() {
    let server = test_redis::Redis::start();
    let settings = config::Store { timeout: Duration::from_millis(200), ..settings(&server) };
    let store = access(&settings).await;
    let mut notices = store.follow().unwrap();
    let mut next = async || tokio::time::timeout(Duration::from_secs(30), notices.recv()).await.unwrap();
    assert_eq!(next().await, Some(Notice::Following));
    server.stand_still();
    let asked = Instant::now();
    let outcome = store.ready().await;
    assert!(matches!(outcome, Err(Error::StoreUnavailable(_))), "{outcome:?}");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?}", asked.elapsed());
    assert_eq!(next().await, Some(Notice::Lost), "the connection is there, and silent");
    server.go_on();
    eventually("it answers", async || store.ready().await.is_ok()).await;
    while next().await != Some(Notice::Following) {}
}

#[tokio::test]
async fn what_cannot_be_used_is_told_at_start() {
    let server = test_redis::Redis::start();
    let good = settings(&server);
    let redis = connect(&good).await;
    let mut set = redis::cmd("CONFIG");
    let _: String = redis.ask(set.arg("SET").arg("maxmemory-policy").arg("allkeys-lru")).await.unwrap();
    let refused = Redis::connect(&good).await.err().unwrap();
    assert!(refused.to_string().contains("allkeys-lru; set it to noeviction"), "{refused}");

    let password = config::Store { password: Some(SecretString::from("hush")), ..good.clone() };
    let refused = Redis::connect(&password).await.err().unwrap();
    assert!(!format!("{refused} {refused:?}").contains("hush"), "{refused:?}");

    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody = config::Store { url: Some(format!("redis://{nobody}").parse().unwrap()), ..good };
    let refused = Redis::connect(&nobody).await.err().unwrap();
    assert!(matches!(refused, ConnectError::Unreachable { .. }), "{refused}");
}

/// TLS with a certificate of one's own, a user and a password.
#[tokio::test]
async fn tls_and_a_password_are_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let server = test_redis::Redis::start_with_tls(&cert, &key, "hush");
    let good = config::Store {
        url: Some(server.url().replace("redis://127.0.0.1", "rediss://localhost").parse().unwrap()),
        username: Some("default".to_owned()),
        password: Some(SecretString::from("hush")),
        ca_file: Some(cert),
        ..settings(&server)
    };
    access(&good).await.ready().await.unwrap();
    for (what, bad) in [
        ("no certificate to trust", config::Store { ca_file: None, ..good.clone() }),
        ("another password", config::Store { password: Some("wrong".into()), ..good.clone() }),
        ("no password", config::Store { username: None, password: None, ..good.clone() }),
    ] {
        assert!(Redis::connect(&bad).await.is_err(), "{what}");
    }
}
