//! From a bearer token to who holds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::keys::KeyBounds;
use super::live::Lease;
use super::principal::{Credential, Principal};
use super::{Access, issuer, roles, secret, token};
use crate::error::{Error, Refusal};

/// Tokens that are remembered.
const MOST: usize = 10_000;
/// How long one is remembered at most; milliseconds. Ends are told at once, by other gateways on the same store too.
const LONGEST: i64 = 15_000;
/// Longest text that is looked at.
const MAX_BYTES: usize = issuer::MAX_BYTES;
/// A key's last use is noted this often; milliseconds.
const TOUCH: i64 = 60_000;

/// A token whose rights changed while it was looked up is looked up again so often.
const ATTEMPTS: usize = 3;

/// Tokens that were verified, by their hash.
#[derive(Default)]
pub(super) struct Verified(Mutex<HashMap<[u8; 32], Remembered>>);

/// Who it is, and until when that is believed.
type Remembered = (Arc<Principal>, i64);

impl Verified {
    fn get(&self, hash: &[u8; 32], now: i64) -> Option<Arc<Principal>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (principal, until) = kept.get(hash)?;
        (now < *until && !principal.lease.is_over()).then(|| principal.clone())
    }

    pub(super) fn put(&self, hash: [u8; 32], principal: Arc<Principal>, now: i64) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, (principal, until)| now < *until && !principal.lease.is_over());
            if kept.len() >= MOST {
                kept.clear(); // they are all in use: each is verified once more
            }
        }
        let until = principal.expires_at.min(now.saturating_add(LONGEST));
        kept.insert(hash, (principal, until));
    }
}

impl Access {
    /// Who holds this token.
    ///
    /// # Errors
    /// [`Refusal::TokenInvalid`], [`Refusal::TokenExpired`], [`Refusal::TokenRevoked`].
    pub async fn authenticate(&self, bearer: &str) -> Result<Arc<Principal>, Error> {
        if bearer.len() > MAX_BYTES {
            return Err(Refusal::TokenInvalid { why: "the token is too long" }.into());
        }
        let (hash, now) = (secret::hash(bearer), self.now());
        if let Some(principal) = self.remembered(&hash, now) {
            return Ok(principal);
        }
        for _ in 0..ATTEMPTS {
            let principal = Arc::new(self.verify(bearer, now).await?);
            if !principal.lease.is_over() {
                self.verified.put(hash, principal.clone(), now);
                return Ok(principal);
            }
        }
        Err(Refusal::Changed.into())
    }

    /// Who it was that proved themselves with that a moment ago; nobody where an end might not have been heard of.
    pub(super) fn remembered(&self, hash: &[u8; 32], now: i64) -> Option<Arc<Principal>> {
        if self.live.is_informed() { self.verified.get(hash, now) } else { None }
    }

    /// Whoever calls where access control is off.
    pub fn anybody(&self) -> Arc<Principal> {
        Arc::new(Principal::anybody(roles::admin()))
    }

    /// A user as if they called, for questions about what they may do. A disabled one may do nothing.
    pub async fn principal_of(&self, username: &str) -> Result<Principal, Error> {
        let user = self.user(username).await?;
        let roles = if user.disabled { Vec::new() } else { self.roles_of(&user).await? };
        Ok(Principal::new(&user, Credential::None, roles, None, i64::MAX, Lease::endless()))
    }

