//! The corpus of forged tokens against the gateway: all of it where tokens are verified, a part through each face.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use sncgate::access::Change;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::backing::BACKINGS;
use crate::house::House;
use crate::token_corpus::{Around, Forge, Vector, corpus, valid};

const REASONS: [&str; 3] = ["TOKEN_INVALID", "TOKEN_EXPIRED", "TOKEN_REVOKED"];
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Credentials that were good, and what is another's.
async fn around(house: &House) -> Around {
    let anybody = house.access.anybody();
    let mut found = Around::default();
    let (_, expired) = house.key("alice", Duration::from_secs(10), &[]).await;
    house.hand.advance(Duration::from_secs(20));
    let (id, deleted) = house.key("alice", DAY, &[]).await;
    house.access.delete_api_key(&anybody, &id).await.unwrap();
    let (id, rotated) = house.key("alice", DAY, &[]).await;
    house.access.rotate_api_key(&anybody, &id, Duration::ZERO).await.unwrap();
    house.user("dora", &["viewer"]).await;
    let (_, of_disabled) = house.key("dora", DAY, &[]).await;
    let dora = house.login("dora").await.tokens.access;
    let disabled = Change { disabled: Some(true), ..Change::default() };
    house.access.update_user(&anybody, "dora", disabled).await.unwrap();
    house.user("gone", &["viewer"]).await;
    let (_, of_deleted) = house.key("gone", DAY, &[]).await;
    let gone = house.login("gone").await.tokens.access;
    house.access.delete_user(&anybody, "gone").await.unwrap();
    found.dead_keys = vec![
        ("expired", expired),
        ("deleted", deleted),
        ("rotated", rotated),
        ("of a disabled user", of_disabled),
        ("of a deleted user", of_deleted),
    ];

    let ended = house.login("alice").await;
    let by = house.access.authenticate(&ended.tokens.access).await.unwrap();
    house.access.logout(&by, false).await.unwrap();
    found.ended_session = ended.session.id;
    let reused = house.login("alice").await;
    let next = house.refresh(&reused.tokens).await;
    let last = house.refresh(&next).await;
    house.try_refresh(&reused.tokens.refresh).await.map(drop).unwrap_err();
    found.dead_tokens = vec![
        ("of a disabled user", dora),
        ("of a deleted user", gone),
        ("of an ended session", ended.tokens.access),
        ("of a session that was ended for a reuse", last.access),
    ];

    let bob = house.login("bob").await;
    (found.other_user, found.other_session) = (bob.user.id, bob.session.id);
    found.api_key = house.key("alice", DAY, &[]).await.1;
    found.page_token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAZA".to_owned();
    found.flight_ticket = [&[7; 32][..], br#"{"export":"e","user":"u"}"#].concat();
    found
}

async fn forge(house: &House) -> Forge {
    let mut around = around(house).await;
    let opened = house.login("alice").await;
    around.refresh_token = opened.tokens.refresh;
    around.device_token = opened.device_token;
    Forge::new(&opened.tokens.access, &house.pkcs8, house.clock.millis(), around)
}

#[tokio::test]
async fn no_forged_token_is_taken() {
    for backing in BACKINGS {
        let house = House::on(backing).await;
        house.user("alice", &["admin"]).await;
        house.user("bob", &["viewer"]).await;
        let forge = forge(&house).await;
        let vectors = corpus(&forge);
        let mut by_class: BTreeMap<&str, usize> = BTreeMap::new();
        let mut names = BTreeSet::new();
        let mut wrong = Vec::new();
        for vector in &vectors {
            *by_class.entry(vector.class).or_default() += 1;
            assert!(names.insert(vector.to_string()), "two vectors are named {vector}");
            assert_ne!(vector.token, forge.good, "{vector} is the good token");
            match house.access.authenticate(&vector.token).await {
                Ok(principal) => wrong.push(format!("{vector}: taken as {}", principal.username)),
                Err(error) => {
                    wrong.extend(fault(&Status::from(error)).map(|fault| format!("{vector}: {fault}")))
                }
            }
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), vectors.len(), wrong.join("\n"));
        assert!(vectors.len() >= 300 && by_class.len() >= 25, "{} vectors: {by_class:?}", vectors.len());
        println!("{} forged tokens in {} classes were refused: {by_class:?}", vectors.len(), by_class.len());
        assert_eq!(house.access.authenticate(&forge.good).await.unwrap().username, "alice", "all the while");
    }
}

