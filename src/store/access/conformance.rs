//! What every store of access control does, whatever is behind it: one suite of behaviors, run on each.

use std::sync::Arc;

use super::{
    AccessStore, Anchor, ApiKey, AuditFilter, Event, Failures, Link, LinkAttempt, NewSession, Rotation,
    RotationRequest, RowCount, Session, SigningKey, User,
};
use crate::pb;
use crate::store::place::Place;

fn user(name: &str) -> User {
    User {
        id: format!("id of {name}"),
        username: name.to_owned(),
        display_name: name.to_uppercase(),
        roles: vec!["viewer".to_owned(), "desk".to_owned()],
        disabled: false,
        password_hash: Some("hash".to_owned()),
        must_change_password: true,
        created_at: 1,
        last_login_at: None,
    }
}

fn session(id: &str, user: &User, at: i64) -> Session {
    Session {
        id: id.to_owned(),
        user_id: user.id.clone(),
        device: "d".to_owned(),
        address: "a".to_owned(),
        created_at: at,
        last_used_at: at,
        idle_expires_at: at + 100,
        expires_at: at + 1000,
        revoked_at: None,
    }
}

async fn users(store: &dyn AccessStore) {
    let (alice, bob) = (user("alice"), user("bob"));
    assert!(store.create_user(&alice).await.unwrap() && store.create_user(&bob).await.unwrap());
    assert!(
        !store.create_user(&User { id: "other".to_owned(), ..alice.clone() }).await.unwrap(),
        "the name is taken"
    );
    assert_eq!(store.user_by_name("alice").await.unwrap().as_ref(), Some(&alice));
    assert_eq!(store.users("", 1).await.unwrap(), std::slice::from_ref(&alice));
    assert_eq!(store.users("alice", 9).await.unwrap(), std::slice::from_ref(&bob));
    let changed = User { roles: vec![], disabled: true, last_login_at: Some(7), ..alice.clone() };
    assert!(store.replace_user(&changed).await.unwrap());
    assert_eq!(store.user(&alice.id).await.unwrap(), Some(changed.clone()));
    let signed_in = store.signed_in(&alice.id, 9).await.unwrap().unwrap();
    assert_eq!(signed_in, User { last_login_at: Some(9), ..changed.clone() });
    assert_eq!(store.signed_in("nobody", 9).await.unwrap(), None);
    assert_eq!(store.role_holders("desk").await.unwrap(), 1);
    store.replace_user(&User { roles: vec!["desk".to_owned()], ..changed }).await.unwrap();
    assert_eq!(store.role_holders("desk").await.unwrap(), 2);
    assert_eq!(store.role_holders("viewer").await.unwrap(), 1);
    store.replace_user(&User { roles: vec![], ..alice.clone() }).await.unwrap();
    assert_eq!(store.role_holders("des").await.unwrap(), 0, "a part of a name is no name");
    assert!(store.delete_user(&bob.id).await.unwrap() && !store.delete_user(&bob.id).await.unwrap());
    assert!(!store.replace_user(&bob).await.unwrap());
}

async fn sessions(store: &dyn AccessStore) {
    let carol = user("carol");
    store.create_user(&carol).await.unwrap();
    let open = |id: &str, at: i64, token: u8| NewSession {
        session: session(id, &carol, at),
        token: [token; 32],
        most: 2,
    };
    assert!(store.open_session(&open("s1", 1, 1)).await.unwrap().is_empty());
    assert!(store.open_session(&open("s2", 2, 2)).await.unwrap().is_empty());
    assert_eq!(store.open_session(&open("s3", 3, 3)).await.unwrap(), ["s1"], "the longest unused makes room");
    let living = store.sessions(&carol.id, 4).await.unwrap();
    assert_eq!(living.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["s3", "s2"]);

    let rotate = |token: u8, now: i64| {
        let (token, successor) = ([token; 32], [token + 100; 32]);
        store.rotate(RotationRequest { token, successor, now, idle: 100, grace: 10 })
    };
    assert_eq!(rotate(99, 5).await.unwrap(), Rotation::Unknown);
    assert_eq!(rotate(1, 5).await.unwrap(), Rotation::Revoked);
    let Rotation::Rotated(used) = rotate(2, 50).await.unwrap() else { panic!("not rotated") };
    assert_eq!((used.last_used_at, used.idle_expires_at), (50, 150));
    assert!(matches!(rotate(2, 60).await.unwrap(), Rotation::Repeated(_)));
    assert!(matches!(rotate(2, 61).await.unwrap(), Rotation::Reused(one) if one.id == "s2"));
    assert_eq!(rotate(102, 62).await.unwrap(), Rotation::Revoked, "with all descendants");
    assert_eq!(rotate(3, 103).await.unwrap(), Rotation::Expired);

    assert!(store.end_session("s3", 200).await.unwrap() && !store.end_session("s3", 201).await.unwrap());
    store.open_session(&open("s4", 300, 4)).await.unwrap();
    store.open_session(&open("s5", 301, 5)).await.unwrap();
    assert_eq!(store.end_sessions(&carol.id, Some("s5"), 302).await.unwrap(), ["s4"]);
    assert_eq!(store.forget_sessions(302).await.unwrap(), 3);
    assert!(store.session("s1").await.unwrap().is_none() && store.session("s4").await.unwrap().is_some());
    store.delete_user(&carol.id).await.unwrap();
    assert!(store.session("s5").await.unwrap().is_none(), "a user takes sessions along");
}

