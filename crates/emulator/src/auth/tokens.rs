//! The OAuth tokens in force.
//!
//! Asking again within a token's lifetime gives the same token with the time that is left, as the platform
//! does; the refresh grant always gives a new one, so that a client that refreshes ahead of expiry gains by it.

use std::collections::HashMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use super::token::oauth_token;
use crate::clock::Clock;

/// Access tokens of one client and user that stay valid side by side; the oldest goes first. Only a client that
/// refreshes far more often than tokens expire reaches it.
const ACCESS_TOKENS_PER_GRANT: usize = 32;

/// What a successful grant answers.
pub(crate) struct Issued {
    pub(crate) access_token: String,
    /// Absent for client credentials.
    pub(crate) refresh_token: Option<String>,
    /// Seconds left.
    pub(crate) expires_in: i64,
}

/// Every access and refresh token that was issued and has not expired.
pub(crate) struct Tokens {
    clock: Clock,
    access_lifetime: TimeDelta,
    refresh_lifetime: TimeDelta,
    /// By client id and user name. Bounded: both come from registries that requests cannot grow.
    grants: Mutex<HashMap<(String, String), Grant>>,
}

#[derive(Default)]
struct Grant {
    /// The newest last.
    access: Vec<Token>,
    refresh: Option<Token>,
}

struct Token {
    text: String,
    expires: DateTime<Utc>,
}

impl Tokens {
    /// No tokens yet; lifetimes in seconds.
    pub(crate) fn new(clock: Clock, access_seconds: u64, refresh_seconds: u64) -> Self {
        Tokens {
            clock,
            access_lifetime: lifetime(access_seconds),
            refresh_lifetime: lifetime(refresh_seconds),
            grants: Mutex::default(),
        }
    }

    /// Tokens for a user who has just proved to be one, or the ones still in force.
    pub(crate) fn issue(&self, client: &str, user: &str, refreshable: bool) -> Issued {
        let now = self.clock.now();
        let mut grants = self.grants.lock().expect("no holder of this lock can panic");
        let grant = grants.entry((client.to_owned(), user.to_owned())).or_default();
        grant.forget_expired(now);
        if grant.access.is_empty() {
            grant.add_access(now + self.access_lifetime);
        }
        if refreshable && grant.refresh.is_none() {
            grant.refresh = Some(Token { text: oauth_token(), expires: now + self.refresh_lifetime });
        }
        grant.issued(now, refreshable)
    }

    /// A new access token for a refresh token in force, with the user it stands for. `None` when the token is
    /// unknown, expired or another client's.
    pub(crate) fn refresh(&self, client: &str, refresh_token: &str) -> Option<(String, Issued)> {
        let now = self.clock.now();
        let mut grants = self.grants.lock().expect("no holder of this lock can panic");
        let ((_, user), grant) = grants.iter_mut().find(|((owner, _), grant)| {
            owner == client && grant.refresh.as_ref().is_some_and(|token| token.is(refresh_token, now))
        })?;
        grant.forget_expired(now);
        grant.add_access(now + self.access_lifetime);
        Some((user.clone(), grant.issued(now, true)))
    }

    /// Forgets a token. With a refresh token go the access tokens of the same client and user; one that is unknown
    /// is as good as gone (RFC 7009, section 2.2).
    pub(crate) fn revoke(&self, token: &str) {
        let mut grants = self.grants.lock().expect("no holder of this lock can panic");
        grants.retain(|_, grant| grant.refresh.as_ref().is_none_or(|refresh| refresh.text != token));
        for grant in grants.values_mut() {
            grant.access.retain(|access| access.text != token);
        }
    }

    /// The user an access token in force stands for.
    pub(crate) fn user(&self, access_token: &str) -> Option<String> {
        let now = self.clock.now();
        let grants = self.grants.lock().expect("no holder of this lock can panic");
        grants
            .iter()
            .find(|(_, grant)| grant.access.iter().any(|token| token.is(access_token, now)))
            .map(|((_, user), _)| user.clone())
    }
}

impl Grant {
    fn forget_expired(&mut self, now: DateTime<Utc>) {
        self.access.retain(|token| token.expires > now);
        self.refresh.take_if(|token| token.expires <= now);
    }

