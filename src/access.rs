//! Who calls, and what they may do.
//!
//! A credential (an access token of a session or of another issuer, or an API key) becomes a [`Principal`] in [`Access::authenticate`]; the
//! principal's roles say which methods, tables, rows and fields are theirs. Everything is decided here and in
//! [`guard`]: faces only ask. It knows no transport.

mod audit;
mod authenticate;
mod certificate;
mod clock;
mod first;
mod follow;
mod glob;
pub mod guard;
mod issuer;
mod keys;
mod live;
mod password;
mod policy;
mod principal;
mod retention;
mod role;
mod roles;
mod secret;
mod sessions;
mod signing;
mod throttle;
mod token;
mod users;
mod vault;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config;
use crate::error::{Error, Refusal};
use crate::store::{self, AccessStore};

pub use audit::{Audit, Verdict};
pub use certificate::ClientCertificate;
pub use clock::{Clock, Hand};
pub use first::FirstAdministrator;
pub use guard::{Guard, Operation};
pub use keys::{KeyBounds, MadeKey, NewKey};
pub use live::Lease;
pub use policy::{Decision, Rows, TableAccess};
pub use principal::{Caller, Credential, Note, Principal};
pub use role::Role;
pub use roles::is_built_in as is_built_in_role;
pub use secret::KEY_PREFIX;
pub use sessions::{Opened, SignIn, Tokens};
pub use users::{Change, NewUser};
pub(crate) use vault::{LINK, place};
pub use vault::{Reseal, Vault};

use authenticate::Verified;
use issuer::Issuers;
use live::Live;
use password::Passwords;
use signing::Signing;

/// Everything that knows who may do what.
pub struct Access {
    settings: config::Access,
    store: Arc<dyn AccessStore>,
    vault: Arc<Vault>,
    clock: Clock,
    passwords: Passwords,
    signing: Signing,
    /// Makes the successor of a refresh token.
    chain: [u8; 32],
    live: Live,
    verified: Verified,
    issuers: Issuers,
    /// Those of the configuration, by name.
    configured: Vec<Arc<Role>>,
    audit: Audit,
}

/// A random name, of 96 bits.
pub(crate) fn random_id() -> String {
    secret::id()
}

impl Access {
    /// Reads what is kept, and makes what is missing of the gateway's own keys. `roles` are those of the configuration.
    ///
    /// # Errors
    /// The store does not answer, holds secrets that are sealed with a key that is not there, or has a role that the
    /// configuration has too; an issuer's settings make no client.
    pub async fn open(
        settings: config::Access,
        roles: &BTreeMap<String, config::Role>,
        vault: Arc<Vault>,
        clock: Clock,
    ) -> Result<Arc<Self>, Error> {
        let store = vault.store().clone();
        let configured = roles::configured(roles, &*store).await?;
        let issuers = Issuers::new(&settings.issuers)?;
        let sealed = vault.reseal(Reseal::Open).await?;
        if sealed > 0 {
            tracing::info!(sealed, "sealed the secrets that an earlier version kept open");
        }
        let chain = vault.secret("refresh chain").await?;
        let signing = Signing::open(vault.clone(), &clock, settings.signing_key_ttl).await?;
        let long_ago = clock.millis().saturating_sub(sessions::REMEMBERED);
        store.forget_sessions(long_ago).await?;
        let notices = store.follow();
        let access = Arc::new(Access {
            audit: Audit::start(store.clone()),
            passwords: Passwords::new(),
            live: Live::new(notices.is_none()),
            verified: Verified::default(),
            issuers,
            configured,
            settings,
            store,
            vault,
            clock,
            signing,
            chain,
        });
        if let Some(notices) = notices {
            tokio::spawn(follow::follow(Arc::downgrade(&access), notices));
        }
        Ok(access)
    }

    /// Fails where the store does not answer, or where what other gateways do is not heard.
    pub async fn ready(&self) -> Result<(), Error> {
        self.store.ready().await?;
        if self.live.is_informed() {
            Ok(())
        } else {
            Err(Error::store_unavailable("other gateways are not heard"))
        }
    }

    /// Callers must say who they are.
    pub fn is_on(&self) -> bool {
        self.settings.enabled
    }

    /// What is set.
    pub fn settings(&self) -> &config::Access {
        &self.settings
    }

    /// The audit log.
    pub fn audit(&self) -> &Audit {
        &self.audit
    }

    /// The public keys that access tokens are signed with, as RFC 7517 has them.
    pub fn key_set(&self) -> String {
        self.signing.key_set()
    }

    /// Waits until nobody else changes users, roles and keys. Fails with [`Refusal::Changed`] where the caller is not who
    /// they were any more: what waited here must not be done by somebody who was thrown out before it began.
    async fn change(&self, by: &Principal) -> Result<store::Change, Error> {
        let turn = self.store.begin_change().await?;
        let is_same = !by.lease.is_over() && self.is_still(by).await?;
        if is_same { Ok(turn) } else { Err(Refusal::Changed.into()) }
    }

    /// Asks the store, which knows also what other gateways ended.
    async fn is_still(&self, by: &Principal) -> Result<bool, Error> {
        let credential = match &by.credential {
            Credential::None => return Ok(true),
            Credential::Session(id) => {
                self.store.session(id).await?.is_some_and(|session| session.revoked_at.is_none())
            }
            Credential::Key(id) => self.store.api_key(id).await?.is_some(),
            Credential::Certificate(_) | Credential::External(_) => true, // nothing of ours to end
        };
        Ok(credential && self.store.user(&by.user_id).await?.is_some_and(|user| !user.disabled))
    }

    /// The secret that signs tickets of Arrow Flight: of all gateways that share the store.
    pub async fn ticket_secret(&self) -> Result<[u8; 32], Error> {
        self.vault.secret("flight tickets").await
    }

    /// Where secrets are kept.
    pub(crate) fn vault(&self) -> &Arc<Vault> {
        &self.vault
    }

    /// The time of day.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    fn now(&self) -> i64 {
        self.clock.millis()
    }
}
