//! What to generate, and how many rows of each table that makes.

use chrono::{DateTime, Utc};

use super::Error;

/// Most incidents: their rows are numbered with 32 bits and journal entries take four numbers each.
const MOST: u64 = 100_000_000;
/// The recorded incident and its neighbors below the first number given out.
pub(super) const DEMO_INCIDENTS: u64 = 60;
/// The latest moment of a plan that names none, before the seed moves it: 2026-01-05 16:00:00 UTC.
const ANCHOR: i64 = 1_767_628_800;

/// The same plan makes the same instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Any number.
    pub seed: u64,
    /// Incidents, demo rows included: the recorded INC0000060 is the first, then INC0000001 and so on.
    pub records: u64,
    /// The moment the data ends at: nothing in it is later. None takes a moment of the first half of 2026 that
    /// depends on the seed.
    pub now: Option<DateTime<Utc>>,
}

impl Plan {
    pub(super) fn check(&self) -> Result<(), Error> {
        if self.records > MOST {
            return Err(Error::TooMany { asked: self.records, most: MOST });
        }
        Ok(())
    }

    /// The plan in words, by which a kept file is recognized.
    pub(super) fn describe(&self) -> String {
        let now =
            self.now.map(|now| format!(" and now {}", now.format("%Y-%m-%d %H:%M:%S"))).unwrap_or_default();
        format!("seed {} and {} records{now}", self.seed, self.records)
    }

    /// Seconds since the epoch.
    pub(super) fn latest(&self) -> i64 {
        let day = i64::try_from(self.seed % 170).expect("it is below 170");
        self.now.map_or(ANCHOR + day * 86_400, |now| now.timestamp())
    }
}

/// Rows per table besides the demo rows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counts {
    pub(super) demo_incidents: u64,
    pub(super) incidents: u64,
    pub(super) users: u64,
    /// The first so many users work in IT.
    pub(super) agents: u64,
    pub(super) groups: u64,
    pub(super) cis: u64,
    pub(super) relations: u64,
    pub(super) problems: u64,
    pub(super) changes: u64,
    pub(super) requests: u64,
    pub(super) interactions: u64,
    pub(super) articles: u64,
    pub(super) log_entries: u64,
}

impl Counts {
    pub(super) fn of(records: u64) -> Self {
        let users = (200 + records / 40).min(25_000);
        let cis = (240 + records / 20).min(60_000);
        Counts {
            // The recorded incident is a demo row of its own.
            demo_incidents: records.min(DEMO_INCIDENTS).saturating_sub(1),
            incidents: records.saturating_sub(DEMO_INCIDENTS),
            users,
            agents: users / 4,
            groups: (10 + records / 4_000 * 5).min(400),
            cis,
            relations: cis * 6 / 5,
            problems: records / 50,
            changes: 12 + records / 20,
            requests: 12 + records / 20,
            interactions: 8 + records / 50,
            articles: 40 + records / 2_000,
            log_entries: 700 + records / 100,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_has_people_at_any_size() {
        for records in [0, 1, 60, 61, 5_000, 1_000_000, MOST] {
            let counts = Counts::of(records);
            assert!(counts.agents >= counts.groups + 5, "{records}");
            assert_eq!(counts.demo_incidents + counts.incidents + u64::from(records > 0), records);
        }
    }

    #[test]
    fn plans_are_told_apart() {
        let plan = |seed, records| Plan { seed, records, now: None };
        assert_ne!(plan(1, 2).describe(), plan(2, 1).describe());
        assert!(plan(1, MOST + 1).check().is_err());
    }
}
