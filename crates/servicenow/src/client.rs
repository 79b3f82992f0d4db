//! The client: a handle that is cheap to clone.

mod builder;
mod connect;
mod person;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::address::Params;
use crate::schema::Schemas;
use crate::transport::{Caller, Transport};
use crate::{Class, Error, RateSnapshot, Record, decode};

pub use builder::ClientBuilder;

/// A connection to one instance: its pool, its sign-in, its schema cache. Clones share all of it.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
    class: Class,
}

struct Inner {
    transport: Transport,
    schemas: Schemas,
}

impl Client {
    /// Starts a client of an instance: its URL, its host, or for `NAME.service-now.com` the bare name.
    pub fn builder(instance: &str) -> ClientBuilder {
        ClientBuilder::new(instance)
    }

    /// The instance's URL.
    pub fn base_url(&self) -> &str {
        self.inner.transport.base.as_str()
    }

    /// Reads one row of `sys_user` and says how long that took. It is not retried.
    pub async fn ping(&self) -> Result<Duration, Error> {
        let mut params = Params::default();
        params.push("sysparm_limit", "1");
        params.push("sysparm_fields", "sys_id");
        params.push("sysparm_no_count", "true");
        let request = self.transport().get(&["api", "now", "table", "sys_user"], &params)?;
        let start = Instant::now();
        let decode = |reply: &crate::transport::Reply| {
            decode::rows::<Record>(&reply.body, "sys_user", crate::DisplayMode::Value).map(|_| ())
        };
        self.transport().once(&request, decode).await?;
        Ok(start.elapsed())
    }

    /// The same client for work of another class; it shares everything.
    #[must_use]
    pub fn with_class(&self, class: Class) -> Client {
        Client { inner: self.inner.clone(), class }
    }

    /// How the requests of all clones stand.
    pub fn rate(&self) -> RateSnapshot {
        self.inner.transport.limiter.snapshot()
    }

    pub(crate) fn transport(&self) -> Caller<'_> {
        Caller { transport: &self.inner.transport, class: self.class }
    }

    pub(crate) fn schemas(&self) -> &Schemas {
        &self.inner.schemas
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Client").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
