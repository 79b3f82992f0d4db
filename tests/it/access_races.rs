//! Many at once on the same session, user or key: whatever the order, nothing that was ended lives on, and nothing ends as a
//! mistake of the gateway's.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use secrecy::SecretString;
use sncgate::access::{Change, NewUser};
use sncgate::error::Error;
use sncgate::store::Session;
use tonic::{Code, Status};

use crate::backing::BACKINGS;
use crate::harness::{PATIENCE, reason};
use crate::house::{House, PASSWORD};

/// Refusals are all right in a race; mistakes of ours are not.
fn no_mistake<T>(what: &str, outcome: Result<T, Error>) -> Option<T> {
    outcome
        .map_err(|error| {
            let status = Status::from(error);
            let refused =
                [Code::Unauthenticated, Code::PermissionDenied, Code::NotFound, Code::ResourceExhausted];
            let is_refusal = refused.contains(&status.code()) || reason(&status).0 == "ACCESS_CHANGED";
            assert!(is_refusal, "{what}: {status:?}");
        })
        .ok()
}

fn refused(outcome: Result<impl Sized, Error>, what: &str) {
    let status = Status::from(outcome.map(drop).expect_err(what));
    assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status:?}");
    assert!(reason(&status).0.starts_with("TOKEN_"), "{what}: {status:?}");
}

async fn living(house: &House, user: &str) -> Vec<Session> {
    house.store.sessions(user, house.clock.millis()).await.unwrap()
}

/// Waits until the others have begun, so that there is a race at all.
async fn until_some(count: &AtomicUsize, some: usize) {
    let begun = async {
        while count.load(Ordering::SeqCst) < some {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, begun).await.expect("they begin");
}

/// However many race with one token, they get one successor, and the session lives on.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_race_get_one_successor() {
    for backing in BACKINGS {
        let house = House::on(backing).await;
        house.user("alice", &["viewer"]).await;
        let first = house.login("alice").await.tokens;
        let calls = (0..10_000).map(|_| house.try_refresh(&first.refresh));
        let answers = join_all(calls).await.into_iter();
        let successors: BTreeSet<String> = answers.map(|tokens| tokens.unwrap().refresh).collect();
        assert_eq!(successors.len(), 1);
        let successor = successors.into_iter().next().unwrap();
        let last = house.try_refresh(&successor).await.unwrap();

        // The parent of a used token is a copy, even within the grace; then nothing of the family is left.
        refused(house.try_refresh(&first.refresh).await, "the first");
        for token in [&first.refresh, &successor, &last.refresh] {
            refused(house.try_refresh(token).await, "the family");
        }
        refused(house.access.authenticate(&last.access).await, "the last access token");
    }
}

/// Families that go on as fast as they can, while a thief tries a token from before: whoever comes first, all that ever came
/// of the family is dead at the end, and other families are not touched.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_descendant_survives_a_reuse() {
    const FAMILIES: usize = 12;
    for backing in BACKINGS {
        let house = Arc::new(House::on(backing).await);
        let alice = house.user("alice", &["viewer"]).await;
        let bystander = house.user("bystander", &["viewer"]).await;
        let untouched = house.login("bystander").await.tokens;
        let mut firsts = Vec::new();
        for _ in 0..FAMILIES {
            firsts.push(house.login("alice").await.tokens);
        }
        let races = firsts.into_iter().enumerate().map(|(family, first)| {
            let house = house.clone();
            tokio::spawn(async move {
                let steps = Arc::new(AtomicUsize::new(0));
                let honest = {
                    let (house, steps, mut token) = (house.clone(), steps.clone(), first.refresh.clone());
                    tokio::spawn(async move {
                        let mut got = Vec::new();
                        loop {
                            // Three programs share the session, as tabs of one browser do.
                            let three = join_all((0..3).map(|_| house.try_refresh(&token))).await;
                            let three = three.into_iter().filter_map(|next| no_mistake("refresh", next));
                            let three: Vec<_> = three.collect();
                            let Some(next) = three.last() else { return got };
                            token.clone_from(&next.refresh);
                            got.extend(three);
                            steps.fetch_add(1, Ordering::SeqCst);
                            assert!(got.len() < 100_000, "nobody ends it");
                        }
                    })
                };
                until_some(&steps, 5 + family).await;
                refused(house.try_refresh(&first.refresh).await, "what was stolen");
                let mut all = vec![first];
                all.extend(honest.await.unwrap());
                all
            })
        });
        let races: Vec<_> = races.collect();
        let mut tried = 0;
        for race in races {
            for tokens in tokio::time::timeout(PATIENCE, race).await.expect("it ends").unwrap() {
                refused(house.try_refresh(&tokens.refresh).await, "a refresh token");
                refused(house.access.authenticate(&tokens.access).await, "an access token");
                tried += 1;
            }
        }
        assert!(tried > FAMILIES * 6, "only {tried} tokens: there was no race");
        assert_eq!(living(&house, &alice).await, []);
        assert_eq!(living(&house, &bystander).await.len(), 1);
        house.refresh(&untouched).await;
    }
}

