//! Quotas over the embedded store, by a clock that is moved by hand.

use super::*;
use crate::access::Principal;
use crate::config::Limit;
use crate::store::place::Place;

fn settings() -> config::Limits {
    config::Limits {
        rows_per_day: Limit::of(100),
        concurrent_streams: Limit::of(2),
        ..config::Limits::default()
    }
}

#[tokio::test]
async fn rows_of_a_day_are_counted_over_restarts_and_gateways() {
    for place in Place::each() {
        let store = place.open_any().await.access;
        let (clock, hand) = Clock::by_hand();
        let alice = Principal::for_test("alice");
        let first = Limits::new(settings(), store.clone(), clock.clone());
        let second = Limits::new(settings(), store.clone(), clock.clone());
        let (one, two) = (first.call_of(&alice).await.unwrap(), second.call_of(&alice).await.unwrap());
        one.may_read().unwrap();
        one.read(60);
        two.read(50);
        assert!(one.may_read().is_ok() && two.may_read().is_ok(), "neither knows of the other yet");
        first.flush().await.unwrap();
        second.flush().await.unwrap();
        let Err(Error::Refused(Refusal::RowQuotaExceeded { limit, retry_after })) = two.may_read() else {
            panic!("the second learned of the first's rows when it wrote down its own")
        };
        assert!(limit == 100 && retry_after <= Duration::from_secs(86_400));

        // A gateway that starts now knows at once.
        let third = Limits::new(settings(), store.clone(), clock.clone());
        let meter = third.call_of(&alice).await.unwrap();
        assert!(meter.may_read().is_err());
        assert_eq!(meter.left().unwrap().rows_read, 110);
        assert!(third.call_of(&Principal::for_test("bob")).await.unwrap().may_read().is_ok());

        hand.advance(retry_after + Duration::from_millis(1));
        assert!(meter.may_read().is_ok(), "a new day");
        assert_eq!(third.call_of(&alice).await.unwrap().left().unwrap().rows_read, 0);
        store.forget_rows(third.today()).await.unwrap();
        assert_eq!(store.rows_read("alice", third.today() - 1).await.unwrap(), 0);
        for limits in [&first, &second, &third] {
            limits.flush().await.unwrap();
        }
        drop((one, two, meter));
        first.prune();
        assert!(first.lock().is_empty(), "who is gone is forgotten");
    }
}

#[tokio::test]
async fn a_stream_gives_its_place_back() {
    let place = Place::sqlite();
    let limits = Limits::new(settings(), place.open_any().await.access, Clock::system());
    let meter = limits.call_of(&Principal::for_test("alice")).await.unwrap();
    let open = [meter.open_stream().unwrap(), meter.clone().open_stream().unwrap()];
    assert!(matches!(meter.open_stream(), Err(Error::Refused(Refusal::StreamQuotaExceeded { limit: 2 }))));
    assert_eq!(meter.left().unwrap().open_streams, 2);
    drop(open);
    assert!(meter.open_stream().unwrap().is_some());
    assert_eq!(meter.left().unwrap().open_streams, 0);
}
