//! What every handler is given: the instance, and the listener through which the caller reached it.

use std::sync::Arc;

use super::failure::Failure;
use super::tiny_url::TinyUrls;
use crate::activity;
use crate::auth::{Accounts, Codes, CookieSessions, OAuthClients, Tokens};
use crate::counters::Counters;
use crate::engine::{self, Engine};
use crate::faults::Faults;
use crate::realistic::Load;
use crate::replay;
use crate::settings::Settings;

/// The running instance, whatever the number of its listeners.
pub(crate) struct Instance {
    pub(crate) engine: Engine,
    pub(crate) settings: Settings,
    pub(crate) accounts: Accounts,
    pub(crate) clients: OAuthClients,
    pub(crate) tokens: Tokens,
    pub(crate) codes: Codes,
    pub(crate) cookies: CookieSessions,
    pub(crate) people: CookieSessions,
    pub(crate) tiny_urls: TinyUrls,
    pub(crate) counters: Arc<Counters>,
    pub(crate) faults: Arc<Faults>,
    /// How it does under load, where that is asked for.
    pub(crate) load: Option<Load>,
    /// What happens in it by itself, where that is asked for.
    pub(crate) activity: Option<Arc<activity::Told>>,
    /// How far the replay of a log is, where one is asked for.
    pub(crate) replay: Option<Arc<replay::Told>>,
}

/// The instance as seen through one listener.
#[derive(Clone)]
pub(crate) struct Face {
    /// What is served.
    pub(crate) instance: Arc<Instance>,
    /// `https://127.0.0.1:8443`: what links start with, whatever `Host` the caller sent, as on the platform.
    pub(crate) origin: Arc<str>,
}

impl Face {
    /// Whether the listener speaks TLS.
    pub(crate) fn secure(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Asks the engine on a thread that may block.
    pub(crate) async fn ask<T, F>(&self, question: F) -> Result<T, Failure>
    where
        T: Send + 'static,
        F: FnOnce(&Engine) -> Result<T, engine::Error> + Send + 'static,
    {
        let instance = Arc::clone(&self.instance);
        let answer = tokio::task::spawn_blocking(move || question(&instance.engine)).await;
        answer.map_err(|error| Failure::internal(&error))?.map_err(Failure::from)
    }
}