    /// A user as if they called, for work that they left to the gateway; `key_id` is the API key that they asked with, whose
    /// bounds hold, or empty.
    ///
    /// # Errors
    /// [`Refusal::TokenRevoked`] where the user or the key is gone or disabled, [`Refusal::TokenExpired`].
    pub async fn acting_for(&self, user_id: &str, key_id: &str) -> Result<Principal, Error> {
        if !self.is_on() {
            return Ok(Principal::anybody(roles::admin()));
        }
        let now = self.now();
        for _ in 0..ATTEMPTS {
            // Before the store is read: an end that it does not show yet then finds it.
            let lease = self.live.lease(if key_id.is_empty() { user_id } else { key_id }, user_id);
            let user = self.store.user(user_id).await?.filter(|user| !user.disabled);
            let user = user.ok_or(Refusal::TokenRevoked)?;
            let roles = self.roles_of(&user).await?;
            let (bounds, expires_at) = match key_id {
                "" => (None, i64::MAX),
                id => {
                    let key = self.store.api_key(id).await?.filter(|key| key.user_id == user_id);
                    let key = key.ok_or(Refusal::TokenRevoked)?;
                    if key.expires_at <= now {
                        return Err(Refusal::TokenExpired.into());
                    }
                    (KeyBounds::of(&key)?, key.expires_at)
                }
            };
            if !lease.is_over() {
                let credential = match key_id {
                    "" => Credential::None,
                    id => Credential::Key(id.to_owned()),
                };
                return Ok(Principal::new(&user, credential, roles, bounds, expires_at, lease));
            }
        }
        Err(Refusal::Changed.into())
    }

    /// The id of a user. Fails with [`Refusal::NameUnknown`].
    pub async fn user_id_of(&self, username: &str) -> Result<String, Error> {
        Ok(self.user(username).await?.id)
    }

    async fn verify(&self, bearer: &str, now: i64) -> Result<Principal, Error> {
        match secret::api_key_id(bearer) {
            Some(id) => self.by_key(id, bearer, now).await,
            None => match self.issuers.of(bearer) {
                Some(issuer) => self.by_issuer(issuer, bearer, now).await,
                None => self.by_token(bearer, now).await,
            },
        }
    }

    async fn by_token(&self, bearer: &str, now: i64) -> Result<Principal, Error> {
        if let Some(key) = token::key_id(bearer) {
            self.signing.look_for(&key).await?;
        }
        let claims = token::verify(&self.signing, bearer, now)?;
        let lease = self.live.lease(&claims.sid, &claims.sub);
        let session = self.store.session(&claims.sid).await?.ok_or(Refusal::TokenRevoked)?;
        if session.user_id != claims.sub || session.revoked_at.is_some() {
            return Err(Refusal::TokenRevoked.into());
        }
        if session.expires_at <= now {
            return Err(Refusal::TokenExpired.into());
        }
        let user = self.store.user(&claims.sub).await?.filter(|user| !user.disabled);
        let user = user.ok_or(Refusal::TokenRevoked)?;
        let roles = self.roles_of(&user).await?;
        let expires_at = claims.exp.saturating_mul(1000).min(session.expires_at);
        Ok(Principal::new(&user, Credential::Session(claims.sid), roles, None, expires_at, lease))
    }

    async fn by_key(&self, id: &str, bearer: &str, now: i64) -> Result<Principal, Error> {
        let invalid = || Error::from(Refusal::TokenInvalid { why: "the API key is not known" });
        let key = self.store.api_key(id).await?.ok_or_else(invalid)?;
        if key.hash != secret::hash(bearer) {
            return Err(invalid());
        }
        let lease = self.live.lease(&key.id, &key.user_id);
        // Again, now that an end would be heard of.
        let key = self.store.api_key(id).await?.ok_or(Refusal::TokenRevoked)?;
        if key.expires_at <= now {
            return Err(Refusal::TokenExpired.into());
        }
        let user = self.store.user(&key.user_id).await?.filter(|user| !user.disabled);
        let user = user.ok_or(Refusal::TokenRevoked)?;
        if key.last_used_at.is_none_or(|last| now.saturating_sub(last) >= TOUCH) {
            self.store.touch_api_key(&key.id, now).await?;
        }
        let (roles, bounds) = (self.roles_of(&user).await?, KeyBounds::of(&key)?);
        Ok(Principal::new(&user, Credential::Key(key.id), roles, bounds, key.expires_at, lease))
    }
}
