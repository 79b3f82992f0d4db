//! Turns: waiting for one, having one, giving it back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::adapt::{Limit, Sign};
use super::queue::Queue;
use super::{Class, ClassSnapshot, RatePolicy, RateSnapshot};
use crate::{Error, Refusal};

/// The longest that nothing is sent at all, whatever the instance asks.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

pub(crate) struct Limiter {
    policy: RatePolicy,
    /// Who would wait longer for the end of a pause fails at once.
    patience: Duration,
    state: Mutex<State>,
    /// Until when nothing is sent.
    paused: watch::Sender<Instant>,
}

struct State {
    limit: Limit,
    queue: Queue<oneshot::Sender<Permit>>,
    interactive: ClassSnapshot,
    bulk: ClassSnapshot,
    throttled: u64,
    slow: u64,
}

/// A turn. Dropping it gives it back without a word on how the instance did.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    class: Class,
    began: Instant,
}

impl Limiter {
    pub(crate) fn new(policy: RatePolicy, patience: Duration) -> Arc<Limiter> {
        let state = State {
            limit: Limit::new(policy.max_concurrent),
            queue: Queue::new(),
            interactive: ClassSnapshot::default(),
            bulk: ClassSnapshot::default(),
            throttled: 0,
            slow: 0,
        };
        let (paused, _) = watch::channel(Instant::now());
        Arc::new(Limiter { policy, patience, state: Mutex::new(state), paused })
    }

    /// Waits for a turn.
    pub(crate) async fn acquire(self: &Arc<Limiter>, class: Class) -> Result<Permit, Error> {
        let asked = Instant::now();
        let (sender, mut receiver) = oneshot::channel();
        let mut paused = self.paused.subscribe();
        self.lock().queue.push(class, sender);
        self.let_through();
        let deadline = asked + self.policy.max_wait;
        loop {
            let until = *paused.borrow_and_update();
            let pause = until.saturating_duration_since(Instant::now());
            if pause > self.patience {
                return Err(told_to_wait(pause));
            }
            tokio::select! {
                biased;
                permit = &mut receiver => {
                    self.lock().class(class).waited += asked.elapsed();
                    return permit.map_err(|_| Error::Busy { waited: asked.elapsed() });
                }
                // Others may have waited longer: it is the queue that says whose turn it is.
                () = sleep_until(until), if !pause.is_zero() => self.let_through(),
                _ = paused.changed() => {}
                () = sleep_until(deadline) => return Err(Error::Busy { waited: asked.elapsed() }),
            }
        }
    }

    /// How things stand.
    pub(crate) fn snapshot(&self) -> RateSnapshot {
        let pause = self.paused.borrow().saturating_duration_since(Instant::now());
        let mut state = self.lock();
        state.queue.retain(|waiter| !waiter.is_closed());
        let standing = |told: &ClassSnapshot, class, running| ClassSnapshot {
            running,
            waiting: state.queue.waiting(class),
            ..told.clone()
        };
        RateSnapshot {
            limit: state.limit.current(),
            interactive: standing(&state.interactive, Class::Interactive, state.queue.running_interactive),
            bulk: standing(&state.bulk, Class::Bulk, state.queue.running_bulk),
            throttled: state.throttled,
            slow: state.slow,
            paused: Some(pause).filter(|pause| !pause.is_zero()),
        }
    }

    /// Gives turns to those who are next. The turns are handed over outside the lock: one that nobody takes any
    /// more comes back by being dropped.
    fn let_through(self: &Arc<Limiter>) {
        let now = Instant::now();
        if *self.paused.borrow() > now {
            return;
        }
        let mut turns = Vec::new();
        {
            let mut state = self.lock();
            let places = state.limit.places();
            while let Some((class, waiter)) = state.queue.pop(places) {
                if waiter.is_closed() {
                    state.queue.done(class);
                    continue;
                }
                state.class(class).started += 1;
                turns.push((waiter, Permit { limiter: self.clone(), class, began: now }));
            }
        }
        for (waiter, permit) in turns {
            // The permit of one who left is dropped here, and its turn goes on.
            let _ = waiter.send(permit);
        }
    }

