//! Where a gateway keeps users, sessions and keys: the tests of access run on each.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sncgate::store::{AccessStore, Memory, Store};

/// A store that gateways can be opened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backing {
    /// One file in the data directory, for one process at a time.
    Sqlite,
}

/// Every one.
pub(crate) const BACKINGS: [Backing; 1] = [Backing::Sqlite];

impl Backing {
    /// The store itself, without a gateway before it; `data` is the data directory.
    pub(crate) fn open(self, data: &Path) -> Arc<dyn AccessStore> {
        match self {
            Backing::Sqlite => {
                let memory = Memory { window: Duration::from_secs(1), max_request_ids: 1 };
                Store::open(data, memory, Store::clock()).unwrap().access
            }
        }
    }
}
