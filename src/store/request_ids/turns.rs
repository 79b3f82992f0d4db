//! One at a time for each key: twins wait for each other, in the order they came.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

type Places<K> = Arc<Mutex<HashMap<K, Arc<AsyncMutex<()>>>>>;

/// The keys in use. As many as there are calls that have or await a turn.
pub(super) struct Turns<K: Eq + Hash>(Places<K>);

/// A turn, or a place among those who wait for one; given up when dropped.
pub(super) struct Turn<K: Eq + Hash> {
    places: Places<K>,
    key: K,
    // An option, so that it is given up before the key is looked at.
    place: Option<Arc<AsyncMutex<()>>>,
    held: Option<OwnedMutexGuard<()>>,
}

impl<K: Eq + Hash> Default for Turns<K> {
    fn default() -> Self {
        Turns(Arc::default())
    }
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// Waits until nobody else has the key.
    pub(super) async fn take(&self, key: K) -> Turn<K> {
        let place = lock(&self.0).entry(key.clone()).or_default().clone();
        // Made before the wait: one who is cancelled while waiting leaves no key behind.
        let mut turn = Turn { places: self.0.clone(), key, place: Some(place.clone()), held: None };
        turn.held = Some(place.lock_owned().await);
        turn
    }
}

impl<K: Eq + Hash> Drop for Turn<K> {
    fn drop(&mut self) {
        self.held = None;
        let mut places = lock(&self.places);
        self.place = None;
        // New places are taken under the same lock: nobody can have it besides the map.
        if places.get(&self.key).is_some_and(|place| Arc::strong_count(place) == 1) {
            places.remove(&self.key);
        }
    }
}

fn lock<K>(
    places: &Mutex<HashMap<K, Arc<AsyncMutex<()>>>>,
) -> MutexGuard<'_, HashMap<K, Arc<AsyncMutex<()>>>> {
    places.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_for_each_key_and_nothing_stays_behind() {
        let turns = Turns::default();
        let first = turns.take("a").await;
        let mut second = Box::pin(turns.take("a"));
        assert!(second.as_mut().now_or_never().is_none());
        drop(turns.take("b").now_or_never().expect("another key waits for nobody"));
        let mut cancelled = Box::pin(turns.take("a"));
        assert!(cancelled.as_mut().now_or_never().is_none());
        drop(cancelled);
        drop(first);
        drop(second.await);
        assert!(lock(&turns.0).is_empty());
    }
}