async fn api_keys(store: &dyn AccessStore) {
    let dave = user("dave");
    store.create_user(&dave).await.unwrap();
    let key = |id: &str, at: i64| ApiKey {
        id: id.to_owned(),
        user_id: dave.id.clone(),
        name: id.to_owned(),
        hash: [7; 32],
        expires_at: at + 10,
        tables: vec!["incident".to_owned(), "cmdb_*".to_owned()],
        operations: vec![1, 3],
        created_at: at,
        last_used_at: None,
    };
    assert!(store.create_api_key(&key("k1", 1), 2).await.unwrap());
    assert!(store.create_api_key(&key("k2", 2), 2).await.unwrap());
    assert!(!store.create_api_key(&key("k3", 3), 2).await.unwrap(), "there are too many");
    assert!(store.create_api_key(&key("k3", 11), 2).await.unwrap(), "a dead one makes room");
    assert_eq!(store.api_key("k2").await.unwrap(), Some(key("k2", 2)));
    store.touch_api_key("k2", 5).await.unwrap();
    assert!(store.shorten_api_key("k2", 6).await.unwrap() && store.shorten_api_key("k2", 9).await.unwrap());
    let shortened = store.api_key("k2").await.unwrap().unwrap();
    assert_eq!((shortened.last_used_at, shortened.expires_at), (Some(5), 6));
    assert!(store.delete_api_key("k2").await.unwrap() && !store.delete_api_key("k2").await.unwrap());
    store.delete_user(&dave.id).await.unwrap();
    assert!(store.api_keys(&dave.id).await.unwrap().is_empty(), "a user takes keys along");
}

async fn roles(store: &dyn AccessStore) {
    let role = pb::Role { name: "desk".to_owned(), description: "one".to_owned(), ..pb::Role::default() };
    assert!(store.create_role(&role).await.unwrap() && !store.create_role(&role).await.unwrap());
    let changed = pb::Role { description: "two".to_owned(), ..role };
    assert!(store.replace_role(&changed).await.unwrap());
    assert_eq!(store.roles().await.unwrap(), std::slice::from_ref(&changed));
    assert!(store.delete_role("desk").await.unwrap() && !store.delete_role("desk").await.unwrap());
    assert!(!store.replace_role(&changed).await.unwrap());
}

async fn secrets(store: &dyn AccessStore) {
    let key = |id: &str, created_at: i64| SigningKey { id: id.to_owned(), pkcs8: vec![1, 2], created_at };
    store.add_signing_key(&key("old", 1), 0).await.unwrap();
    store.add_signing_key(&key("new", 2), 0).await.unwrap();
    assert_eq!(store.signing_keys().await.unwrap(), [key("new", 2), key("old", 1)]);
    store.add_signing_key(&key("newest", 3), 2).await.unwrap();
    assert_eq!(store.signing_keys().await.unwrap().len(), 2, "the oldest is forgotten");
    assert!(store.reseal_signing_key("new", &[1, 2], &[3]).await.unwrap());
    assert!(!store.reseal_signing_key("new", &[1, 2], &[4]).await.unwrap(), "it is not as it was");
    assert_eq!(store.signing_keys().await.unwrap()[1].pkcs8, [3]);
    assert_eq!(store.secret("x", &[1; 40]).await.unwrap(), [1; 40]);
    assert_eq!(store.secret("x", &[2; 40]).await.unwrap(), [1; 40], "the first stays");
    assert!(store.reseal_secret("x", &[1; 40], &[3]).await.unwrap());
    assert!(!store.reseal_secret("x", &[1; 40], &[4]).await.unwrap(), "it is not as it was");
    assert_eq!(store.secrets().await.unwrap(), [("x".to_owned(), vec![3])]);
}

