//! Several gateways on one Redis: what one does holds at the others.

use std::time::Instant;

use super::*;
use crate::pb::{self, Permission};
use crate::store::{AuditFilter, Event};

/// Two gateways on one server, and somebody who is signed in at both.
struct Pair {
    house: House,
    other: Arc<Access>,
    server: test_redis::Redis,
}

impl Pair {
    async fn new() -> Self {
        let server = test_redis::Redis::start();
        let house = House::at(Place::redis(&server), config::Access::default()).await;
        let other = house.replica().await;
        let pair = Pair { house, other, server };
        pair.eventually("both hear each other", async || {
            pair.house.access.ready().await.is_ok() && pair.other.ready().await.is_ok()
        })
        .await;
        pair
    }

    /// Waits for something, with a deadline.
    async fn eventually(&self, what: &str, is_so: impl AsyncFn() -> bool) {
        let end = Instant::now() + Duration::from_secs(30);
        while !is_so().await {
            assert!(Instant::now() < end, "it does not come: {what}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The lease of a token at the other gateway, looked up and remembered there.
    async fn lease(&self, token: &str) -> Arc<Lease> {
        self.other.authenticate(token).await.unwrap().lease.clone()
    }
}

async fn ends(lease: &Lease) {
    tokio::time::timeout(Duration::from_secs(30), lease.over()).await.expect("it ends at the other one");
}

#[tokio::test]
async fn what_ends_at_one_ends_at_the_other() {
    let pair = Pair::new().await;
    let (here, caller) = (&pair.house.access, &pair.house.caller);
    let alice = pair.house.user("alice").await;
    let anybody = here.anybody();

    let first = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&first.tokens.access).await;
    here.revoke_session(&anybody, &first.session.id).await.unwrap();
    ends(&lease).await;
    assert!(pair.other.authenticate(&first.tokens.access).await.is_err());

    let key = here.administrator_key("alice", "one").await.unwrap();
    let lease = pair.lease(&key).await;
    let (_, keys) = here.api_keys(&anybody, "alice").await.unwrap();
    here.delete_api_key(&anybody, &keys[0].id).await.unwrap();
    ends(&lease).await;

    let stolen = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&stolen.tokens.access).await;
    let next = here.refresh(caller, &stolen.tokens.refresh).await.unwrap();
    here.refresh(caller, &next.refresh).await.unwrap();
    // The other gateway finds the reuse, and tells the first.
    let own = here.authenticate(&stolen.tokens.access).await.unwrap().lease.clone();
    let reused = pair.other.refresh(caller, &stolen.tokens.refresh).await.map(|_| ()).map_err(refusal);
    assert_eq!(reused, Err(Refusal::TokenRevoked));
    ends(&own).await;
    assert!(lease.is_over());

    let role = pb::Role {
        name: "desk".to_owned(),
        permissions: vec![Permission::RecordsRead.into()],
        ..pb::Role::default()
    };
    here.create_role(&anybody, role.clone()).await.unwrap();
    let roles = |names: &[&str]| Change {
        roles: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Change::default()
    };
    let opened = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&opened.tokens.access).await;
    here.update_user(&anybody, "alice", roles(&["desk"])).await.unwrap();
    ends(&lease).await;
    let present = pair.other.authenticate(&opened.tokens.access).await.unwrap();
    assert!(present.holds(Permission::RecordsRead));

    let lease = present.lease.clone();
    here.update_role(&anybody, pb::Role { permissions: vec![], ..role }).await.unwrap();
    ends(&lease).await;
    let present = pair.other.authenticate(&opened.tokens.access).await.unwrap();
    assert!(!present.holds(Permission::RecordsRead));

    let lease = present.lease.clone();
    here.delete_user(&anybody, "alice").await.unwrap();
    ends(&lease).await;
    let gone = pair.other.authenticate(&opened.tokens.access).await.map_err(refusal);
    assert_eq!(gone.err(), Some(Refusal::TokenRevoked), "{}", alice.id);
}

#[tokio::test]
async fn signing_in_or_a_new_name_ends_nothing_elsewhere() {
    let pair = Pair::new().await;
    pair.house.user("alice").await;
    let opened = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&opened.tokens.access).await;
    pair.house.login("alice", PASSWORD, "").await.unwrap();
    let mut user = pair.house.access.user("alice").await.unwrap();
    user.display_name = "Another name".to_owned();
    pair.house.access.store.replace_user(&user).await.unwrap();
    // What is told after it arrives after it.
    let fence = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let last = pair.lease(&fence.tokens.access).await;
    pair.house.access.revoke_session(&pair.house.access.anybody(), &fence.session.id).await.unwrap();
    ends(&last).await;
    assert!(!lease.is_over());
}

/// A new signing key of one gateway is known to the other with the first token that it signed.
#[tokio::test]
async fn signing_keys_are_replaced_for_all() {
    let pair = Pair::new().await;
    pair.house.user("alice").await;
    let before = pair.house.login("alice", PASSWORD, "").await.unwrap();
    pair.house.hand.advance(Duration::from_secs(31 * 24 * 3600));
    let after = pair.house.login("alice", PASSWORD, "").await.unwrap();
    assert_eq!(pair.other.authenticate(&after.tokens.access).await.unwrap().username, "alice");
    let again = pair.other.refresh(&pair.house.caller, &after.tokens.refresh).await.unwrap();
    let key = |token: &str| token.split('.').next().unwrap().to_owned();
    assert_ne!(key(&before.tokens.access), key(&after.tokens.access));
    assert_eq!(key(&after.tokens.access), key(&again.access), "they sign with the same key");
    pair.eventually("the keys are published by both", async || {
        pair.house.access.key_set() == pair.other.key_set()
    })
    .await;
}

