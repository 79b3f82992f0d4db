//! An issuer's keys: fetched when they are needed, remembered, fetched again.
//!
//! Tokens come from anybody, so a token with a key that is not known may ask the issuer at most once in a while; those who
//! come meanwhile wait for the same answer. The last good set stays while the issuer is away, for a bounded time.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use tokio::sync::watch;

use super::fetch::Source;
use crate::access::clock::millis;
use crate::config;
use crate::error::{Error, Refusal};

/// Keys of one issuer that are remembered.
pub(super) const MAX_KEYS: usize = 100;
/// Longest wait for an answer that another call asked for; both requests of a fetch have their own time-outs.
const PATIENCE: Duration = Duration::from_secs(12);
/// Shorter RSA keys can be broken; longer ones take too long to check.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// A key, and what it may have signed.
pub(super) struct Key {
    id: Option<String>,
    algorithms: Vec<Algorithm>,
    pub(super) decoding: DecodingKey,
}

struct Set {
    keys: Vec<Arc<Key>>,
    fetched_at: i64,
}

/// The keys of one issuer.
pub(super) struct Keys {
    issuer: String,
    source: Source,
    refresh: i64,
    retry: i64,
    max_age: i64,
    set: ArcSwapOption<Set>,
    attempt: Mutex<Attempt>,
    /// Counts the fetches that are over.
    done: watch::Sender<u64>,
}

#[derive(Default)]
struct Attempt {
    last_at: Option<i64>,
    running: bool,
    /// The last one that ended.
    failed: bool,
}

impl Keys {
    pub(super) fn new(issuer: &str, source: Source, settings: &config::Issuer) -> Arc<Self> {
        Arc::new(Keys {
            issuer: issuer.to_owned(),
            source,
            refresh: millis(settings.keys_refresh),
            retry: millis(settings.keys_retry),
            max_age: millis(settings.keys_max_age),
            set: ArcSwapOption::empty(),
            attempt: Mutex::default(),
            done: watch::Sender::new(0),
        })
    }

    /// The key of that id, where it may have signed so; without an id the only one that may.
    ///
    /// # Errors
    /// [`Refusal::TokenInvalid`] where the issuer publishes no such key, [`Refusal::IssuerUnavailable`] where that is
    /// not known.
    pub(super) async fn find(
        self: &Arc<Self>,
        id: Option<&str>,
        algorithm: Algorithm,
        now: i64,
    ) -> Result<Arc<Key>, Error> {
        if let Some(set) = self.usable(now)
            && let Some(key) = set.find(id, algorithm)
        {
            if now.saturating_sub(set.fetched_at) >= self.refresh {
                self.begin(now); // what is there does for this call
            }
            return Ok(key);
        }
        self.fetched(now).await;
        if let Some(set) = self.usable(now) {
            if let Some(key) = set.find(id, algorithm) {
                return Ok(key);
            }
            if !self.attempt().failed {
                let why = "the token is signed with a key that its issuer does not publish";
                return Err(Refusal::TokenInvalid { why }.into());
            }
        }
        let retry_after = Duration::from_millis(self.retry.unsigned_abs());
        Err(Refusal::IssuerUnavailable { issuer: self.issuer.clone(), retry_after }.into())
    }

    fn usable(&self, now: i64) -> Option<Arc<Set>> {
        self.set.load_full().filter(|set| now.saturating_sub(set.fetched_at) < self.max_age)
    }

    /// Waits for an answer of the issuer, unless it was asked a moment ago.
    async fn fetched(self: &Arc<Self>, now: i64) {
        let mut done = self.done.subscribe();
        if self.begin(now) {
            // A time-out is as good as an answer that failed: what is remembered decides.
            let _ = tokio::time::timeout(PATIENCE, done.changed()).await;
        }
    }

    /// Asks the issuer, unless that was done a moment ago; whether an answer is to come. It goes on without its caller:
    /// one who hangs up must not leave the others without keys.
    fn begin(self: &Arc<Self>, now: i64) -> bool {
        let mut attempt = self.attempt();
        if attempt.running {
            return true;
        }
        // The clock may have been set back.
        if attempt.last_at.is_some_and(|at| now.saturating_sub(at).abs() < self.retry) {
            return false;
        }
        *attempt = Attempt { last_at: Some(now), running: true, failed: true };
        drop(attempt);
        let running = Running(self.clone());
        tokio::spawn(async move { running.0.fetch(now).await });
        true
    }

    async fn fetch(&self, now: i64) {
        let fetched = self.source.keys().await;
        let outcome = if fetched.is_ok() { "ok" } else { "failed" };
        metrics::counter!("sncgate_issuer_fetches_total", "issuer" => self.issuer.clone(), "outcome" => outcome)
            .increment(1);
        match fetched {
            Ok(keys) => {
                let keys = keys.into_iter().map(Arc::new).collect();
                self.set.store(Some(Arc::new(Set { keys, fetched_at: now })));
                self.attempt().failed = false;
            }
            Err(error) => {
                let error = anyhow::Error::from(error);
                tracing::warn!(issuer = self.issuer, "cannot fetch the issuer's keys: {error:#}");
            }
        }
    }

    fn attempt(&self) -> std::sync::MutexGuard<'_, Attempt> {
        self.attempt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Held while a fetch runs: however it ends, those who wait go on.
struct Running(Arc<Keys>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.attempt().running = false;
        self.0.done.send_modify(|done| *done += 1);
    }
}

impl Set {
    fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Option<Arc<Key>> {
        let mut fitting = self.keys.iter().filter(|key| {
            key.algorithms.contains(&algorithm) && id.is_none_or(|id| key.id.as_deref() == Some(id))
        });
        let first = fitting.next()?;
        fitting.next().is_none().then(|| first.clone())
    }
}

impl Key {
    /// A key of a set, where it is one to check signatures with. What is not understood is no mistake: sets hold keys
    /// for other uses.
    pub(super) fn read(value: serde_json::Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let common = &jwk.common;
        let signs = common.public_key_use.as_ref().is_none_or(|one| *one == PublicKeyUse::Signature);
        let verifies = |all: &Vec<KeyOperations>| all.contains(&KeyOperations::Verify);
        if !signs || !common.key_operations.as_ref().is_none_or(verifies) {
            return None;
        }
        let mut algorithms = algorithms(&jwk.algorithm)?;
        if let Some(only) = common.key_algorithm {
            algorithms.retain(|algorithm| only.to_string() == format!("{algorithm:?}"));
        }
        if algorithms.is_empty() {
            return None;
        }
        Some(Key { id: common.key_id.clone(), algorithms, decoding: DecodingKey::from_jwk(&jwk).ok()? })
    }
}

/// What a key of that form can have signed; none for a secret, which is no public key.
fn algorithms(parameters: &AlgorithmParameters) -> Option<Vec<Algorithm>> {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    match parameters {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).ok()?;
            let first = modulus.iter().position(|byte| *byte != 0)?;
            let bits = (modulus.len() - first) * 8 - modulus[first].leading_zeros() as usize;
            RSA_BITS.contains(&bits).then(|| vec![RS256, RS384, RS512, PS256, PS384, PS512])
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => Some(vec![ES256]),
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P384 => Some(vec![ES384]),
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => Some(vec![EdDSA]),
        _ => None,
    }
}
