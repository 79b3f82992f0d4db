//! The rows of one user: how many today, and how many of them are still to be written down.

/// Rows by day. Only the present day's are known as a whole.
#[derive(Debug, Default)]
pub(super) struct Rows {
    day: i64,
    /// Whether what was read before, or by other gateways, is in `total`.
    known: bool,
    total: u64,
    /// Not written down yet: the day, and how many.
    owed: Vec<(i64, u64)>,
    /// On their way to the store.
    under_way: u64,
}

impl Rows {
    /// Whether the store must be asked for this day's.
    pub(super) fn needs(&mut self, today: i64) -> bool {
        self.turn(today);
        !self.known
    }

    /// What the store knows of the day.
    pub(super) fn learn(&mut self, day: i64, before: u64) {
        self.turn(day);
        if !self.known {
            self.known = true;
            self.total = self.total.saturating_add(before);
        }
    }

    /// How many today.
    pub(super) fn total(&mut self, today: i64) -> u64 {
        self.turn(today);
        self.total
    }

    /// So many more.
    pub(super) fn count(&mut self, today: i64, rows: u64) {
        self.turn(today);
        self.total = self.total.saturating_add(rows);
        self.owe(today, rows);
    }

    /// What is to be written down.
    pub(super) fn take(&mut self) -> Vec<(i64, u64)> {
        let day = self.day;
        let owed = std::mem::take(&mut self.owed);
        self.under_way = owed.iter().filter(|(of, _)| *of == day).map(|(_, rows)| rows).sum();
        owed
    }

    /// It is written down; the store knows of so many, those of other gateways included.
    pub(super) fn written(&mut self, day: i64, total: u64) {
        if day == self.day {
            let since: u64 = self.owed.iter().filter(|(of, _)| *of == day).map(|(_, rows)| rows).sum();
            self.total = total.saturating_add(since);
            self.known = true;
            self.under_way = 0;
        }
    }

    /// It could not be written down.
    pub(super) fn put_back(&mut self, day: i64, rows: u64) {
        self.under_way = 0;
        self.owe(day, rows);
    }

    /// Nothing is to be written down.
    pub(super) fn is_written(&self) -> bool {
        self.owed.is_empty() && self.under_way == 0
    }

    fn owe(&mut self, day: i64, rows: u64) {
        match self.owed.iter_mut().find(|(of, _)| *of == day) {
            Some((_, owed)) => *owed = owed.saturating_add(rows),
            None if rows > 0 => self.owed.push((day, rows)),
            None => {}
        }
    }

    /// A new day begins at nothing. A clock that goes back a little stays in the day.
    fn turn(&mut self, today: i64) {
        if today > self.day {
            (self.day, self.total, self.known, self.under_way) = (today, 0, false, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_each_by_itself() {
        let mut rows = Rows::default();
        assert!(rows.needs(5));
        rows.count(5, 10);
        rows.learn(5, 100);
        rows.learn(5, 100);
        assert_eq!((rows.total(5), rows.needs(5)), (110, false));

        assert_eq!(rows.take(), [(5, 10)]);
        rows.count(5, 1);
        assert!(!rows.is_written());
        rows.written(5, 250);
        assert_eq!(rows.total(5), 251, "another gateway counted 140");

        assert_eq!(rows.total(6), 0);
        assert!(rows.needs(6));
        rows.count(6, 2);
        let mut owed = rows.take();
        assert_eq!(owed, [(5, 1), (6, 2)], "yesterday's are not lost");
        for (day, owed) in owed.drain(..) {
            rows.put_back(day, owed);
        }
        assert_eq!(rows.take(), [(5, 1), (6, 2)], "nor what could not be written");
        rows.written(6, 2);
        assert!(rows.is_written() && rows.total(6) == 2);
    }
}
