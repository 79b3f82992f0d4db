//! Who is next.

use std::collections::VecDeque;

use super::Class;

/// How many interactive requests go before a bulk one that waits.
const STREAK: u32 = 4;

/// Those who wait, by class, and those under way.
#[derive(Debug)]
pub(super) struct Queue<W> {
    interactive: VecDeque<W>,
    bulk: VecDeque<W>,
    pub(super) running_interactive: usize,
    pub(super) running_bulk: usize,
    /// Interactive requests let through since the last bulk one, while bulk ones waited.
    streak: u32,
}

impl<W> Queue<W> {
    pub(super) fn new() -> Queue<W> {
        Queue {
            interactive: VecDeque::new(),
            bulk: VecDeque::new(),
            running_interactive: 0,
            running_bulk: 0,
            streak: 0,
        }
    }

    pub(super) fn push(&mut self, class: Class, waiter: W) {
        match class {
            Class::Interactive => self.interactive.push_back(waiter),
            Class::Bulk => self.bulk.push_back(waiter),
        }
    }

    pub(super) fn waiting(&self, class: Class) -> usize {
        match class {
            Class::Interactive => self.interactive.len(),
            Class::Bulk => self.bulk.len(),
        }
    }

    pub(super) fn running(&self) -> usize {
        self.running_interactive + self.running_bulk
    }

    /// Lets the next one through, if there is a place; it counts as under way.
    pub(super) fn pop(&mut self, places: usize) -> Option<(Class, W)> {
        if self.running() >= places {
            return None;
        }
        // One place is kept free of bulk requests, unless there is but one.
        let bulk_fits = self.running_bulk < places.saturating_sub(1).max(1);
        let bulk_turn = self.interactive.is_empty() || self.streak >= STREAK;
        if bulk_fits
            && bulk_turn
            && let Some(waiter) = self.bulk.pop_front()
        {
            self.streak = 0;
            self.running_bulk += 1;
            return Some((Class::Bulk, waiter));
        }
        let waiter = self.interactive.pop_front()?;
        self.streak = if self.bulk.is_empty() { 0 } else { self.streak + 1 };
        self.running_interactive += 1;
        Some((Class::Interactive, waiter))
    }

    /// Drops those who no longer wait.
    pub(super) fn retain(&mut self, waits: impl Fn(&W) -> bool) {
        self.interactive.retain(&waits);
        self.bulk.retain(&waits);
    }

    /// One is done.
    pub(super) fn done(&mut self, class: Class) {
        let running = match class {
            Class::Interactive => &mut self.running_interactive,
            Class::Bulk => &mut self.running_bulk,
        };
        *running = running.saturating_sub(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(interactive: usize, bulk: usize) -> Queue<usize> {
        let mut queue = Queue::new();
        (0..interactive).for_each(|waiter| queue.push(Class::Interactive, waiter));
        (0..bulk).for_each(|waiter| queue.push(Class::Bulk, waiter));
        queue
    }

    /// Who goes first while each is done before the next begins.
    fn order(queue: &mut Queue<usize>, places: usize) -> String {
        let mut order = String::new();
        while let Some((class, _)) = queue.pop(places) {
            order.push(if class == Class::Bulk { 'b' } else { 'i' });
            queue.done(class);
        }
        order
    }

    #[test]
    fn interactive_requests_go_first_and_bulk_ones_are_not_forgotten() {
        assert_eq!(order(&mut queue(10, 3), 1), "iiiibiiiibiib");
        assert_eq!(order(&mut queue(10, 3), 4), "iiiibiiiibiib");
        assert_eq!(order(&mut queue(2, 2), 1), "iibb");
    }

    #[test]
    fn bulk_requests_leave_a_place() {
        for (places, bulk) in [(1, 1), (2, 1), (4, 3)] {
            let mut queue = queue(0, 8);
            while queue.pop(places).is_some() {}
            assert_eq!(queue.running_bulk, bulk, "{places}");
            queue.push(Class::Interactive, 0);
            assert_eq!(queue.pop(places).is_some(), places > 1, "{places}");
        }
    }
}