async fn links(store: &dyn AccessStore) {
    let erin = user("erin");
    store.create_user(&erin).await.unwrap();
    let attempt = |key: u8, expires_at: i64| LinkAttempt {
        key: [key; 32],
        user_id: erin.id.clone(),
        session_id: "s".to_owned(),
        instance: "prod".to_owned(),
        sealed: vec![key],
        expires_at,
    };
    for (key, expires_at) in [(1, 100), (2, 101), (3, 102)] {
        store.add_link_attempt(&attempt(key, expires_at), 1, 2).await.unwrap();
    }
    assert_eq!(store.take_link_attempt(&[1; 32], 1).await.unwrap(), None, "the oldest made room");
    assert_eq!(store.take_link_attempt(&[2; 32], 100).await.unwrap(), Some(attempt(2, 101)));
    assert_eq!(store.take_link_attempt(&[2; 32], 100).await.unwrap(), None, "it is taken once");
    assert_eq!(store.take_link_attempt(&[3; 32], 102).await.unwrap(), None, "it has expired");

    let link = |instance: &str, id: &str| Link {
        user_id: erin.id.clone(),
        instance: instance.to_owned(),
        id: id.to_owned(),
        account: "erin.e".to_owned(),
        tokens: vec![1, 2],
        version: 1,
        created_at: 5,
        renewed_at: 5,
        broken_at: None,
    };
    assert_eq!(store.put_link(&link("prod", "a")).await.unwrap(), None);
    assert_eq!(store.put_link(&link("dev", "b")).await.unwrap(), None);
    assert_eq!(store.put_link(&link("prod", "c")).await.unwrap(), Some(link("prod", "a")));
    assert_eq!(store.links(&erin.id).await.unwrap(), [link("dev", "b"), link("prod", "c")]);
    let changed = Link { version: 2, broken_at: Some(9), tokens: vec![3], ..link("prod", "c") };
    assert!(store.replace_link(&changed).await.unwrap());
    assert!(!store.replace_link(&changed).await.unwrap(), "it has the version already");
    assert!(!store.replace_link(&Link { version: 3, ..link("prod", "a") }).await.unwrap(), "another link's");
    assert_eq!(store.link(&erin.id, "prod").await.unwrap().as_ref(), Some(&changed));
    assert_eq!(store.links_after("", "", 1).await.unwrap(), [link("dev", "b")]);
    assert_eq!(store.links_after(&erin.id, "dev", 9).await.unwrap(), std::slice::from_ref(&changed));
    assert_eq!(store.delete_link(&erin.id, "prod").await.unwrap(), Some(changed));
    assert_eq!(store.delete_link(&erin.id, "prod").await.unwrap(), None);
    store.add_link_attempt(&attempt(4, 900), 1, 2).await.unwrap();
    store.delete_user(&erin.id).await.unwrap();
    assert!(store.links(&erin.id).await.unwrap().is_empty(), "a user takes links along");
    assert_eq!(store.take_link_attempt(&[4; 32], 1).await.unwrap(), None, "and attempts");
}

async fn attempts(store: &dyn AccessStore) {
    assert_eq!(store.failures("a").await.unwrap().count, 0);
    assert_eq!(store.add_failure("a", 10, 0).await.unwrap().count, 1);
    let two = store.add_failure("a", 20, 0).await.unwrap();
    assert_eq!((two.count, two.last_at), (2, 20));
    store.take_back_failure("a").await.unwrap();
    assert_eq!(store.failures("a").await.unwrap(), Failures { count: 1, last_at: 20 });
    for _ in 0..2 {
        store.take_back_failure("a").await.unwrap();
    }
    assert_eq!(store.failures("a").await.unwrap().count, 0, "never fewer than none");
    assert_eq!(store.add_failure("b", 30, 25).await.unwrap().count, 1);
    assert_eq!(store.failures("a").await.unwrap().count, 0, "it is too long ago");
    store.clear_failures("b").await.unwrap();
    assert_eq!(store.failures("b").await.unwrap().count, 0);
}

