//! Where a gateway keeps users, sessions and keys: the tests of access run on each.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sncgate::config::{self, Config};
use sncgate::store::{AccessStore, Memory, Store};
use test_redis::Redis;

/// A store that gateways can be opened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    /// One file in the data directory, for one process at a time.
    Sqlite,
    /// A Redis, for several; each data directory has a part of its own.
    Redis,
}

/// Every one.
pub(crate) const BACKINGS: [Backing; 2] = [Backing::Sqlite, Backing::Redis];

impl Backing {
    /// The store itself, without a gateway before it; `data` is the data directory.
    pub(crate) async fn open(self, data: &Path) -> Arc<dyn AccessStore> {
        let memory = Memory { window: Duration::from_secs(1), max_request_ids: 1 };
        match self {
            Backing::Sqlite => Store::open(data, memory, Store::clock()).unwrap().access,
            Backing::Redis => Store::connect(&shared(data), memory, Store::clock()).await.unwrap().access,
        }
    }

    /// A gateway with these settings has its store there.
    pub(crate) fn set(self, settings: &mut Config, data: &Path) {
        settings.server.data_dir = data.to_owned();
        if self == Backing::Redis {
            settings.store = shared(data);
            settings.secrets.keys = vec![vec![7; config::KEY_BYTES].into()];
        }
    }

    /// The same for a gateway that reads its environment.
    pub(crate) fn variables(self, data: &Path) -> Vec<(&'static str, String)> {
        let mut variables = vec![("SNCGATE__SERVER__DATA_DIR", data.to_str().unwrap().to_owned())];
        if self == Backing::Redis {
            variables.push(("SNCGATE__STORE__BACKEND", "redis".to_owned()));
            variables.push(("SNCGATE__STORE__URL", Redis::shared().url()));
            variables.push(("SNCGATE__STORE__PREFIX", shared(data).prefix));
            variables.push(("SNCGATE__SECRETS__KEYS", KEY.to_owned()));
        }
        variables
    }
}

/// What gateways on one Redis seal with.
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

/// It has time: a busy machine is no outage.
fn shared(data: &Path) -> config::Store {
    config::Store { timeout: Duration::from_secs(30), ..on(Redis::shared(), &prefix(data)) }
}

/// A part of a server.
pub(crate) fn on(server: &Redis, prefix: &str) -> config::Store {
    config::Store {
        backend: config::Backend::Redis,
        url: Some(server.url().parse().unwrap()),
        prefix: prefix.to_owned(),
        ..config::Store::default()
    }
}

/// What of a path may be in a prefix. Temporary folders have names that nobody else has.
fn prefix(data: &Path) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let text: String = data.to_str().unwrap().chars().filter(plain).collect();
    text[text.len().saturating_sub(60)..].to_owned()
}
