//! Whether anything happens on a connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// The calls of one connection.
#[derive(Clone)]
pub(super) struct Activity(Arc<Inner>);

struct Inner {
    opened: Instant,
    running: AtomicUsize,
    /// When the last call ended, in milliseconds from `opened`; 0 where there was none.
    ended: AtomicU64,
}

/// A call that runs, until it is dropped.
pub(super) struct Call(Arc<Inner>);

impl Activity {
    /// Of a connection that begins now.
    pub(super) fn new() -> Self {
        Activity(Arc::new(Inner {
            opened: Instant::now(),
            running: AtomicUsize::new(0),
            ended: AtomicU64::new(0),
        }))
    }

    /// A call begins.
    pub(super) fn begin(&self) -> Call {
        self.0.running.fetch_add(1, Ordering::Relaxed);
        Call(self.0.clone())
    }

    /// Waits until nothing has happened for `later`, or nothing at all for `first`.
    pub(super) async fn idle(&self, first: Duration, later: Duration) {
        loop {
            match self.left(first, later) {
                Some(Duration::ZERO) => return,
                // Not for longer than `later`: a call may come and go meanwhile.
                left => tokio::time::sleep(left.map_or(later, |left| left.min(later))).await,
            }
        }
    }

    /// How long it is until then, if nothing happens; none while a call runs.
    fn left(&self, first: Duration, later: Duration) -> Option<Duration> {
        if self.0.running.load(Ordering::Relaxed) > 0 {
            return None;
        }
        let ended = self.0.ended.load(Ordering::Relaxed);
        let patience = if ended == 0 { first } else { Duration::from_millis(ended) + later };
        Some(patience.saturating_sub(self.0.opened.elapsed()))
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let since = u64::try_from(self.0.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.0.ended.store(since.max(1), Ordering::Relaxed);
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_calls_keep_a_connection() {
        let (first, later) = (Duration::from_secs(20), Duration::from_secs(600));
        let began = Instant::now();
        Activity::new().idle(first, later).await;
        assert_eq!(began.elapsed(), first, "nothing at all");

        let (activity, began) = (Activity::new(), Instant::now());
        let call = activity.begin();
        let still = tokio::time::timeout(later * 10, activity.idle(first, later)).await;
        assert!(still.is_err(), "a call that runs keeps it");
        drop(call);
        activity.idle(first, later).await;
        let took = began.elapsed();
        assert!(took >= later * 11 && took <= later * 12, "{took:?}");
    }
}
