//! Chance that repeats: every row has dice of its own, thrown from the seed, the table and the row's number.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest, Sha256};

/// The chance of one table.
#[derive(Debug, Clone)]
pub(super) struct Stream {
    key: [u8; 32],
}

impl Stream {
    pub(super) fn new(seed: u64, table: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(seed.to_le_bytes());
        hash.update(table.as_bytes());
        Stream { key: hash.finalize().into() }
    }

    /// The dice of row `index`.
    pub(super) fn dice(&self, index: u64) -> Dice {
        let mut generator = ChaCha8Rng::from_seed(self.key);
        generator.set_stream(index);
        Dice(generator)
    }

    /// The sys_id of row `index`. Rows of one table never share one: the upper half is a permutation of the index.
    pub(super) fn id(&self, index: u64) -> u128 {
        let upper = mix(self.word(0) ^ index);
        let lower = mix(self.word(8).wrapping_add(index));
        u128::from(upper) << 64 | u128::from(lower)
    }

    /// A number that depends on the row only, where dice would be too much.
    pub(super) fn hash(&self, index: u64) -> u64 {
        mix(self.word(16) ^ index)
    }

    fn word(&self, at: usize) -> u64 {
        let bytes = self.key[at..at + 8].try_into().expect("eight bytes were taken");
        u64::from_le_bytes(bytes)
    }
}

/// The finalizer of SplitMix64: a permutation that leaves no pattern.
fn mix(mut value: u64) -> u64 {
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// One row's chance. Only whole numbers and simple arithmetic, which give the same on every machine.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    /// 0 to `end` - 1; 0 if there is nothing to choose from.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        let wide = u128::from(self.0.next_u64()) * u128::from(end);
        u64::try_from(wide >> 64).expect("the upper half fits")
    }

    /// As [`Dice::below`], for what is stored or counted in time.
    pub(super) fn up_to(&mut self, end: i64) -> i64 {
        let end = u64::try_from(end).unwrap_or(0);
        i64::try_from(self.below(end)).expect("it is below an i64")
    }

    /// True in `percent` of a hundred throws.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of a list that is not empty.
    pub(super) fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len() as u64);
        &list[usize::try_from(at).expect("an index of a slice")]
    }

    /// One of (weight, value).
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(u64, T)]) -> T {
        let total = list.iter().map(|(weight, _)| weight).sum();
        let mut left = self.below(total);
        for (weight, value) in list {
            if left < *weight {
                return *value;
            }
            left -= weight;
        }
        list[list.len() - 1].1
    }

    /// A time around `median` with the long tail that work has.
    pub(super) fn spread(&mut self, median: i64) -> i64 {
        // (thousandths of all, thousandths of the median), straight lines between.
        const CURVE: [(i64, i64); 8] = [
            (0, 30),
            (100, 150),
            (250, 400),
            (500, 1_000),
            (750, 2_200),
            (900, 4_500),
            (990, 12_000),
            (1_000, 25_000),
        ];
        let at = self.up_to(1_000);
        let next = CURVE.iter().position(|(share, _)| *share > at).unwrap_or(CURVE.len() - 1).max(1);
        let ((x0, y0), (x1, y1)) = (CURVE[next - 1], CURVE[next]);
        median * (y0 + (y1 - y0) * (at - x0) / (x1 - x0)) / 1_000 + self.up_to(median / 100 + 60)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_same_row_throws_the_same() {
        let stream = Stream::new(7, "incident");
        let throw = |stream: &Stream, index| -> Vec<u64> {
            let mut dice = stream.dice(index);
            (0..20).map(|_| dice.below(1_000)).collect()
        };
        assert_eq!(throw(&stream, 3), throw(&stream, 3));
        assert_ne!(throw(&stream, 3), throw(&stream, 4));
        assert_ne!(throw(&stream, 3), throw(&Stream::new(8, "incident"), 3));
    }

    #[test]
    fn ids_are_distinct() {
        let stream = Stream::new(1, "task");
        let ids: HashSet<u128> = (0..10_000).map(|index| stream.id(index)).collect();
        assert_eq!(ids.len(), 10_000);
    }

    #[test]
    fn weights_and_spread_are_kept() {
        let stream = Stream::new(1, "weights");
        let throws: Vec<bool> =
            (0..10_000).map(|index| stream.dice(index).weighted(&[(1, true), (3, false)])).collect();
        let share = throws.iter().filter(|hit| **hit).count();
        assert!((2_300..2_700).contains(&share), "{share}");
        let mut times: Vec<i64> = (0..10_001).map(|index| stream.dice(index).spread(3_600)).collect();
        times.sort_unstable();
        assert!((3_400..3_900).contains(&times[5_000]), "{}", times[5_000]);
        assert!(times[0] > 0 && times[10_000] > 36_000);
    }
}
