//! One request at a time in a cookie session.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The sessions that have a request under way.
pub(crate) struct Sessions {
    most_waiting: usize,
    busy: Arc<Mutex<HashMap<String, Busy>>>,
}

struct Busy {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// Under way or waiting.
    requests: usize,
}

/// A request's turn in its session; it ends when this is dropped.
pub(crate) struct Turn {
    // The turn goes on before the request is forgotten.
    _turn: OwnedMutexGuard<()>,
    _inside: Inside,
}

struct Inside {
    busy: Arc<Mutex<HashMap<String, Busy>>>,
    session: String,
}

impl Sessions {
    pub(crate) fn new(most_waiting: usize) -> Self {
        Sessions { most_waiting, busy: Arc::default() }
    }

    /// Waits for the requests of the session that came before; none where too many wait already.
    pub(crate) async fn enter(&self, session: &str) -> Option<Turn> {
        let (turn, inside) = self.queue(session)?;
        Some(Turn { _turn: turn.lock_owned().await, _inside: inside })
    }

    fn queue(&self, session: &str) -> Option<(Arc<tokio::sync::Mutex<()>>, Inside)> {
        let mut sessions = lock(&self.busy);
        let busy =
            sessions.entry(session.to_owned()).or_insert_with(|| Busy { turn: Arc::default(), requests: 0 });
        // One of them is under way.
        if busy.requests > self.most_waiting {
            return None;
        }
        busy.requests += 1;
        let inside = Inside { busy: Arc::clone(&self.busy), session: session.to_owned() };
        Some((Arc::clone(&busy.turn), inside))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        let mut sessions = lock(&self.busy);
        let Some(busy) = sessions.get_mut(&self.session) else { return };
        busy.requests -= 1;
        if busy.requests == 0 {
            sessions.remove(&self.session);
        }
    }
}

fn lock(busy: &Mutex<HashMap<String, Busy>>) -> MutexGuard<'_, HashMap<String, Busy>> {
    busy.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn one_at_a_time_and_not_too_many() {
        let sessions = Sessions::new(2);
        let first = sessions.enter("a").await.unwrap();
        let mut second = Box::pin(sessions.enter("a"));
        let mut third = Box::pin(sessions.enter("a"));
        assert!((&mut second).now_or_never().is_none());
        assert!((&mut third).now_or_never().is_none());
        assert!(sessions.enter("a").await.is_none(), "two wait already");
        assert!(sessions.enter("b").await.is_some(), "another session has nothing to do with it");
        drop(first);
        let second = second.await.unwrap();
        assert!((&mut third).now_or_never().is_none());
        drop(second);
        drop(third.await.unwrap());
        assert!(lock(&sessions.busy).is_empty(), "nothing is kept of a session that is idle");
    }
}