/// Where others are not heard, nothing that was remembered counts, and what runs ends.
#[tokio::test]
async fn a_store_that_is_gone_lets_nobody_in() {
    let mut pair = Pair::new().await;
    pair.house.user("alice").await;
    let opened = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&opened.tokens.access).await;
    pair.server.kill();
    ends(&lease).await;
    let outcome = pair.other.authenticate(&opened.tokens.access).await;
    assert!(matches!(outcome, Err(Error::StoreUnavailable(_))), "{outcome:?}");
    assert!(matches!(pair.other.ready().await, Err(Error::StoreUnavailable(_))));

    pair.server.start_again();
    pair.eventually("it is ready again", async || pair.other.ready().await.is_ok()).await;
    pair.eventually("the session is still there", async || {
        pair.other.authenticate(&opened.tokens.access).await.is_ok()
    })
    .await;
    let lease = pair.lease(&opened.tokens.access).await;
    pair.house.access.revoke_session(&pair.house.access.anybody(), &opened.session.id).await.unwrap();
    ends(&lease).await;
}

/// Where the store answers and others are not heard, everything is looked up each time, and nothing runs on for long.
#[tokio::test]
async fn a_gateway_that_hears_nobody_remembers_nothing() {
    let pair = Pair::new().await;
    pair.house.user("alice").await;
    let opened = pair.house.login("alice", PASSWORD, "").await.unwrap();
    let lease = pair.lease(&opened.tokens.access).await;
    let client = redis::Client::open(pair.server.url()).unwrap();
    let mut server = client.get_multiplexed_async_connection().await.unwrap();
    let mut say = async |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]).query_async::<redis::Value>(&mut server).await.unwrap();
    };
    say(&["ACL", "SETUSER", "default", "-subscribe"]).await;
    say(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    ends(&lease).await;
    assert!(matches!(pair.other.ready().await, Err(Error::StoreUnavailable(_))));
    // What begins now is ended again before long.
    ends(&*pair.lease(&opened.tokens.access).await).await;
    pair.other.authenticate(&opened.tokens.access).await.unwrap();
    pair.house.access.revoke_session(&pair.house.access.anybody(), &opened.session.id).await.unwrap();
    let outcome = pair.other.authenticate(&opened.tokens.access).await.map_err(refusal);
    assert_eq!(outcome.err(), Some(Refusal::TokenRevoked));

    say(&["ACL", "SETUSER", "default", "+subscribe"]).await;
    pair.eventually("it hears others again", async || pair.other.ready().await.is_ok()).await;
}

/// Two gateways write at once, and the chain has neither gaps nor forks.
#[tokio::test(flavor = "multi_thread")]
async fn two_write_one_audit_log() {
    let pair = Pair::new().await;
    let mut changes = pair.other.audit().changes();
    let event = |number: usize| Event { at: 1, subject: number.to_string(), ..Event::default() };
    let writes = (0..400).map(|number| {
        let at = if number % 2 == 0 { &pair.house.access } else { &pair.other };
        at.audit().record(event(number))
    });
    futures::future::try_join_all(writes).await.unwrap();
    let verdict = pair.other.audit().verify().await.unwrap();
    assert_eq!((verdict.events, verdict.broken_at), (400, None));
    assert_eq!(pair.house.access.audit().verify().await.unwrap(), verdict);
    let all = pair.other.audit().list(&AuditFilter::default(), i64::MAX, 1000).await.unwrap();
    let subjects: std::collections::BTreeSet<_> = all.into_iter().map(|entry| entry.event.subject).collect();
    assert_eq!(subjects.len(), 400, "each once");

    pair.house.access.audit().record(event(400)).await.unwrap();
    let told = tokio::time::timeout(Duration::from_secs(30), changes.wait_for(|last| *last == 401)).await;
    assert_eq!(*told.expect("a stream of events at the other one is told").unwrap(), 401);
}

/// What is done while the store is away is in the log once it is back, and once.
#[tokio::test]
async fn an_event_is_not_lost_in_a_short_outage() {
    let mut pair = Pair::new().await;
    let audit = pair.house.access.audit();
    audit.record(Event::default()).await.unwrap();
    pair.server.kill();
    let recording = audit.record(Event { at: 2, ..Event::default() });
    let starting = async {
        tokio::task::yield_now().await;
        pair.server.start_again();
    };
    let (recorded, ()) = tokio::join!(recording, starting);
    recorded.unwrap();
    pair.eventually("the other one reaches it", async || pair.other.ready().await.is_ok()).await;
    let verdict = pair.other.audit().verify().await.unwrap();
    assert_eq!((verdict.events, verdict.broken_at), (2, None));
}

/// Each takes the role from the other at the same moment; one administrator stays.
#[tokio::test(flavor = "multi_thread")]
async fn two_cannot_take_the_last_administrator_away() {
    let pair = Pair::new().await;
    for name in ["ann", "ben"] {
        let mut user = pair.house.user(name).await;
        user.roles = vec!["admin".to_owned()];
        pair.house.access.store.replace_user(&user).await.unwrap();
    }
    let demote = || Change { roles: Some(vec!["viewer".to_owned()]), ..Change::default() };
    let anybody = pair.house.access.anybody();
    let (one, two) = tokio::join!(
        pair.house.access.update_user(&anybody, "ann", demote()),
        pair.other.update_user(&anybody, "ben", demote()),
    );
    let refused = [one, two].into_iter().filter_map(Result::err).map(refusal).collect::<Vec<_>>();
    assert!(matches!(refused.as_slice(), [Refusal::Conflict { .. }]), "{refused:?}");
}
