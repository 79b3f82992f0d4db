//! A run of numbered work: the demo rows with low numbers, the same in every instance, or the generated rows.

use super::dice::Stream;

/// The first number that is given out; demo rows sit below it.
const FIRST: u64 = 10_001;
/// The seed of demo rows, which do not depend on the plan.
const DEMO_SEED: u64 = 0;
/// Demo work lies between these moments: 2015-08-01 and 2017-03-01.
const DEMO_FROM: i64 = 1_438_387_200;
const DEMO_TO: i64 = 1_488_326_400;
/// Generated work covers three years.
const SPAN: i64 = 3 * 365 * 86_400;

#[derive(Debug)]
pub(super) struct Series {
    pub(super) stream: Stream,
    pub(super) demo: bool,
    pub(super) count: u64,
    pub(super) from: i64,
    pub(super) to: i64,
    prefix: &'static str,
    first: u64,
}

impl Series {
    pub(super) fn demo(table: &str, prefix: &'static str, count: u64) -> Self {
        Series {
            stream: Stream::new(DEMO_SEED, &format!("demo {table}")),
            demo: true,
            count,
            from: DEMO_FROM,
            to: DEMO_TO,
            prefix,
            first: 1,
        }
    }

    pub(super) fn generated(table: &str, prefix: &'static str, count: u64, seed: u64, now: i64) -> Self {
        Series {
            stream: Stream::new(seed, table),
            demo: false,
            count,
            from: now - SPAN,
            to: now,
            prefix,
            first: FIRST,
        }
    }

    /// `INC0010001`
    pub(super) fn number(&self, index: u64) -> String {
        format!("{}{:07}", self.prefix, self.first + index)
    }

    /// The row of this series that lies about as far along as row `index` of `other`; none where it is empty.
    pub(super) fn beside(&self, index: u64, other: &Series) -> Option<u64> {
        let at = u128::from(index) * u128::from(self.count) / u128::from(other.count.max(1));
        u64::try_from(at).ok().filter(|at| *at < self.count)
    }
}
