//! The tokens of one link: renewed ahead of their expiry, by one request at a time, and kept before they are used.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use servicenow::{Client, Credentials, CredentialsProvider, Error as Reported, Granted, Signature};

use super::client_of;
use crate::access::{self, Clock, LINK, Vault};
use crate::config;
use crate::error::Error;
use crate::instance::{Instance, is_spent};
use crate::store::{Label, Link};

/// How long before its expiry a token is renewed; half its life if that is shorter. Milliseconds.
const AHEAD: i64 = 60_000;
/// Another replica may have renewed first; then its tokens are taken.
const ATTEMPTS: usize = 3;

/// What is kept, sealed, of a link's tokens. Times are milliseconds since 1970.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) access: String,
    pub(super) refresh: Option<String>,
    renew_at: i64,
    expires_at: i64,
}

impl Kept {
    /// What a grant gave; without a new refresh token the old one stays.
    pub(super) fn of(granted: Granted, before: Option<String>, now: i64) -> Self {
        let life = i64::try_from(granted.lifetime().as_millis()).unwrap_or(i64::MAX);
        let refresh = granted.refresh_token.map(|token| token.expose_secret().to_owned());
        Kept {
            access: granted.access_token.expose_secret().to_owned(),
            refresh: refresh.or(before),
            renew_at: now.saturating_add((life - AHEAD).max(life / 2)),
            expires_at: now.saturating_add(life),
        }
    }

    /// The tokens of a link.
    pub(super) fn open(vault: &Vault, link: &Link) -> Result<Self, Error> {
        let place = access::place(&link.user_id, &link.instance);
        let opened = vault.open(Label { what: LINK, whose: &place }, &link.tokens)?;
        // Without the parser's words, which may quote what it read.
        serde_json::from_slice(opened.expose_secret())
            .map_err(|_| Error::internal("the tokens of a link cannot be read"))
    }

    pub(super) fn to_text(&self) -> Result<Vec<u8>, Error> {
        serde_json::to_vec(self).map_err(Error::internal)
    }
}

pub(super) struct Tokens {
    vault: Arc<Vault>,
    clock: Clock,
    /// The instance as nobody: the token endpoint asks for no sign-in.
    client: Client,
    oauth: config::Link,
    user_id: String,
    instance: String,
    link_id: String,
    current: Mutex<Current>,
    /// Held while a token is being asked for.
    renewal: tokio::sync::Mutex<()>,
    over: AtomicBool,
}

struct Current {
    header: SecretString,
    /// Of the link.
    version: i64,
    renew_at: i64,
    expires_at: i64,
    refused: bool,
}

impl Current {
    fn of(kept: &Kept, version: i64) -> Self {
        let header = format!("Bearer {}", kept.access).into();
        Current { header, version, renew_at: kept.renew_at, expires_at: kept.expires_at, refused: false }
    }
}

/// Signs requests with the tokens.
pub(super) struct Signer(pub(super) Arc<Tokens>);

impl CredentialsProvider for Signer {
    fn sign(&self) -> BoxFuture<'_, Result<Signature, Reported>> {
        Box::pin(self.0.signature())
    }

    fn refused(&self, generation: u64) {
        let mut current = self.0.lock();
        if u64::try_from(current.version) == Ok(generation) {
            current.refused = true;
        }
    }
}

impl Tokens {
    pub(super) fn new(
        vault: &Arc<Vault>,
        clock: &Clock,
        instance: &Instance,
        link: &Link,
    ) -> Result<Arc<Self>, Error> {
        let kept = Kept::open(vault, link)?;
        Ok(Arc::new(Tokens {
            vault: vault.clone(),
            clock: clock.clone(),
            client: instance.own().clone(),
            oauth: client_of(instance)?.clone(),
            user_id: link.user_id.clone(),
            instance: link.instance.clone(),
            link_id: link.id.clone(),
            current: Mutex::new(Current::of(&kept, link.version)),
            renewal: tokio::sync::Mutex::default(),
            over: AtomicBool::new(false),
        }))
    }

