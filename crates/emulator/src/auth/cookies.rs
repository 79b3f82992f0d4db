//! Cookie sessions: what `JSESSIONID` stands for.
//!
//! Every sign-in without a live cookie makes a session, so the store is bounded and idle sessions go quickly, as
//! integration sessions do on the platform (`glide.integration.session_timeout`, one minute). People who sign in
//! with a browser have sessions of their own kind, in a store of their own, that live half an hour.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::token::random_hex;
use crate::clock::Clock;

/// A session of a program dies this long after its last use.
const IDLE: TimeDelta = TimeDelta::minutes(1);

/// A session of a person does.
const PERSON_IDLE: TimeDelta = TimeDelta::minutes(30);

/// Sessions kept at once; beyond it the longest unused quarter is dropped.
const CAPACITY: usize = 4_096;

/// A live session.
#[derive(Clone)]
pub(crate) struct CookieSession {
    /// The value of the cookie: 32 upper-case hex digits.
    pub(crate) id: String,
    /// Who signed in.
    pub(crate) user_name: String,
    /// What a write by cookie must repeat in `X-UserToken`, so that a foreign page cannot forge one.
    pub(crate) user_token: String,
}

/// The live sessions by id.
pub(crate) struct CookieSessions {
    clock: Clock,
    idle: TimeDelta,
    sessions: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    session: CookieSession,
    last_used: DateTime<Utc>,
}

impl CookieSessions {
    /// No sessions yet.
    pub(crate) fn new(clock: Clock) -> Self {
        CookieSessions { clock, idle: IDLE, sessions: Mutex::default() }
    }

    /// No sessions yet, of people with a browser. A session of nobody (an empty user name) is what a sign-in form
    /// belongs to.
    pub(crate) fn of_people(clock: Clock) -> Self {
        CookieSessions { clock, idle: PERSON_IDLE, sessions: Mutex::default() }
    }

    /// Ends a session.
    pub(crate) fn end(&self, id: &str) {
        self.sessions.lock().expect("no holder of this lock can panic").remove(id);
    }

    /// Starts a session for a user who has signed in.
    pub(crate) fn start(&self, user_name: &str) -> CookieSession {
        let session = CookieSession {
            id: random_hex(16).to_ascii_uppercase(),
            user_name: user_name.to_owned(),
            user_token: random_hex(36),
        };
        let now = self.clock.now();
        let mut sessions = self.sessions.lock().expect("no holder of this lock can panic");
        if sessions.len() >= CAPACITY {
            make_room(&mut sessions, now, self.idle);
        }
        sessions.insert(session.id.clone(), Entry { session: session.clone(), last_used: now });
        session
    }

    /// The live session of that id; using it keeps it alive.
    pub(crate) fn resume(&self, id: &str) -> Option<CookieSession> {
        let now = self.clock.now();
        let mut sessions = self.sessions.lock().expect("no holder of this lock can panic");
        let entry = sessions.get_mut(id)?;
        if now - entry.last_used > self.idle {
            sessions.remove(id);
            return None;
        }
        entry.last_used = now;
        Some(entry.session.clone())
    }
}

fn make_room(sessions: &mut HashMap<String, Entry>, now: DateTime<Utc>, idle: TimeDelta) {
    sessions.retain(|_, entry| now - entry.last_used <= idle);
    if sessions.len() < CAPACITY {
        return;
    }
    let mut by_age: Vec<_> = sessions.iter().map(|(id, entry)| (entry.last_used, id.clone())).collect();
    by_age.sort_unstable();
    for (_, id) in by_age.drain(..CAPACITY / 4) {
        sessions.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_used_session_lives_and_an_idle_one_dies() {
        let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let sessions = CookieSessions::new(clock.clone());
        let id = sessions.start("ann").id;
        for _ in 0..3 {
            clock.set(clock.now() + TimeDelta::seconds(50));
            assert_eq!(sessions.resume(&id).unwrap().user_name, "ann");
        }
        clock.set(clock.now() + TimeDelta::seconds(61));
        assert!(sessions.resume(&id).is_none());
        assert!(sessions.resume("0123").is_none());
    }

    #[test]
    fn the_store_is_bounded_and_keeps_the_newest() {
        let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        let sessions = CookieSessions::new(clock.clone());
        let mut last = String::new();
        for _ in 0..CAPACITY + 100 {
            clock.set(clock.now() + TimeDelta::milliseconds(1));
            last = sessions.start("ann").id;
        }
        assert!(sessions.sessions.lock().unwrap().len() <= CAPACITY);
        assert!(sessions.resume(&last).is_some());
    }
}
