//! What is in use right now: every credential that calls run on, so that its end reaches them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio_util::sync::CancellationToken;

/// Held by whoever acts on a credential.
#[derive(Debug)]
pub struct Lease {
    over: CancellationToken,
    user_id: String,
}

pub(super) struct Live {
    leases: Mutex<Leases>,
    /// All that ends or changes is heard of, at other gateways too.
    informed: AtomicBool,
}

#[derive(Default)]
struct Leases {
    by_credential: HashMap<String, Weak<Lease>>,
    /// Dead entries are swept when the map has grown to this.
    sweep_at: usize,
}

impl Lease {
    /// Of somebody whose rights do not end.
    pub(super) fn endless() -> Arc<Self> {
        Arc::new(Lease { over: CancellationToken::new(), user_id: String::new() })
    }

    /// The credential, or what it allows, has changed: it must be looked at again.
    pub fn is_over(&self) -> bool {
        self.over.is_cancelled()
    }

    /// Waits until then.
    pub async fn over(&self) {
        self.over.cancelled().await;
    }
}

impl Live {
    pub(super) fn new(informed: bool) -> Self {
        Live { leases: Mutex::default(), informed: AtomicBool::new(informed) }
    }

    /// Whether what was looked up may be believed for a while: its end would be heard of.
    pub(super) fn is_informed(&self) -> bool {
        self.informed.load(Ordering::SeqCst)
    }

    /// Other gateways are heard, or not any more. What happened in between may have been missed: everything is looked at
    /// again.
    pub(super) fn set_informed(&self, informed: bool) {
        self.informed.store(informed, Ordering::SeqCst);
        self.end_all();
    }

    /// The lease of a credential. It is taken before the store is read: an end that the store does not show yet then
    /// finds it.
    pub(super) fn lease(&self, credential: &str, user_id: &str) -> Arc<Lease> {
        let mut leases = self.lock();
        if let Some(lease) = leases.by_credential.get(credential).and_then(Weak::upgrade)
            && !lease.is_over()
        {
            return lease;
        }
        if leases.by_credential.len() >= leases.sweep_at {
            leases.by_credential.retain(|_, lease| lease.strong_count() > 0);
            leases.sweep_at = (leases.by_credential.len() * 2).max(1024);
        }
        let lease = Arc::new(Lease { over: CancellationToken::new(), user_id: user_id.to_owned() });
        leases.by_credential.insert(credential.to_owned(), Arc::downgrade(&lease));
        lease
    }

    /// Ends what runs on a credential.
    pub(super) fn end(&self, credential: &str) {
        if let Some(lease) = self.lock().by_credential.remove(credential).and_then(|lease| lease.upgrade()) {
            lease.over.cancel();
        }
    }

    /// Ends what runs on any credential of a user.
    pub(super) fn end_user(&self, user_id: &str) {
        self.end_where(|lease| lease.user_id == user_id);
    }

    /// Ends everything: it is looked at again with the next call.
    pub(super) fn end_all(&self) {
        self.end_where(|_| true);
    }

    fn end_where(&self, of: impl Fn(&Lease) -> bool) {
        self.lock().by_credential.retain(|_, lease| match lease.upgrade() {
            Some(lease) if of(&lease) => {
                lease.over.cancel();
                false
            }
            Some(_) => true,
            None => false,
        });
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_reaches_who_holds_the_lease() {
        let live = Live::new(true);
        let (one, two) = (live.lease("s1", "alice"), live.lease("s2", "bob"));
        assert!(Arc::ptr_eq(&one, &live.lease("s1", "alice")));
        live.end("s1");
        assert!(one.is_over() && !two.is_over());
        assert!(!live.lease("s1", "alice").is_over(), "a new one begins afresh");
        live.end_user("bob");
        assert!(two.is_over());
    }
}
