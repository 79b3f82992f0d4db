//! What the instance has been asked, by kind and by outcome, so that a test can tell how it was used.

use std::collections::BTreeMap;
use std::sync::Mutex;

use serde::Serialize;

/// Requests since the start or the last reset. The administrative endpoints are not counted.
#[derive(Default)]
pub struct Counters(Mutex<Counts>);

/// The numbers at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Every request.
    pub total: u64,
    /// By kind: `table.list`, `table.get`, `table.create`, `table.update`, `table.delete`, `attachment.list`,
    /// `attachment.get`, `attachment.upload`, `attachment.download`, `attachment.update`, `attachment.delete`, `attachment.attributes`,
    /// `batch`, `import`, `stats`, `metadata`, `tinyurl`, `oauth`, `oauth.authorize`, `oauth.revoke`, `other`. A kind that was not asked for is absent.
    pub by_kind: BTreeMap<&'static str, u64>,
    /// By status code of the reply.
    pub by_status: BTreeMap<u16, u64>,
}

impl Counters {
    /// Notes one request and its outcome.
    pub(crate) fn count(&self, kind: &'static str, status: u16) {
        let mut counts = self.0.lock().expect("no holder of this lock can panic");
        counts.total += 1;
        *counts.by_kind.entry(kind).or_default() += 1;
        *counts.by_status.entry(status).or_default() += 1;
    }

    /// The numbers now.
    pub fn read(&self) -> Counts {
        self.0.lock().expect("no holder of this lock can panic").clone()
    }

    /// Back to zero.
    pub fn reset(&self) {
        *self.0.lock().expect("no holder of this lock can panic") = Counts::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_forgets() {
        let counters = Counters::default();
        counters.count("table.list", 200);
        counters.count("table.list", 401);
        counters.count("oauth", 200);
        let counts = counters.read();
        assert_eq!(counts.total, 3);
        assert_eq!(counts.by_kind, BTreeMap::from([("table.list", 2), ("oauth", 1)]));
        assert_eq!(counts.by_status, BTreeMap::from([(200, 2), (401, 1)]));
        counters.reset();
        assert_eq!(counters.read(), Counts::default());
    }
}
