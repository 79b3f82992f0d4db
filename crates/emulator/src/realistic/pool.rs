//! The semaphores: few requests run, some wait, the others are turned away.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Tally;

/// The places of a node.
pub(crate) struct Pool {
    // Fair: places go to those who wait in the order they came.
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
    most_waiting: usize,
    tally: Arc<Tally>,
}

/// A place. It is free again when this is dropped.
pub(crate) struct Place {
    tally: Arc<Tally>,
    _permit: OwnedSemaphorePermit,
}

/// Counts one who waits for as long as it does, also when its caller goes away.
struct Waiting<'a>(&'a Pool);

impl Pool {
    pub(crate) fn new(places: usize, most_waiting: usize, tally: Arc<Tally>) -> Self {
        let places = Arc::new(Semaphore::new(places.clamp(1, Semaphore::MAX_PERMITS)));
        Pool { places, waiting: AtomicUsize::new(0), most_waiting, tally }
    }

    /// Waits for a place; none where too many wait already.
    pub(crate) async fn enter(&self) -> Option<Place> {
        let permit = match Arc::clone(&self.places).try_acquire_owned() {
            Ok(permit) => permit,
            Err(_) => {
                let _waiting = self.wait()?;
                Arc::clone(&self.places).acquire_owned().await.ok()?
            }
        };
        self.tally.started();
        Some(Place { tally: Arc::clone(&self.tally), _permit: permit })
    }

    fn wait(&self) -> Option<Waiting<'_>> {
        let more = |waiting: usize| (waiting < self.most_waiting).then_some(waiting + 1);
        let before = self.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, more).ok()?;
        self.tally.waiting(before + 1);
        Some(Waiting(self))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let before = self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        self.0.tally.waiting(before - 1);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.tally.ended();
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn some_run_some_wait_and_the_rest_go_away() {
        let tally = Arc::new(Tally::default());
        let pool = Pool::new(2, 1, Arc::clone(&tally));
        let first = pool.enter().await.unwrap();
        let _second = pool.enter().await.unwrap();
        let mut third = Box::pin(pool.enter());
        assert!((&mut third).now_or_never().is_none(), "it waits");
        assert!(pool.enter().await.is_none(), "one waits already");
        // One who gives up makes room for another.
        drop(third);
        let mut fourth = Box::pin(pool.enter());
        assert!((&mut fourth).now_or_never().is_none());
        assert_eq!((tally.read().running, tally.read().waiting), (2, 1));
        drop(first);
        assert!(fourth.await.is_some());
        let pressure = tally.read();
        assert_eq!((pressure.waiting, pressure.most_running, pressure.most_waiting), (0, 2, 1));
    }
}