    fn pause(&self, asked: Duration) {
        let until = Instant::now() + asked.min(LONGEST_PAUSE);
        self.paused.send_if_modified(|paused| {
            let later = until > *paused;
            if later {
                *paused = until;
            }
            later
        });
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn class(&mut self, class: Class) -> &mut ClassSnapshot {
        match class {
            Class::Interactive => &mut self.interactive,
            Class::Bulk => &mut self.bulk,
        }
    }
}

impl Permit {
    /// Says how the instance did: `error` is what came in place of an answer. The turn goes on.
    pub(crate) fn finish(self, error: Option<&Error>) {
        let now = Instant::now();
        let late = now.saturating_duration_since(self.began) > self.limiter.policy.slow;
        let sign = sign(error, late);
        if let Some(asked) = error.and_then(Error::retry_after).filter(|asked| !asked.is_zero()) {
            self.limiter.pause(asked);
        }
        let mut state = self.limiter.lock();
        let full = state.queue.running() >= state.limit.places();
        state.limit.learn(sign, self.began, full, now);
        state.throttled += u64::from(sign == Sign::Overload);
        state.slow += u64::from(sign == Sign::Slow);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.limiter.lock().queue.done(self.class);
        self.limiter.let_through();
    }
}

fn sign(error: Option<&Error>, late: bool) -> Sign {
    match error {
        Some(Error::RateLimited { .. } | Error::Unavailable { .. } | Error::Timeout) => Sign::Overload,
        Some(Error::TransactionTimeout(_)) => Sign::Slow,
        None if late => Sign::Slow,
        None => Sign::Good,
        Some(_) => Sign::None,
    }
}

fn told_to_wait(pause: Duration) -> Error {
    let message = "the instance asked for a pause, which is not over".to_owned();
    let refusal = Refusal { status: 429, message, detail: None };
    Error::RateLimited { retry_after: Some(pause), refusal }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn limiter(max_concurrent: usize) -> Arc<Limiter> {
        let policy = RatePolicy { max_concurrent, ..RatePolicy::default() };
        Limiter::new(policy, Duration::from_secs(60))
    }

    fn limited(seconds: u64) -> Error {
        Error::RateLimited { retry_after: Some(Duration::from_secs(seconds)), refusal: Refusal::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn turns_are_given_back_and_go_on() {
        let limiter = limiter(2);
        let first = limiter.acquire(Class::Interactive).await.unwrap();
        let second = limiter.acquire(Class::Interactive).await.unwrap();
        let mut third = Box::pin(limiter.acquire(Class::Interactive));
        assert!((&mut third).now_or_never().is_none());
        // One who leaves the queue does not take a turn with him.
        let mut leaver = Box::pin(limiter.acquire(Class::Interactive));
        assert!((&mut leaver).now_or_never().is_none());
        drop(leaver);
        assert_eq!(limiter.snapshot().interactive.waiting, 1);
        first.finish(None);
        let third = third.await.unwrap();
        drop((second, third));
        let snapshot = limiter.snapshot();
        assert_eq!((snapshot.interactive.running, snapshot.interactive.started), (0, 3));
    }

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_was_given_but_never_taken_goes_on() {
        let limiter = limiter(1);
        let first = limiter.acquire(Class::Interactive).await.unwrap();
        let mut waiting = Box::pin(limiter.acquire(Class::Bulk));
        assert!((&mut waiting).now_or_never().is_none());
        first.finish(None);
        drop(waiting);
        limiter.acquire(Class::Bulk).await.unwrap();
        assert_eq!(limiter.snapshot().bulk.running, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_is_everybodys() {
        let limiter = limiter(4);
        let start = Instant::now();
        limiter.acquire(Class::Bulk).await.unwrap().finish(Some(&limited(30)));
        assert_eq!(limiter.snapshot().paused, Some(Duration::from_secs(30)));
        limiter.acquire(Class::Interactive).await.unwrap().finish(None);
        assert_eq!(start.elapsed().as_secs(), 30);
        assert_eq!((limiter.snapshot().limit, limiter.snapshot().throttled), (2.0, 1));
        assert_eq!(limiter.snapshot().interactive.waited.as_secs(), 30);

        // A longer one than anybody waits for is told at once.
        limiter.acquire(Class::Bulk).await.unwrap().finish(Some(&limited(u64::MAX)));
        let Err(error) = limiter.acquire(Class::Interactive).await else { panic!("it is paused") };
        assert_eq!(error.retry_after(), Some(LONGEST_PAUSE));
        assert_eq!(limiter.snapshot().interactive.waiting, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_reaches_those_who_wait_already() {
        let limiter = limiter(1);
        let first = limiter.acquire(Class::Interactive).await.unwrap();
        let start = Instant::now();
        let waiting = limiter.acquire(Class::Interactive);
        let told = async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            first.finish(Some(&limited(5)));
        };
        let (second, ()) = tokio::join!(waiting, told);
        second.unwrap();
        assert_eq!(start.elapsed().as_secs(), 6);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let limiter = limiter(1);
        let _held = limiter.acquire(Class::Interactive).await.unwrap();
        let Err(error) = limiter.acquire(Class::Bulk).await else { panic!("there is no place") };
        assert_eq!(error, Error::Busy { waited: Duration::from_secs(300) });
    }
}
