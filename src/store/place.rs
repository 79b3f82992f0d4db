//! Where a store of each kind is, for tests that run on each.

use std::time::{Duration, Instant};

use test_redis::Redis;

use super::{Clock, Memory, OpenError, Store};
use crate::config;

/// Where what is kept outlives a [`Store`].
pub(crate) enum Place {
    Sqlite(tempfile::TempDir),
    Redis(config::Store),
}

impl Place {
    /// A new place of each kind.
    pub(crate) fn each() -> [Place; 2] {
        [Place::sqlite(), Place::redis(Redis::shared())]
    }

    pub(crate) fn sqlite() -> Place {
        Place::Sqlite(tempfile::tempdir().unwrap())
    }

    /// A part of this server that nobody else uses. It has time: a busy machine is no outage.
    pub(crate) fn redis(server: &Redis) -> Place {
        Place::Redis(config::Store {
            backend: config::Backend::Redis,
            url: Some(server.url().parse().unwrap()),
            prefix: Redis::prefix(),
            timeout: Duration::from_secs(60),
            ..config::Store::default()
        })
    }

    /// Opens what is there. A file is waited for: the one who had it may be about to let it go.
    pub(crate) async fn open(&self, memory: Memory, clock: Clock) -> Store {
        let folder = match self {
            Place::Sqlite(folder) => folder.path(),
            Place::Redis(settings) => return Store::connect(settings, memory, clock).await.unwrap(),
        };
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            match Store::open(folder, memory, clock.clone()) {
                Err(OpenError::InUse { .. }) if Instant::now() < end => tokio::task::yield_now().await,
                opened => return opened.unwrap(),
            }
        }
    }

    /// The same with little to remember, where that is not what is tested.
    pub(crate) async fn open_any(&self) -> Store {
        self.open(Memory { window: Duration::from_secs(3600), max_request_ids: 10 }, Store::clock()).await
    }
}
