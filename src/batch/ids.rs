//! The ids that came in one call. Their hashes are kept, not they: a call may have many, and they may be long.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::error::Error;

/// The longest id, characters.
const MAX_CHARS: usize = 128;
/// The most operations of one call.
const MAX_OPERATIONS: usize = 1_000_000;

#[derive(Default)]
pub(super) struct Ids {
    // Keyed anew for each call, so that nobody can make two ids meet.
    hasher: RandomState,
    seen: HashSet<u64>,
}

/// What is wrong with an id.
pub(super) enum Unfit {
    /// This operation cannot be done.
    Operation(Error),
    /// The call cannot go on: there is no way to tell the caller which operation is meant.
    Call(Error),
}

impl Ids {
    /// Takes one more.
    pub(super) fn take(&mut self, id: &str) -> Result<(), Unfit> {
        if id.is_empty() {
            let problem = "is required: without one its result cannot be told from others";
            return Err(Unfit::Call(Error::invalid("operations.id", problem)));
        }
        if self.seen.len() >= MAX_OPERATIONS {
            let problem = format!("at most {MAX_OPERATIONS} in one call; make another call");
            return Err(Unfit::Call(Error::invalid("operations", problem)));
        }
        if id.chars().nth(MAX_CHARS).is_some() {
            let problem = format!("has more than {MAX_CHARS} characters");
            return Err(Unfit::Operation(Error::invalid("operations.id", problem)));
        }
        if !self.seen.insert(self.hasher.hash_one(id)) {
            let problem = "came before in this call; each operation needs an id of its own";
            return Err(Unfit::Operation(Error::invalid("operations.id", problem)));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_comes_once_and_is_not_too_long() {
        let mut ids = Ids::default();
        assert!(ids.take("a").is_ok() && ids.take("b").is_ok());
        assert!(matches!(ids.take("a"), Err(Unfit::Operation(_))));
        assert!(ids.take(&"ü".repeat(128)).is_ok());
        assert!(matches!(ids.take(&"ü".repeat(129)), Err(Unfit::Operation(_))));
        assert!(matches!(ids.take(""), Err(Unfit::Call(_))));
    }
}
