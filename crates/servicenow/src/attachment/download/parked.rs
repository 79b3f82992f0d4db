//! Something costly that is put down between two uses, and let go where the next use does not come.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A place for one thing. Must be filled within a tokio runtime.
pub(super) struct Parked<T> {
    place: Arc<Mutex<Place<T>>>,
    patience: Duration,
}

struct Place<T> {
    thing: Option<T>,
    since: Instant,
    watched: bool,
}

impl<T: Send + 'static> Parked<T> {
    /// An empty place, which keeps what is put into it for as long as `patience`.
    pub(super) fn new(patience: Duration) -> Parked<T> {
        let place = Place { thing: None, since: Instant::now(), watched: false };
        Parked { place: Arc::new(Mutex::new(place)), patience }
    }

    /// Takes the thing out; `None` where there is none, or no longer.
    pub(super) fn take(&mut self) -> Option<T> {
        lock(&self.place).thing.take()
    }

    /// Puts a thing down.
    pub(super) fn put(&mut self, thing: T) {
        let mut place = lock(&self.place);
        place.thing = Some(thing);
        place.since = Instant::now();
        if !place.watched {
            place.watched = true;
            tokio::spawn(watch(Arc::downgrade(&self.place), self.patience));
        }
    }
}

/// One task for many uses: putting down and taking up costs no task of its own.
async fn watch<T>(place: Weak<Mutex<Place<T>>>, patience: Duration) {
    let mut next = Instant::now() + patience;
    loop {
        sleep_until(next).await;
        let Some(place) = place.upgrade() else { return };
        let mut place = lock(&place);
        let (end, now) = (place.since + patience, Instant::now());
        if place.thing.is_some() && end <= now {
            place.thing = None;
            place.watched = false;
            return;
        }
        next = if end > now { end } else { now + patience }; // in use for long: it is put down later
    }
}

/// A panic leaves nothing half done here.
fn lock<T>(place: &Mutex<Place<T>>) -> MutexGuard<'_, Place<T>> {
    place.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// Lets the watch run at the present moment.
    async fn after(seconds: u64) {
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        tokio::task::yield_now().await;
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_not_taken_up_is_let_go() {
        let thing = Arc::new(());
        let mut parked = Parked::new(PATIENCE);
        parked.put(thing.clone());
        after(29).await;
        assert_eq!(Arc::strong_count(&thing), 2);
        after(2).await;
        assert_eq!(Arc::strong_count(&thing), 1, "nobody had to ask for it");
        assert!(parked.take().is_none());

        parked.put(thing.clone());
        after(31).await;
        assert_eq!(Arc::strong_count(&thing), 1, "a place is watched again");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_used_stays() {
        let mut parked = Parked::new(PATIENCE);
        parked.put(7);
        for _ in 0..10 {
            after(20).await;
            let thing = parked.take().expect("it was used 20 s ago");
            parked.put(thing);
        }
        let thing = parked.take().expect("it was just put down");
        after(100).await;
        parked.put(thing);
        after(29).await;
        assert!(parked.take().is_some(), "the time in use does not count");
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_place_lets_go_at_once() {
        let thing = Arc::new(());
        let mut parked = Parked::new(PATIENCE);
        parked.put(thing.clone());
        drop(parked);
        assert_eq!(Arc::strong_count(&thing), 1);
    }
}
