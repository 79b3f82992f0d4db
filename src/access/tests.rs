//! Tokens, sessions and lock-out, with a clock that is moved by hand.

mod races;
mod replicas;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::*;
use crate::error::Refusal;
use crate::limits::Meter;
use crate::store::User;
use crate::store::place::Place;

const PASSWORD: &str = "correct horse battery";

struct House {
    access: Arc<Access>,
    hand: Hand,
    caller: Caller,
    clock: Clock,
    place: Place,
}

impl House {
    async fn new() -> Self {
        Self::at(Place::sqlite(), config::Access::default()).await
    }

    /// One with each kind of store.
    async fn each() -> Vec<Self> {
        let mut houses = Vec::new();
        for place in Place::each() {
            houses.push(Self::at(place, config::Access::default()).await);
        }
        houses
    }

    async fn at(place: Place, settings: config::Access) -> Self {
        let (clock, hand) = Clock::by_hand();
        let store = place.open_any().await;
        let access =
            Access::open(settings, &BTreeMap::new(), vault(store.access), clock.clone()).await.unwrap();
        let caller = Caller {
            principal: None,
            address: "192.0.2.1".to_owned(),
            agent: "test".to_owned(),
            note: Arc::default(),
            meter: Meter::none(),
        };
        House { access, hand, caller, clock, place }
    }

    /// Another gateway on the same store; only Redis can be shared.
    async fn replica(&self) -> Arc<Access> {
        let store = self.place.open_any().await;
        let vault = vault(store.access);
        Access::open(config::Access::default(), &BTreeMap::new(), vault, self.clock.clone()).await.unwrap()
    }

    async fn user(&self, username: &str) -> User {
        let hash = self.access.passwords.hash(PASSWORD.into()).await.unwrap();
        let user = User {
            id: secret::id(),
            username: username.to_owned(),
            display_name: String::new(),
            roles: vec!["viewer".to_owned()],
            disabled: false,
            password_hash: Some(hash),
            must_change_password: false,
            created_at: self.access.now(),
            last_login_at: None,
        };
        assert!(self.access.store.create_user(&user).await.unwrap());
        user
    }

    async fn login(&self, username: &str, password: &str, device_token: &str) -> Result<Opened, Refusal> {
        let sign_in = SignIn {
            username: username.to_owned(),
            password: password.into(),
            device: String::new(),
            device_token: device_token.to_owned(),
        };
        self.access.login(&self.caller, sign_in).await.map_err(refusal)
    }

    async fn refresh(&self, token: &str) -> Result<Tokens, Refusal> {
        self.access.refresh(&self.caller, token).await.map_err(refusal)
    }

    async fn who(&self, token: &str) -> Result<String, Refusal> {
        self.access.authenticate(token).await.map(|one| one.username.clone()).map_err(refusal)
    }
}

/// As a restart and other gateways find it: the key is always the same.
fn vault(store: Arc<dyn AccessStore>) -> Arc<Vault> {
    let key = secrecy::SecretSlice::from(vec![7; config::KEY_BYTES]);
    Vault::new(store, crate::store::Seal::new(&[key]).unwrap())
}

fn refusal(error: Error) -> Refusal {
    match error {
        Error::Refused(refusal) => refusal,
        other => panic!("not a refusal: {other:?}"),
    }
}

#[tokio::test]
async fn tokens_end_with_time_and_sessions_with_idleness() {
    let house = House::new().await;
    house.user("alice").await;
    let opened = house.login("ALICE", PASSWORD, "").await.unwrap();
    assert_eq!(house.who(&opened.tokens.access).await.unwrap(), "alice");
    house.hand.advance(Duration::from_secs(601));
    assert_eq!(house.who(&opened.tokens.access).await, Err(Refusal::TokenExpired));
    let next = house.refresh(&opened.tokens.refresh).await.unwrap();
    assert_eq!(house.who(&next.access).await.unwrap(), "alice");

    // Used every six days it lives, but not longer than its absolute lifetime.
    let mut tokens = next;
    for _ in 0..4 {
        house.hand.advance(Duration::from_secs(6 * 24 * 3600));
        tokens = house.refresh(&tokens.refresh).await.unwrap();
    }
    house.hand.advance(Duration::from_secs(6 * 24 * 3600));
    assert_eq!(house.refresh(&tokens.refresh).await.err(), Some(Refusal::TokenExpired));
    let idle = house.login("alice", PASSWORD, "").await.unwrap();
    house.hand.advance(Duration::from_secs(7 * 24 * 3600));
    assert_eq!(house.refresh(&idle.tokens.refresh).await.err(), Some(Refusal::TokenExpired));
}

