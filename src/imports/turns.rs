//! Lets a row wait for those before it that have a key in common with it.

use std::collections::HashMap;

use futures::FutureExt;
use futures::channel::oneshot; // tokio's counts against a task's time, and is then not asked
use futures::future::{Shared, join_all};

type Done = Shared<oneshot::Receiver<()>>;

/// The last row of each key. Rows are told in their order.
#[derive(Default)]
pub(super) struct Turns(HashMap<String, Done>);

/// A row's turn: it is over when this is dropped.
pub(super) struct Turn {
    before: Vec<Done>,
    _done: oneshot::Sender<()>,
}

impl Turns {
    /// The next row's turn.
    pub(super) fn next(&mut self, keys: Vec<String>) -> Turn {
        // Rows that are done need not be known any more: what stays is bounded by the rows under way.
        self.0.retain(|_, done| done.clone().now_or_never().is_none());
        let (done, told) = oneshot::channel();
        let told = told.shared();
        let before = keys.into_iter().filter_map(|key| self.0.insert(key, told.clone())).collect();
        Turn { before, _done: done }
    }
}

impl Turn {
    /// Waits until it has come.
    pub(super) async fn come(&mut self) {
        // That the sender is gone is what is waited for.
        join_all(self.before.drain(..)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_row_waits_for_those_before_it_with_its_key() {
        let key = |key: &str| vec![key.to_owned()];
        let mut turns = Turns::default();
        let mut first = turns.next(key("a"));
        let mut other = turns.next(key("b"));
        let mut second = turns.next(vec!["a".to_owned(), "c".to_owned()]);
        let mut third = turns.next(key("a"));
        let mut last = turns.next(key("c"));
        assert!(first.come().now_or_never().is_some() && other.come().now_or_never().is_some());
        let mut waits = Box::pin(second.come());
        assert!(waits.as_mut().now_or_never().is_none());
        assert!(Box::pin(third.come()).as_mut().now_or_never().is_none());
        drop(first);
        assert!(waits.as_mut().now_or_never().is_some());
        drop(waits);
        let mut waits = Box::pin(last.come());
        assert!(waits.as_mut().now_or_never().is_none());
        drop(second);
        assert!(waits.as_mut().now_or_never().is_some());
    }

    #[tokio::test]
    async fn rows_that_are_done_are_forgotten() {
        let mut turns = Turns::default();
        for row in 0..1000 {
            let mut turn = turns.next(vec![row.to_string()]);
            turn.come().await;
        }
        assert!(turns.0.len() <= 1, "{}", turns.0.len());
    }
}