async fn audit(store: &dyn AccessStore) {
    let event = |at: i64, username: &str| Event {
        at,
        username: username.to_owned(),
        method: "m".to_owned(),
        table: "t".to_owned(),
        ..Event::default()
    };
    assert_eq!(store.append(&[event(1, "a"), event(2, "b")]).await.unwrap(), 2);
    let as_somebody = Event { acted_as: "itil".to_owned(), ..event(3, "a") };
    assert_eq!(store.append(std::slice::from_ref(&as_somebody)).await.unwrap(), 3);
    assert_eq!(store.entries_after(2, 1).await.unwrap()[0].event, as_somebody);
    let all = store.entries_after(0, 10).await.unwrap();
    let mut hash = [0; 32];
    for entry in &all {
        hash = entry.event.chained(entry.sequence, &hash);
        assert_eq!(entry.hash, hash);
    }
    let of_a = AuditFilter { username: "a".to_owned(), ..AuditFilter::default() };
    let listed = |filter: AuditFilter, before: i64| async move {
        let entries = store.entries(&filter, before, 10).await.unwrap();
        entries.into_iter().map(|entry| entry.sequence).collect::<Vec<_>>()
    };
    assert_eq!(listed(of_a.clone(), i64::MAX).await, [3, 1]);
    assert_eq!(listed(of_a, 3).await, [1]);
    assert_eq!(listed(AuditFilter { from: Some(2), until: Some(3), ..AuditFilter::default() }, 9).await, [2]);
    assert_eq!(store.last_sequence().await.unwrap(), 3);
    assert_eq!(store.append(&[]).await.unwrap(), 3);
    let many: Vec<Event> = (0..2500).map(|at| event(at, "many")).collect();
    assert_eq!(store.append(&many).await.unwrap(), 2503);
    let of_a = AuditFilter { username: "a".to_owned(), ..AuditFilter::default() };
    let found = store.entries(&of_a, i64::MAX, 1).await.unwrap();
    assert_eq!(found.len(), 1, "however far back it is");
    assert_eq!(store.entries_after(2500, 10).await.unwrap().len(), 3);
}

/// One change of users and roles at a time.
async fn changes(store: &dyn AccessStore) {
    store.ready().await.unwrap();
    let first = store.begin_change().await.unwrap();
    let mut second = std::pin::pin!(store.begin_change());
    let waits = tokio::time::timeout(std::time::Duration::from_millis(50), &mut second).await;
    assert!(waits.is_err(), "it waits for the first");
    drop(first);
    let second = second.await.unwrap();
    assert!(store.create_user(&user("erin")).await.unwrap());
    assert!(store.delete_user(&user("erin").id).await.unwrap());
    drop(second);
}

/// Only the beginning goes, and the chain goes on.
async fn retention(store: &dyn AccessStore) {
    let first = store.entries_after(0, 3).await.unwrap();
    let last = store.entries_after(2502, 9).await.unwrap().remove(0);
    assert_eq!(store.audit_anchor().await.unwrap(), Anchor::default());
    assert_eq!(store.first_since(2).await.unwrap(), Some(2));
    assert_eq!(store.first_since(2499).await.unwrap(), Some(2503), "however far on it is");
    assert_eq!(store.first_since(2500).await.unwrap(), None);
    assert_eq!(store.drop_entries(2, 1).await.unwrap(), 1);
    assert_eq!(store.audit_anchor().await.unwrap(), Anchor { sequence: 1, hash: first[0].hash });
    assert_eq!(store.drop_entries(2, 9).await.unwrap(), 1);
    assert_eq!(store.drop_entries(2, 9).await.unwrap(), 0);
    assert_eq!(store.entries_after(0, 1).await.unwrap(), [first[2].clone()]);
    assert_eq!(store.drop_entries(2503, 5000).await.unwrap(), 2501);
    assert!(store.entries_after(0, 1).await.unwrap().is_empty());
    assert_eq!(store.last_sequence().await.unwrap(), 2503, "also where nothing is left");
    let event = Event { at: 4, ..Event::default() };
    assert_eq!(store.append(&[event]).await.unwrap(), 2504, "numbers are not given again");
    let next = store.entries_after(0, 10).await.unwrap().remove(0);
    assert_eq!(next.hash, next.event.chained(2504, &last.hash), "the chain goes on from the anchor");
}

async fn row_counts(store: &dyn AccessStore) {
    let of = |user: &str, day, rows| RowCount { user_id: user.to_owned(), day, rows };
    let add = |counts| store.add_rows_read(counts);
    assert_eq!(add(vec![of("a", 9, 5), of("b", 9, 1), of("a", 8, 2)]).await.unwrap(), [5, 1, 2]);
    assert_eq!(add(vec![of("a", 9, 3)]).await.unwrap(), [8]);
    assert_eq!(add(vec![]).await.unwrap(), [0; 0]);
    assert_eq!(store.rows_read("a", 9).await.unwrap(), 8);
    store.forget_rows(9).await.unwrap();
    assert_eq!(store.rows_read("a", 8).await.unwrap(), 0);
    assert_eq!(store.rows_read("b", 9).await.unwrap(), 1);
}

async fn suite(store: Arc<dyn AccessStore>) {
    let store = &*store;
    users(store).await;
    sessions(store).await;
    api_keys(store).await;
    roles(store).await;
    secrets(store).await;
    links(store).await;
    attempts(store).await;
    audit(store).await;
    retention(store).await;
    changes(store).await;
    row_counts(store).await;
}

#[tokio::test]
async fn every_store_does_what_a_store_does() {
    for place in Place::each() {
        suite(place.open_any().await.access).await;
    }
}
