//! How many calls may be with an instance at once, those that wait for their turn included: one more is told so at
//! once instead of waiting behind all of them.
//!
//! Whose turn it is, and how many have theirs at a time, is the ServiceNow client's affair: its budget follows how the
//! instance does.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Peer};

/// The places for calls.
pub(super) struct Places {
    taken: AtomicUsize,
    most: usize,
}

/// A call's place, free again when this is dropped: also when the call is cancelled.
pub(super) struct Place<'a>(&'a AtomicUsize);

impl Places {
    /// Places for so many calls.
    pub(super) fn new(most: usize) -> Self {
        Places { taken: AtomicUsize::new(0), most }
    }

    /// Takes a place. Fails with [`Peer::Busy`] where none is free.
    pub(super) fn take(&self, instance: &str) -> Result<Place<'_>, Error> {
        let one_more = |taken: usize| (taken < self.most).then_some(taken + 1);
        match self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more) {
            Ok(_) => Ok(Place(&self.taken)),
            Err(_) => Err(Error::Instance { instance: instance.to_owned(), peer: Peer::Busy, source: None }),
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_too_many_is_refused_until_one_goes() {
        let places = Places::new(2);
        let (first, _second) = (places.take("x").unwrap(), places.take("x").unwrap());
        let refused = places.take("x").err().unwrap();
        assert!(matches!(refused, Error::Instance { peer: Peer::Busy, .. }));
        drop(first);
        places.take("x").unwrap();
    }
}
