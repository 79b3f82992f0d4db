//! Bounded concurrency with a fair queue: first come, first served, and a full queue says so at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::error::{Error, Peer};

/// How many calls an instance gets at once, and how many may wait.
pub struct Slots {
    running: Semaphore, // fair: permits go to waiters in the order they came
    waiting: AtomicUsize,
    max_waiting: usize,
}

/// Counts a waiter for as long as it waits, also when its call is cancelled.
struct Waiting<'a>(&'a AtomicUsize);

impl Slots {
    /// `max_running` calls at once, at most `max_waiting` in the queue.
    pub fn new(max_running: usize, max_waiting: usize) -> Self {
        Slots { running: Semaphore::new(max_running), waiting: AtomicUsize::new(0), max_waiting }
    }

    /// Waits for a slot. Fails with [`Peer::Busy`] at once where the queue is full.
    pub async fn take(&self, instance: &str) -> Result<SemaphorePermit<'_>, Error> {
        if let Ok(permit) = self.running.try_acquire() {
            return Ok(permit);
        }
        let _waiting = self.enqueue().ok_or_else(|| Error::Instance {
            instance: instance.to_owned(),
            peer: Peer::Busy,
            source: None,
        })?;
        Ok(self.running.acquire().await.expect("the semaphore is never closed"))
    }

    fn enqueue(&self) -> Option<Waiting<'_>> {
        self.waiting
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |waiting| {
                (waiting < self.max_waiting).then_some(waiting + 1)
            })
            .ok()?;
        Some(Waiting(&self.waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_full_queue_refuses_and_a_cancelled_waiter_leaves_it() {
        let slots = Slots::new(1, 1);
        let held = slots.take("x").await.unwrap();
        let mut waiter = Box::pin(slots.take("x"));
        assert!(waiter.as_mut().now_or_never().is_none(), "the second call must wait");
        let refused = slots.take("x").await.err().unwrap();
        assert!(matches!(refused, Error::Instance { peer: Peer::Busy, .. }));

        drop(waiter);
        let mut waiter = Box::pin(slots.take("x"));
        assert!(waiter.as_mut().now_or_never().is_none(), "a cancelled waiter made room");
        drop(held);
        assert!(waiter.await.is_ok());
    }

    #[tokio::test]
    async fn slots_go_to_waiters_in_the_order_they_came() {
        let slots = Arc::new(Slots::new(1, 8));
        let order = Arc::new(std::sync::Mutex::new(Vec::new()));
        let held = slots.take("x").await.unwrap();
        let mut tasks = Vec::new();
        for place in 0..4 {
            let (slots, order) = (slots.clone(), order.clone());
            tasks.push(tokio::spawn(async move {
                let _slot = slots.take("x").await.unwrap();
                order.lock().unwrap().push(place);
            }));
            tokio::task::yield_now().await; // one thread: each task queues before the next is made
        }
        drop(held);
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3]);
    }
}
