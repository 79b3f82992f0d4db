//! Many who use the refresh tokens of one family at once, on each kind of store and through two gateways.

use std::collections::BTreeSet;

use super::*;

/// The gateways that callers use in turns.
async fn gateways() -> Vec<(&'static str, House, Vec<Arc<Access>>)> {
    let mut all = Vec::new();
    for (kind, house) in ["SQLite", "Redis"].into_iter().zip(House::each().await) {
        let gateways = vec![house.access.clone()];
        all.push((kind, house, gateways));
    }
    let [_, place] = Place::each();
    let house = House::at(place, config::Access::default()).await;
    let two = vec![house.access.clone(), house.replica().await];
    all.push(("two on Redis", house, two));
    all
}

/// However many race with one token, they get one successor, and the session lives on.
#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_that_race_get_one_successor() {
    for (kind, house, gateways) in gateways().await {
        house.user("alice").await;
        let first = house.login("alice", PASSWORD, "").await.unwrap().tokens.refresh;
        let calls =
            (0..10_000).map(|number| gateways[number % gateways.len()].refresh(&house.caller, &first));
        let successors: BTreeSet<String> = futures::future::join_all(calls)
            .await
            .into_iter()
            .map(|tokens| tokens.unwrap().refresh)
            .collect();
        assert_eq!(successors.len(), 1, "{kind}");
        let successor = successors.into_iter().next().unwrap();
        let last = house.refresh(&successor).await.unwrap();

        // The parent of a used token is a copy, even within the grace; then nothing of the family is left.
        assert_eq!(house.refresh(&first).await.err(), Some(Refusal::TokenRevoked), "{kind}");
        for token in [&first, &successor, &last.refresh] {
            assert_eq!(house.refresh(token).await.err(), Some(Refusal::TokenRevoked), "{kind}");
        }
        assert_eq!(house.who(&last.access).await, Err(Refusal::TokenRevoked), "{kind}");
    }
}

/// A thief's copy is used in the middle of a storm of good refreshes: the family ends, whoever was first.
#[tokio::test(flavor = "multi_thread")]
async fn a_reuse_in_a_storm_ends_the_family() {
    for (kind, house, gateways) in gateways().await {
        house.user("alice").await;
        let stolen = house.login("alice", PASSWORD, "").await.unwrap().tokens.refresh;
        let second = house.refresh(&stolen).await.unwrap().refresh;
        house.refresh(&second).await.unwrap();
        // From here on the stolen one has a used successor: it is a copy, in any order with the others.
        let calls = (0..1000).map(|number| {
            let token = if number == 500 { &stolen } else { &second };
            gateways[number % gateways.len()].refresh(&house.caller, token)
        });
        let outcomes = futures::future::join_all(calls).await;
        let mut got = BTreeSet::new();
        for (number, outcome) in outcomes.into_iter().enumerate() {
            match outcome.map_err(refusal) {
                Ok(tokens) if number != 500 => drop(got.insert(tokens.refresh)),
                Err(Refusal::TokenRevoked) => {}
                other => panic!("{kind}, call {number}: {:?}", other.map(|_| ())),
            }
        }
        assert!(got.len() <= 1, "{kind}: they are one family");
        for token in got.iter().chain([&stolen, &second]) {
            assert_eq!(house.refresh(token).await.err(), Some(Refusal::TokenRevoked), "{kind}");
        }
        let living = house.access.user("alice").await.unwrap();
        assert!(
            house.access.store.sessions(&living.id, house.access.now()).await.unwrap().is_empty(),
            "{kind}"
        );
    }
}
