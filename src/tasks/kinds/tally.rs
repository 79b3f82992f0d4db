//! Counts what became of rows, and lists some of those that could not be dealt with.

use crate::error::Error;
use crate::pb::{TaskFailure, TaskResult};
use crate::tasks::{Failure, message};

/// Failures that are listed.
const LISTED: usize = 100;

/// What came of a task so far.
pub(super) struct Tally {
    /// As callers see it.
    pub(super) result: TaskResult,
    /// So many failures end the task; 0: any number does not.
    most: i64,
    last: Option<Error>,
}

impl Tally {
    pub(super) fn new(result: TaskResult, most: i64) -> Self {
        Tally { result, most, last: None }
    }

    pub(super) fn done(&self) -> i64 {
        self.result.succeeded + self.result.failed
    }

    pub(super) fn fail(&mut self, subject: &str, error: Error) {
        self.result.failed += 1;
        if self.result.failures.len() < LISTED {
            let told = TaskFailure { subject: subject.to_owned(), error: Some(message::error(&error)) };
            self.result.failures.push(told);
        }
        self.last = Some(error);
    }

    /// Fails, with the failure that was one too many, where there are too many.
    pub(super) fn check(&mut self) -> Result<(), Failure> {
        match self.last.take() {
            Some(error) if self.most > 0 && self.result.failed >= self.most => Err(error.into()),
            _ => Ok(()),
        }
    }
}

/// The bound of failures that a caller gave.
pub(super) fn check_most(most: i64) -> Result<(), Error> {
    if most < 0 {
        return Err(Error::invalid("max_failures", "must not be negative; 0 goes on whatever fails"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_counted_all_and_listed_some_and_end_it_at_the_bound() {
        for (most, failures, ends) in [(0, 150, false), (3, 2, false), (3, 3, true), (3, 7, true)] {
            let mut tally = Tally::new(TaskResult::default(), most);
            for number in 0..failures {
                tally.fail(&number.to_string(), Error::Draining);
            }
            assert_eq!(tally.result.failed, failures, "{most}");
            assert_eq!(tally.result.failures.len(), usize::try_from(failures.min(100)).unwrap());
            assert_eq!(tally.check().is_err(), ends, "{failures} of {most}");
        }
    }
}