#[tokio::test]
async fn keys_are_replaced_without_dropping_tokens() {
    let house = House::new().await;
    house.user("alice").await;
    house.hand.advance(Duration::from_secs(30 * 24 * 3600 - 60));
    let before = house.login("alice", PASSWORD, "").await.unwrap();
    house.hand.advance(Duration::from_secs(120));
    let after = house.login("alice", PASSWORD, "").await.unwrap();
    let kid = |token: &str| {
        let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
        serde_json::from_slice::<Value>(&header).unwrap()["kid"].as_str().unwrap().to_owned()
    };
    assert_ne!(kid(&before.tokens.access), kid(&after.tokens.access));
    assert_eq!(house.who(&before.tokens.access).await.unwrap(), "alice", "signed with the old key");
    assert_eq!(house.who(&after.tokens.access).await.unwrap(), "alice");
    let set: Value = serde_json::from_str(&house.access.key_set()).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn nothing_is_lost_with_the_process() {
    for house in House::each().await {
        let user = house.user("alice").await;
        let opened = house.login("alice", PASSWORD, "").await.unwrap();
        let House { access, place, caller, .. } = house;
        let key = access.administrator_key("alice", "test").await.unwrap();
        access.audit().record(crate::store::Event::default()).await.unwrap();
        // The writer of the log and with it the store's file go when the last holder does.
        let weak = Arc::downgrade(&access);
        drop(access);
        let end = std::time::Instant::now() + Duration::from_secs(30);
        while weak.strong_count() > 0 {
            assert!(std::time::Instant::now() < end, "something holds it");
            tokio::task::yield_now().await;
        }
        let store = place.open_any().await.access;
        let settings = config::Access::default();
        let access = Access::open(settings, &BTreeMap::new(), vault(store), Clock::system()).await.unwrap();
        assert_eq!(access.authenticate(&opened.tokens.access).await.unwrap().user_id, user.id);
        assert_eq!(access.authenticate(&key).await.unwrap().user_id, user.id);
        access.refresh(&caller, &opened.tokens.refresh).await.unwrap();
        let verdict = access.audit().verify().await.unwrap();
        assert_eq!((verdict.events, verdict.broken_at), (1, None));
    }
}

#[tokio::test]
async fn grace_ends() {
    let house = House::new().await;
    house.user("alice").await;
    let first = house.login("alice", PASSWORD, "").await.unwrap().tokens.refresh;
    let next = house.refresh(&first).await.unwrap();
    house.hand.advance(Duration::from_secs(11));
    assert_eq!(house.refresh(&first).await.err(), Some(Refusal::TokenRevoked));
    assert_eq!(house.refresh(&next.refresh).await.err(), Some(Refusal::TokenRevoked));
}

#[tokio::test]
async fn the_wait_grows_ends_and_spares_a_known_device() {
    let house = House::new().await;
    house.user("alice").await;
    let device = house.login("alice", PASSWORD, "").await.unwrap().device_token;
    for _ in 0..5 {
        assert_eq!(house.login("alice", "wrong", "").await.err(), Some(Refusal::CredentialsInvalid));
    }
    let waits = |outcome: &Result<Opened, Refusal>| match outcome {
        Err(Refusal::AttemptsExceeded { retry_after }) => retry_after.as_secs(),
        _ => panic!("it does not wait"),
    };
    assert_eq!(waits(&house.login("alice", PASSWORD, "").await), 1);
    house.hand.advance(Duration::from_secs(2));
    assert_eq!(house.login("alice", "wrong", "").await.err(), Some(Refusal::CredentialsInvalid));
    assert_eq!(waits(&house.login("alice", PASSWORD, "").await), 2);
    let mallory = device.replace(|c: char| c.is_ascii_digit(), "0");
    assert_eq!(waits(&house.login("alice", PASSWORD, &mallory).await), 2, "a device token that is none");
    house.login("alice", PASSWORD, &device).await.unwrap();
    house.hand.advance(Duration::from_secs(3));
    house.login("alice", PASSWORD, "").await.unwrap();
    for _ in 0..5 {
        // An account that is not there waits like one that is.
        assert_eq!(house.login("nobody", "wrong", "").await.err(), Some(Refusal::CredentialsInvalid));
    }
    waits(&house.login("nobody", "wrong", "").await);
}

/// An office signs in from one address all day.
#[tokio::test]
async fn signing_in_does_not_use_up_an_address() {
    let house = House::new().await;
    house.user("alice").await;
    for _ in 0..22 {
        house.login("alice", PASSWORD, "").await.unwrap();
    }
}

#[tokio::test]
async fn a_user_has_a_bounded_number_of_sessions() {
    let settings = config::Access { max_sessions: 3, ..config::Access::default() };
    let house = House::at(Place::sqlite(), settings).await;
    let user = house.user("alice").await;
    let mut opened = Vec::new();
    for _ in 0..4 {
        house.hand.advance(Duration::from_secs(1));
        opened.push(house.login("alice", PASSWORD, "").await.unwrap());
    }
    assert_eq!(house.who(&opened[0].tokens.access).await, Err(Refusal::TokenRevoked));
    assert_eq!(house.access.store.sessions(&user.id, house.access.now()).await.unwrap().len(), 3);
}

fn event(at: i64) -> crate::store::Event {
    crate::store::Event { at, method: "m".to_owned(), ..Default::default() }
}

#[tokio::test]
async fn old_events_are_dropped_and_the_rest_verifies() {
    for house in House::each().await {
        drops_old_events(&house).await;
    }
}

async fn drops_old_events(house: &House) {
    let (access, start) = (&house.access, house.access.now());
    let keep = Duration::from_secs(24 * 3600);
    let settings = config::Audit { keep, max_events: 1000 };
    for second in 0..10 {
        access.audit().record(event(start + second * 1000)).await.unwrap();
    }
    assert_eq!(access.retain(settings).await.unwrap(), 0);
    house.hand.advance(keep + Duration::from_secs(4));
    assert_eq!(access.retain(settings).await.unwrap(), 4, "those of seconds 0 to 3");
    let verdict = access.audit().verify().await.unwrap();
    assert_eq!((verdict.broken_at, verdict.events, verdict.anchor.sequence), (None, 7, 4));
    let told = access.audit().list(&Default::default(), i64::MAX, 1).await.unwrap().remove(0).event;
    assert_eq!((told.method.as_str(), told.outcome.as_str()), ("retention", "OK"));
    assert!(told.subject.starts_with("dropped up to 4 "), "{told:?}");
    assert_eq!(access.retain(settings).await.unwrap(), 0, "nothing is told of nothing");

    // By number; and where everything is old, what tells of it stays.
    let few = config::Audit { max_events: 5, ..settings };
    assert_eq!(access.retain(few).await.unwrap(), 3);
    assert_eq!(access.audit().verify().await.unwrap().events, 5);
    house.hand.advance(keep * 2);
    access.retain(settings).await.unwrap();
    let verdict = access.audit().verify().await.unwrap();
    assert_eq!((verdict.broken_at, verdict.events), (None, 1));
    access.audit().record(event(access.now())).await.unwrap();
    assert_eq!(access.audit().verify().await.unwrap().broken_at, None);
}

#[tokio::test]
async fn a_beginning_that_was_cut_off_is_told() {
    let house = House::new().await;
    for second in 0..3 {
        house.access.audit().record(event(second)).await.unwrap();
    }
    // As somebody would who has the file, and no reason.
    assert_eq!(house.access.store.drop_entries(1, 9).await.unwrap(), 1);
    assert_eq!(house.access.audit().verify().await.unwrap().broken_at, Some(1));
}

#[tokio::test]
async fn roles_of_the_configuration_are_fixed() {
    let role = config::Role { permissions: vec!["records_read".to_owned()], ..Default::default() };
    let roles = BTreeMap::from([("desk".to_owned(), role)]);
    let place = Place::sqlite();
    let store = place.open_any().await.access;
    let open = async |roles: &BTreeMap<String, config::Role>| {
        Access::open(config::Access::default(), roles, vault(store.clone()), Clock::system()).await
    };
    let access = open(&roles).await.unwrap();
    let by = access.anybody();
    let desk = access.role("desk").await.unwrap();
    assert!(desk.in_configuration && !desk.built_in);
    let mine = crate::pb::Role { in_configuration: false, ..desk };
    let taken = access.create_role(&by, mine.clone()).await.map_err(refusal).unwrap_err();
    assert!(matches!(taken, Refusal::NameTaken { .. }), "{taken:?}");
    for why in [
        access.update_role(&by, mine.clone()).await.map(drop).map_err(refusal).unwrap_err(),
        access.delete_role(&by, "desk").await.map_err(refusal).unwrap_err(),
    ] {
        assert!(why.to_string().contains("[roles.desk]"), "{why}");
    }
    let user = NewUser { username: "alice".to_owned(), roles: vec!["desk".to_owned()], ..NewUser::default() };
    access.create_user(&by, user).await.unwrap();
    let alice = access.principal_of("alice").await.unwrap();
    assert!(
        alice.holds(crate::pb::Permission::RecordsRead) && !alice.holds(crate::pb::Permission::RecordsWrite)
    );

    // Without it in the file the name is free; with both, which of them holds is not guessed.
    let without = open(&BTreeMap::new()).await.unwrap();
    without.create_role(&by, mine).await.unwrap();
    let why = open(&roles).await.map(drop).map_err(refusal).unwrap_err().to_string();
    assert!(why.contains("sncgate roles delete desk"), "{why}");
}
