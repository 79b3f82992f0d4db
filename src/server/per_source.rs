//! How many connections each address has open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::Limit;
use crate::layer::peer::counted;

/// Counts connections by where they come from. It holds no more entries than there are connections.
#[derive(Clone)]
pub(super) struct PerSource {
    most: Option<u64>,
    open: Arc<Mutex<HashMap<IpAddr, u64>>>,
}

/// A connection that counts, until it is dropped.
pub(super) struct Counted {
    address: IpAddr,
    per_source: PerSource,
}

impl PerSource {
    pub(super) fn new(most: Limit) -> Self {
        PerSource { most: most.get(), open: Arc::default() }
    }

    /// Counts one more; none where there are too many.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Counted> {
        let address = counted(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let number = open.entry(address).or_default();
        if self.most.is_some_and(|most| *number >= most) {
            return None;
        }
        *number += 1;
        Some(Counted { address, per_source: self.clone() })
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.per_source.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = open.get_mut(&self.address) {
            *number -= 1;
            if *number == 0 {
                open.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_source_has_so_many() {
        let per_source = PerSource::new(Limit::of(2));
        let enter = |text: &str| per_source.enter(text.parse().unwrap());
        let held = [enter("192.0.2.1"), enter("::ffff:192.0.2.1"), enter("192.0.2.2")];
        assert!(held.iter().all(Option::is_some));
        assert!(enter("192.0.2.1").is_none());
        drop(held);
        assert!(per_source.open.lock().unwrap().is_empty());
        assert!(enter("192.0.2.1").is_some());

        let none = PerSource::new(Limit::of(0));
        let held: Vec<_> = (0..100).map(|_| none.enter("192.0.2.1".parse().unwrap())).collect();
        assert!(held.iter().all(Option::is_some));
    }
}