    /// The link is gone: nothing is signed any more.
    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    pub(super) fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }

    pub(super) fn is_of(&self, link: &Link) -> bool {
        self.link_id == link.id
    }

    async fn signature(self: &Arc<Self>) -> Result<Signature, Reported> {
        if self.is_over() {
            return Err(gone());
        }
        if let Some(signature) = self.fresh() {
            return Ok(signature);
        }
        // A task of its own: a refresh token may be spent by a request whose caller has gone.
        let renewing = tokio::spawn(self.clone().renew());
        match renewing.await {
            Ok(Ok(signature)) => Ok(signature),
            // The token is renewed ahead of its time: it still works.
            Ok(Err(error)) if !is_spent(&error) => self.valid().ok_or(error),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(failed()),
        }
    }

    async fn renew(self: Arc<Self>) -> Result<Signature, Reported> {
        let _one = self.renewal.lock().await;
        for _ in 0..ATTEMPTS {
            // Whoever held the lock before may have brought one.
            if let Some(signature) = self.fresh() {
                return Ok(signature);
            }
            let link = self.link().await?;
            let kept = Kept::open(&self.vault, &link).map_err(|error| told(&error))?;
            if link.version > self.lock().version {
                *self.lock() = Current::of(&kept, link.version);
                continue;
            }
            let Some(refresh) = kept.refresh.clone() else {
                self.mark_broken(link).await?;
                return Err(gone());
            };
            match self.client.grant(self.refresh(&refresh)).await {
                Ok(granted) => self.take(link, granted, refresh).await?,
                Err(error) if is_spent(&error) && self.mark_broken(link).await? => return Err(error),
                Err(error) if is_spent(&error) => {} // another replica was quicker: look again
                Err(error) => return Err(error),
            }
        }
        self.valid().ok_or_else(failed)
    }

    fn refresh(&self, token: &str) -> Credentials {
        Credentials::OAuthRefresh {
            client_id: self.oauth.client_id.clone(),
            client_secret: self.oauth.client_secret.clone().unwrap_or_else(|| "".into()),
            refresh_token: token.into(),
        }
    }

    /// Keeps what was granted, then uses it. Where the link has changed meanwhile, the next look says what holds.
    async fn take(&self, link: Link, granted: Granted, refresh: String) -> Result<(), Reported> {
        let now = self.clock.millis();
        let kept = Kept::of(granted, Some(refresh), now);
        let place = access::place(&link.user_id, &link.instance);
        let text = kept.to_text().map_err(|error| told(&error))?;
        let sealed = self.vault.seal(Label { what: LINK, whose: &place }, &text);
        let tokens = sealed.map_err(|error| told(&error))?;
        let link = Link { tokens, version: link.version + 1, renewed_at: now, ..link };
        if self.vault.store().replace_link(&link).await.map_err(|error| told(&error))? {
            *self.lock() = Current::of(&kept, link.version);
        }
        Ok(())
    }

    /// False where the link has changed meanwhile.
    async fn mark_broken(&self, link: Link) -> Result<bool, Reported> {
        let broken = Link { broken_at: Some(self.clock.millis()), version: link.version + 1, ..link };
        let marked = self.vault.store().replace_link(&broken).await.map_err(|error| told(&error))?;
        if marked {
            tracing::info!(instance = self.instance, account = broken.account, "a link no longer works");
            self.end();
        }
        Ok(marked)
    }

    /// The link as it is now, where it is still the same and works.
    async fn link(&self) -> Result<Link, Reported> {
        let link = self.vault.store().link(&self.user_id, &self.instance).await;
        let same =
            link.map_err(|error| told(&error))?.filter(|link| self.is_of(link) && link.broken_at.is_none());
        same.ok_or_else(|| {
            self.end();
            gone()
        })
    }

    /// The token, while it need not be renewed.
    fn fresh(&self) -> Option<Signature> {
        self.usable(|current| current.renew_at)
    }

    /// The token, while it works.
    fn valid(&self) -> Option<Signature> {
        self.usable(|current| current.expires_at)
    }

    fn usable(&self, until: impl Fn(&Current) -> i64) -> Option<Signature> {
        let current = self.lock();
        let good = !current.refused && self.clock.millis() < until(&current);
        good.then(|| Signature {
            header: "Authorization".to_owned(),
            value: current.header.clone(),
            generation: u64::try_from(current.version).ok(),
        })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// As the token endpoint says it, so that it is told in the same way.
fn gone() -> Reported {
    Reported::Auth {
        host: String::new(),
        grant: "refresh token",
        status: 401,
        error: "invalid_grant".to_owned(),
        description: "the link is gone".to_owned(),
    }
}

fn failed() -> Reported {
    Reported::InvalidInput("the tokens of a link cannot be renewed".to_owned())
}

/// A failure of the gateway's own: its cause goes to the log, where the call ends.
fn told(error: &Error) -> Reported {
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Reported::InvalidInput(format!("the tokens of a link: {error} {cause}"))
}
