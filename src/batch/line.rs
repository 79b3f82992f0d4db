//! Who may go next: those on one record one after the other, in the order they came.

use std::collections::{HashMap, VecDeque};

use super::check::Checked;

/// Operations that were taken and are not being carried out.
#[derive(Default)]
pub(super) struct Line {
    ready: VecDeque<Checked>,
    /// By record with an operation that is ready or being carried out: those that wait behind it.
    behind: HashMap<String, VecDeque<Checked>>,
}

impl Line {
    /// One more at the end.
    pub(super) fn push(&mut self, operation: Checked) {
        let Some(record) = operation.record() else { return self.ready.push_back(operation) };
        match self.behind.get_mut(record) {
            Some(waiting) => waiting.push_back(operation),
            None => {
                self.behind.insert(record.to_owned(), VecDeque::new());
                self.ready.push_back(operation);
            }
        }
    }

    /// The next ones, at most so many; none of them is on the record of another.
    pub(super) fn take(&mut self, most: usize) -> Vec<Checked> {
        self.ready.drain(..most.min(self.ready.len())).collect()
    }

    /// The operation on this record is done: the next one on it may go.
    pub(super) fn done(&mut self, record: Option<&str>) {
        let Some(record) = record else { return };
        match self.behind.get_mut(record).and_then(VecDeque::pop_front) {
            Some(next) => self.ready.push_back(next),
            None => {
                self.behind.remove(record);
            }
        }
    }

    /// Whether nobody is ready. Those behind others become so.
    pub(super) fn is_idle(&self) -> bool {
        self.ready.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn push(line: &mut Line, id: &str, record: Option<&str>) {
        line.push(Checked::for_test(id, record));
    }

    fn next(line: &mut Line, most: usize) -> Vec<String> {
        line.take(most).into_iter().map(|operation| operation.id().to_owned()).collect()
    }

    #[test]
    fn those_on_one_record_keep_their_order_and_others_overtake() {
        let mut line = Line::default();
        for (id, record) in [("1", "a"), ("2", "a"), ("3", "b"), ("4", "a"), ("5", "b")] {
            push(&mut line, id, Some(record));
        }
        push(&mut line, "6", None);
        push(&mut line, "7", None);
        assert_eq!(next(&mut line, 3), ["1", "3", "6"]);
        assert_eq!(next(&mut line, 10), ["7"]);
        line.done(None);
        assert!(line.is_idle());
        line.done(Some("a"));
        assert_eq!(next(&mut line, 10), ["2"]);
        line.done(Some("b"));
        line.done(Some("a"));
        assert_eq!(next(&mut line, 10), ["5", "4"]);
        line.done(Some("a"));
        line.done(Some("b"));
        assert!(line.is_idle() && line.behind.is_empty(), "nothing stays behind");
    }
}