/// What is wrong with a refusal, if anything is: its code, its reason, or that it says more than it should.
fn fault(status: &Status) -> Option<String> {
    let details = status.get_error_details();
    let Some(info) = details.error_info() else { return Some(format!("no reason: {status:?}")) };
    let others =
        details.bad_request().is_some() || details.retry_info().is_some() || details.debug_info().is_some();
    let is_plain = status.code() == Code::Unauthenticated
        && REASONS.contains(&info.reason.as_str())
        && info.metadata.is_empty()
        && !others;
    (!is_plain).then(|| format!("{status:?}"))
}

/// What an attacker without the key can send is answered by its form alone: neither the key id's owner nor the claims nor a
/// key's existence can be told from an answer.
#[tokio::test]
async fn refusals_are_no_oracle() {
    let house = House::on(BACKINGS[0]).await;
    house.user("alice", &["admin"]).await;
    house.user("bob", &["viewer"]).await;
    let forge = forge(&house).await;
    let said = async |token: &str| {
        let status = Status::from(house.access.authenticate(token).await.unwrap_err());
        (status.code(), status.message().to_owned(), status.details().to_vec())
    };
    let wrong_signature = said(&forge.with_signature(&[1; 64])).await;
    let classes = ["signature changed", "signature malleable", "small order", "signature of another"];
    // One of no bytes is malformed before it is wrong.
    let forged = |vector: &Vector| classes.contains(&vector.class) && !vector.token.ends_with('.');
    for vector in corpus(&forge).into_iter().filter(forged) {
        assert_eq!(said(&vector.token).await, wrong_signature, "{vector}");
    }
    let key = &forge.around.api_key;
    let unknown = said(&format!("snck_{}_{}", "0".repeat(24), "A".repeat(43))).await;
    assert_eq!(said(&format!("{}x", &key[..key.len() - 1])).await, unknown, "the id of a key that there is");
    for (name, dead) in &forge.around.dead_keys {
        let guess = format!("{}{}", &dead[..dead.len() - 43], "A".repeat(43));
        assert_eq!(said(&guess).await, unknown, "the id of a key {name}");
    }
}

#[tokio::test]
async fn no_valid_token_is_refused() {
    for backing in BACKINGS {
        let house = House::on(backing).await;
        let alice = house.user("alice", &["admin"]).await;
        house.user("bob", &["viewer"]).await;
        let forge = forge(&house).await;
        let mut good = valid(&forge);
        let mut add = |name: &str, token: &str| good.push((name.to_owned(), token.to_owned()));

        let second = house.login("alice").await;
        add("of a second session", &second.tokens.access);
        add("of the first one after a refresh", &house.refresh(&second.tokens).await.access);
        add("and the one from before it", &second.tokens.access);
        add("an API key", &forge.around.api_key);
        add("a key with bounds", &house.key("alice", DAY, &["incident"]).await.1);
        add("a key that is about to end", &house.key("alice", Duration::from_millis(1), &[]).await.1);
        let (id, old) = house.key("alice", DAY, &[]).await;
        let new = house.access.rotate_api_key(&house.access.anybody(), &id, DAY).await.unwrap();
        add("a rotated key within the overlap", &old);
        add("and the one in its place", &new.secret);
        let named = Change { display_name: Some("Alice".to_owned()), ..Change::default() };
        house.access.update_user(&house.access.anybody(), "alice", named).await.unwrap();
        assert!(good.len() >= 20, "only {} tokens", good.len());
        for (name, token) in &good {
            let taken = house.access.authenticate(token).await;
            let taken = taken.unwrap_or_else(|error| panic!("{name} was refused: {error}"));
            assert_eq!(taken.user_id, alice, "{name}");
        }
        println!("{} good tokens were taken", good.len());
        // At the end of a key's time a token of the old key and one of the new are good side by side.
        house.hand.advance(Duration::from_secs(30 * 24 * 3600 - 300));
        let before = house.login("alice").await.tokens.access;
        house.hand.advance(Duration::from_secs(310));
        let after = house.login("alice").await.tokens.access;
        let kid = |token: &str| token.split('.').next().unwrap().to_owned();
        assert_ne!(kid(&before), kid(&after), "the key was replaced");
        for token in [&before, &after] {
            assert_eq!(house.access.authenticate(token).await.unwrap().user_id, alice);
        }
    }
}
