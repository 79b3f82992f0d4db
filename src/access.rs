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

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config;
use crate::error::Error;
use crate::store::AccessStore;

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

use authenticate::Verified;
use issuer::Issuers;
use live::Live;
use password::Passwords;
use signing::Signing;

/// What tickets are signed with: made once, and kept.
///
/// # Errors
/// The store does not answer.
pub async fn ticket_secret(store: &dyn AccessStore) -> Result<[u8; 32], Error> {
    Ok(store.secret("flight tickets", secret::random()).await?)
}

/// Everything that knows who may do what.
pub struct Access {
    settings: config::Access,
    store: Arc<dyn AccessStore>,
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

impl Access {
    /// Reads what is kept, and makes what is missing of the gateway's own keys. `roles` are those of the configuration.
    ///
    /// # Errors
    /// The store does not answer, or has a role that the configuration has too; an issuer's settings make no client.
    pub async fn open(
        settings: config::Access,
        roles: &BTreeMap<String, config::Role>,
        store: Arc<dyn AccessStore>,
        clock: Clock,
    ) -> Result<Arc<Self>, Error> {
        let configured = roles::configured(roles, &*store).await?;
        let issuers = Issuers::new(&settings.issuers)?;
        let chain = store.secret("refresh chain", secret::random()).await?;
        let signing = Signing::open(store.clone(), &clock, settings.signing_key_ttl).await?;
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

    fn now(&self) -> i64 {
        self.clock.millis()
    }
}