    fn add_access(&mut self, expires: DateTime<Utc>) {
        if self.access.len() == ACCESS_TOKENS_PER_GRANT {
            self.access.remove(0);
        }
        self.access.push(Token { text: oauth_token(), expires });
    }

    fn issued(&self, now: DateTime<Utc>, refreshable: bool) -> Issued {
        let access = self.access.last().expect("a token was added when there was none");
        Issued {
            access_token: access.text.clone(),
            refresh_token: self.refresh.as_ref().filter(|_| refreshable).map(|token| token.text.clone()),
            expires_in: (access.expires - now).num_seconds(),
        }
    }
}

impl Token {
    /// The text is 64 random bytes, so an early return of the comparison tells nothing that could be used.
    fn is(&self, text: &str, now: DateTime<Utc>) -> bool {
        self.text == text && self.expires > now
    }
}

fn lifetime(seconds: u64) -> TimeDelta {
    // A century is as good as any longer time and keeps dates in range.
    const CENTURY: i64 = 100 * 365 * 86_400;
    TimeDelta::seconds(i64::try_from(seconds).unwrap_or(CENTURY).min(CENTURY))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> (Clock, Tokens) {
        let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        (clock.clone(), Tokens::new(clock, 100, 1_000))
    }

    fn advance(clock: &Clock, seconds: i64) {
        clock.set(clock.now() + TimeDelta::seconds(seconds));
    }

    #[test]
    fn the_same_token_comes_back_with_less_time() {
        let (clock, tokens) = tokens();
        let first = tokens.issue("app", "ann", true);
        advance(&clock, 30);
        let second = tokens.issue("app", "ann", true);
        assert_eq!((first.expires_in, second.expires_in), (100, 70));
        assert_eq!(first.access_token, second.access_token);
        assert_eq!(first.refresh_token, second.refresh_token);
        advance(&clock, 70);
        assert_eq!(tokens.user(&first.access_token), None);
        assert_ne!(tokens.issue("app", "ann", true).access_token, first.access_token);
    }

    #[test]
    fn refreshing_gives_a_new_token_and_keeps_the_old_until_it_expires() {
        let (clock, tokens) = tokens();
        let first = tokens.issue("app", "ann", true);
        let refresh = first.refresh_token.unwrap();
        advance(&clock, 50);
        let (user, second) = tokens.refresh("app", &refresh).unwrap();
        assert_eq!((user.as_str(), second.expires_in), ("ann", 100));
        assert_eq!(tokens.user(&first.access_token).as_deref(), Some("ann"));
        advance(&clock, 60);
        assert_eq!(tokens.user(&first.access_token), None);
        assert_eq!(tokens.user(&second.access_token).as_deref(), Some("ann"));
    }

    #[test]
    fn refuses_foreign_unknown_and_expired_refresh_tokens() {
        let (clock, tokens) = tokens();
        let refresh = tokens.issue("app", "ann", true).refresh_token.unwrap();
        assert!(tokens.refresh("other", &refresh).is_none());
        assert!(tokens.refresh("app", "no such token").is_none());
        advance(&clock, 1_000);
        assert!(tokens.refresh("app", &refresh).is_none());
    }

    #[test]
    fn a_revoked_token_is_gone() {
        let (_, tokens) = tokens();
        let issued = tokens.issue("app", "ann", true);
        let refresh = issued.refresh_token.unwrap();
        tokens.revoke("unknown");
        tokens.revoke(&issued.access_token);
        assert_eq!(tokens.user(&issued.access_token), None);
        let (_, second) = tokens.refresh("app", &refresh).unwrap();
        tokens.revoke(&refresh);
        assert_eq!(tokens.user(&second.access_token), None);
        assert!(tokens.refresh("app", &refresh).is_none());
    }

    #[test]
    fn client_credentials_have_no_refresh_token() {
        let (_, tokens) = tokens();
        assert!(tokens.issue("app", "ann", false).refresh_token.is_none());
    }

    #[test]
    fn many_refreshes_stay_bounded() {
        let (_, tokens) = tokens();
        let refresh = tokens.issue("app", "ann", true).refresh_token.unwrap();
        for _ in 0..3 * ACCESS_TOKENS_PER_GRANT {
            tokens.refresh("app", &refresh).unwrap();
        }
        let grants = tokens.grants.lock().unwrap();
        assert_eq!(grants.values().next().unwrap().access.len(), ACCESS_TOKENS_PER_GRANT);
    }
}
