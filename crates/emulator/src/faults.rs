//! Misbehavior on demand: what an instance, its proxies and the network do to a client on a bad day.
//!
//! A rule says which requests, how many of them, and what befalls them. Rules are asked in the order they were
//! added; the first that fires decides. Chance is drawn from the rule's seed, so a run can be repeated.

mod mode;
mod rule;

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

pub use mode::Mode;
pub use rule::{Fault, Place, Refused, Rule};

/// More is a mistake.
const MOST: usize = 1_000;

/// The rules of an instance.
#[derive(Debug, Default)]
pub struct Faults {
    /// Whether there is any, so that an instance without rules pays nothing for them.
    armed: AtomicBool,
    rules: Mutex<Rules>,
    mode: AtomicU8,
}

#[derive(Debug, Default)]
struct Rules {
    last: u64,
    rules: Vec<Armed>,
}

#[derive(Debug)]
struct Armed {
    id: u64,
    rule: Rule,
    seen: u64,
    fired: u64,
    chance: ChaCha8Rng,
}

/// A rule and what it has done.
#[derive(Clone, Debug, Serialize)]
pub struct RuleState {
    /// For its removal.
    pub id: u64,
    /// What was asked for.
    pub rule: Rule,
    /// Requests it applied to.
    pub seen: u64,
    /// Requests it befell.
    pub fired: u64,
}

/// A request, as far as rules look at it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) place: Place,
    pub(crate) method: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) table: Option<&'a str>,
}

impl Faults {
    /// Adds a rule; the result names it.
    pub fn add(&self, rule: Rule) -> Result<u64, Refused> {
        rule.check()?;
        let mut rules = self.lock();
        if rules.rules.len() >= MOST {
            return Err(Refused("there are too many rules".to_owned()));
        }
        rules.last += 1;
        let id = rules.last;
        let chance = ChaCha8Rng::seed_from_u64(rule.seed);
        rules.rules.push(Armed { id, rule, seen: 0, fired: 0, chance });
        self.armed.store(true, Ordering::Release);
        Ok(id)
    }

    /// Removes a rule; whether there was one.
    pub fn remove(&self, id: u64) -> bool {
        let mut rules = self.lock();
        let before = rules.rules.len();
        rules.rules.retain(|armed| armed.id != id);
        self.armed.store(!rules.rules.is_empty(), Ordering::Release);
        rules.rules.len() < before
    }

    /// Removes every rule.
    pub fn clear(&self) {
        let mut rules = self.lock();
        rules.rules.clear();
        self.armed.store(false, Ordering::Release);
    }

    /// The rules and what they have done.
    pub fn read(&self) -> Vec<RuleState> {
        let state = |armed: &Armed| RuleState {
            id: armed.id,
            rule: armed.rule.clone(),
            seen: armed.seen,
            fired: armed.fired,
        };
        self.lock().rules.iter().map(state).collect()
    }

    /// Puts the whole instance to sleep, under maintenance, or back to work. Rules say nothing meanwhile.
    pub fn set_mode(&self, mode: Mode) {
        self.mode.store(mode as u8, Ordering::Release);
    }

    /// What the instance is doing.
    pub fn mode(&self) -> Mode {
        Mode::of(self.mode.load(Ordering::Acquire))
    }

    /// Whether there are rules.
    pub(crate) fn armed(&self) -> bool {
        self.armed.load(Ordering::Acquire)
    }

    /// What befalls a request, if anything.
    pub(crate) fn befalls(&self, asked: &Asked<'_>) -> Option<Fault> {
        self.lock().rules.iter_mut().find_map(|armed| armed.befalls(asked))
    }

    fn lock(&self) -> MutexGuard<'_, Rules> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Armed {
    fn befalls(&mut self, asked: &Asked<'_>) -> Option<Fault> {
        if !self.rule.applies(asked) || self.rule.times.is_some_and(|times| self.fired >= times) {
            return None;
        }
        self.seen += 1;
        if self.seen <= self.rule.skip {
            return None;
        }
        // One draw a request, so that the others do not depend on what becomes of this one.
        let drawn = f64::from(self.chance.next_u32()) / (f64::from(u32::MAX) + 1.0);
        if self.rule.share.is_some_and(|share| drawn >= share) {
            return None;
        }
        self.fired += 1;
        Some(self.rule.fault.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(kind: &'static str) -> Asked<'static> {
        Asked { place: Place::Outer, method: "GET", kind, table: Some("incident") }
    }

    fn fired(faults: &Faults, requests: usize) -> Vec<usize> {
        (0..requests).filter(|_| faults.befalls(&asked("table.list")).is_some()).collect()
    }

    #[test]
    fn the_next_few_requests() {
        let faults = Faults::default();
        assert!(!faults.armed());
        let rule = Rule { skip: 1, times: Some(2), ..Rule::new(Fault::Unauthorized) };
        let id = faults.add(rule).unwrap();
        assert!(faults.armed());
        assert_eq!(fired(&faults, 5), [1, 2]);
        assert_eq!((faults.read()[0].seen, faults.read()[0].fired), (3, 2));
        assert!(faults.remove(id) && !faults.remove(id) && !faults.armed());
    }

    #[test]
    fn a_share_is_the_same_for_the_same_seed() {
        let of_seed = |seed| {
            let faults = Faults::default();
            faults.add(Rule { share: Some(0.1), seed, ..Rule::new(Fault::Accepted) }).unwrap();
            fired(&faults, 1_000)
        };
        let (first, again, other) = (of_seed(1), of_seed(1), of_seed(2));
        assert_eq!(first, again);
        assert_ne!(first, other);
        assert!((60..140).contains(&first.len()), "{}", first.len());
    }

    #[test]
    fn the_first_rule_that_fires_decides() {
        let faults = Faults::default();
        faults.add(Rule { kind: Some("stats".into()), ..Rule::new(Fault::Accepted) }).unwrap();
        faults.add(Rule { times: Some(1), ..Rule::new(Fault::Unauthorized) }).unwrap();
        faults.add(Rule::new(Fault::Maintenance)).unwrap();
        let befallen = || faults.befalls(&asked("table.list"));
        assert_eq!((befallen(), befallen()), (Some(Fault::Unauthorized), Some(Fault::Maintenance)));
        faults.clear();
        assert_eq!(befallen(), None);
    }
}