/// Sessions of a user that refresh without end, until they are refused.
fn refreshing(
    house: &Arc<House>,
    sessions: Vec<sncgate::access::Tokens>,
    steps: &Arc<AtomicUsize>,
) -> Vec<tokio::task::JoinHandle<sncgate::access::Tokens>> {
    let run = |mut tokens: sncgate::access::Tokens| {
        let (house, steps) = (house.clone(), steps.clone());
        tokio::spawn(async move {
            while let Some(next) = no_mistake("refresh", house.try_refresh(&tokens.refresh).await) {
                tokens = next;
                no_mistake("authenticate", house.access.authenticate(&tokens.access).await);
                steps.fetch_add(1, Ordering::SeqCst);
            }
            tokens
        })
    };
    sessions.into_iter().map(run).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn leaving_everywhere_ends_sessions_that_refresh() {
    for backing in BACKINGS {
        let house = Arc::new(House::on(backing).await);
        let alice = house.user("alice", &["viewer"]).await;
        let mut sessions = Vec::new();
        for _ in 0..8 {
            sessions.push(house.login("alice").await.tokens);
        }
        let leaving = house.login("alice").await.tokens;
        let steps = Arc::new(AtomicUsize::new(0));
        let running = refreshing(&house, sessions, &steps);
        until_some(&steps, 40).await;
        let by = house.access.authenticate(&leaving.access).await.unwrap();
        assert_eq!(house.access.logout(&by, true).await.unwrap(), 9);
        for one in running {
            let last = tokio::time::timeout(PATIENCE, one).await.expect("it ends").unwrap();
            refused(house.try_refresh(&last.refresh).await, "the last refresh token");
            refused(house.access.authenticate(&last.access).await, "the last access token");
        }
        assert_eq!(living(&house, &alice).await, []);
    }
}

/// Whoever has the old password must not get in by being quick: neither with a session, nor by a sign-in that is under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_new_password_ends_what_the_old_one_opened() {
    for backing in BACKINGS {
        let house = Arc::new(House::on(backing).await);
        let alice = house.user("alice", &["viewer"]).await;
        let mut sessions = Vec::new();
        for _ in 0..4 {
            sessions.push(house.login("alice").await.tokens);
        }
        let own = house.login("alice").await;
        let steps = Arc::new(AtomicUsize::new(0));
        let running = refreshing(&house, sessions, &steps);
        let changed = Arc::new(AtomicBool::new(false));
        let thieves = (0..6).map(|_| {
            let (house, changed) = (house.clone(), changed.clone());
            tokio::spawn(async move {
                while !changed.load(Ordering::SeqCst) {
                    no_mistake("sign in", house.try_login("alice", PASSWORD).await);
                }
            })
        });
        let thieves: Vec<_> = thieves.collect();
        until_some(&steps, 20).await;
        let by = house.caller_of(&own.tokens.access).await.unwrap();
        let new = SecretString::from("another horse, another battery");
        // The thieves may have used up the attempts or the places: the owner tries again, as people do.
        let change = async {
            loop {
                match house.access.change_password(&by, SecretString::from(PASSWORD), new.clone()).await {
                    Ok(_) => break,
                    Err(error) => {
                        no_mistake("change", Err::<(), _>(error));
                        house.hand.advance(Duration::from_secs(60));
                        tokio::task::yield_now().await;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, change).await.expect("it is changed");
        changed.store(true, Ordering::SeqCst);
        for thief in thieves {
            tokio::time::timeout(PATIENCE, thief).await.expect("it ends").unwrap();
        }
        for one in running {
            let last = tokio::time::timeout(PATIENCE, one).await.expect("it ends").unwrap();
            refused(house.access.authenticate(&last.access).await, "the last access token");
        }
        let left: Vec<String> = living(&house, &alice).await.into_iter().map(|session| session.id).collect();
        assert_eq!(left, [own.session.id], "only the session that changed it lives");
        assert!(house.try_login("alice", PASSWORD).await.is_err());
    }
}

/// A user is deleted while everything of theirs is in use; nobody of the same name inherits any of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_deleted_user_is_gone_from_everywhere() {
    for backing in BACKINGS {
        let house = Arc::new(House::on(backing).await);
        for round in 0..3 {
            let name = format!("bob{round}");
            let name = name.as_str();
            let bob = house.user(name, &["user"]).await;
            let (_, key) = house.key(name, Duration::from_secs(3600), &[]).await;
            let mut sessions = Vec::new();
            for _ in 0..3 {
                sessions.push(house.login(name).await.tokens);
            }
            let own = house.login(name).await.tokens;
            let (steps, gone) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
            let running = refreshing(&house, sessions, &steps);
            let mut others = Vec::new();
            for kind in 0..5 {
                let (house, gone, steps) = (house.clone(), gone.clone(), steps.clone());
                let (key, access, name) = (key.clone(), own.access.clone(), name.to_owned());
                others.push(tokio::spawn(async move {
                    let mut made = Vec::new();
                    while !gone.load(Ordering::SeqCst) {
                        match kind {
                            0 => drop(no_mistake("sign in", house.try_login(&name, PASSWORD).await)),
                            1 => drop(no_mistake("key", house.access.authenticate(&key).await)),
                            2 => {
                                if let Some(by) = no_mistake("caller", house.caller_of(&access).await) {
                                    let by = by.principal().unwrap().clone();
                                    let new = sncgate::access::NewKey {
                                        name: "another".to_owned(),
                                        expires_at: house.clock.millis() + 60_000,
                                        ..Default::default()
                                    };
                                    // One that was deleted cannot be asked to manage itself.
                                    match house.access.create_api_key(&by, new).await {
                                        Err(Error::Invalid { .. }) => {}
                                        outcome => {
                                            if let Some(one) = no_mistake("create key", outcome) {
                                                made.push(one.secret);
                                                let deleted =
                                                    house.access.delete_api_key(&by, &one.key.id).await;
                                                no_mistake("delete key", deleted);
                                            }
                                        }
                                    }
                                }
                            }
                            3 => {
                                let change =
                                    Change { display_name: Some("Bob".to_owned()), ..Change::default() };
                                let anybody = house.access.anybody();
                                no_mistake("update", house.access.update_user(&anybody, &name, change).await);
                            }
                            _ => {
                                if let Some(by) = no_mistake("caller", house.caller_of(&access).await) {
                                    let by = by.principal().unwrap().clone();
                                    match house.access.sessions(&by, "").await {
                                        Err(Error::Invalid { .. }) => {}
                                        listed => drop(no_mistake("sessions", listed)),
                                    }
                                }
                            }
                        }
                        steps.fetch_add(1, Ordering::SeqCst);
                    }
                    made
                }));
            }
            until_some(&steps, 30 + 20 * round).await;
            house.access.delete_user(&house.access.anybody(), name).await.unwrap();
            let again = NewUser {
                username: name.to_owned(),
                roles: vec!["viewer".to_owned()],
                password: Some(SecretString::from("not the same battery")),
                ..NewUser::default()
            };
            let heir = house.access.create_user(&house.access.anybody(), again).await.unwrap().id;
            assert_ne!(heir, bob);
            gone.store(true, Ordering::SeqCst);
            let mut keys = vec![key];
            for one in others {
                keys.extend(tokio::time::timeout(PATIENCE, one).await.expect("it ends").unwrap());
            }
            for one in running {
                let last = tokio::time::timeout(PATIENCE, one).await.expect("it ends").unwrap();
                refused(house.try_refresh(&last.refresh).await, "a refresh token");
                refused(house.access.authenticate(&last.access).await, "an access token");
            }
            for key in keys {
                refused(house.access.authenticate(&key).await, "a key");
            }
            assert_eq!(living(&house, &bob).await, []);
            assert_eq!(living(&house, &heir).await, [], "the old password opens nothing");
            assert!(house.store.api_keys(&heir).await.unwrap().is_empty());
            let events = house.access.audit().verify().await.unwrap();
            assert_eq!(events.broken_at, None);
        }
    }
}

/// What a manager sent before they were thrown out, and what still waits, must not be done after.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_thrown_out_changes_nothing_more() {
    for backing in BACKINGS {
        let house = Arc::new(House::on(backing).await);
        house.user("mallory", &["admin"]).await;
        house.user("alice", &["admin"]).await;
        let tokens = house.login("mallory").await.tokens;
        let mallory = house.access.authenticate(&tokens.access).await.unwrap();
        let making = (0..24).map(|number| {
            let (house, mallory) = (house.clone(), mallory.clone());
            tokio::spawn(async move {
                let new = NewUser {
                    username: format!("backdoor{number}"),
                    roles: vec!["admin".to_owned()],
                    password: Some(SecretString::from(PASSWORD)), // which takes its time to hash
                    ..NewUser::default()
                };
                no_mistake("create", house.access.create_user(&mallory, new).await)
            })
        });
        let making: Vec<_> = making.collect();
        let out = Change { disabled: Some(true), ..Change::default() };
        house.access.update_user(&house.access.anybody(), "mallory", out).await.unwrap();
        let before: BTreeSet<String> =
            house.access.users("", 100).await.unwrap().into_iter().map(|user| user.username).collect();
        for one in making {
            tokio::time::timeout(PATIENCE, one).await.expect("it ends").unwrap();
        }
        let after: BTreeSet<String> =
            house.access.users("", 100).await.unwrap().into_iter().map(|user| user.username).collect();
        assert!(before.len() < 26, "all were made before: there was no race");
        assert_eq!(after, before, "nothing was made after");
    }
}
