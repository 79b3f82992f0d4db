//! One operation on its way: what is sent next, and what a try means for it.

use std::time::Duration;

use url::Url;

use super::operation::Checked;
use super::wire::{SubReply, SubRequest};
use super::{BatchOptions, BatchOutcome};
use crate::retry::RetryPolicy;
use crate::{Error, Row};

/// What bounds the tries.
pub(super) struct Rules {
    pub(super) options: BatchOptions,
    /// With the attempts of the options.
    pub(super) retry: RetryPolicy,
}

/// An operation that is not reported yet.
pub(super) struct Pending {
    /// What the caller calls it.
    pub(super) id: String,
    operation: Checked,
    stage: Stage,
    /// How often it failed in passing.
    failures: u32,
    /// How often it was left unserved.
    unserved: u32,
    /// Some try may have been carried out.
    uncertain: bool,
    /// How long to wait before the next try.
    wait: Duration,
}

enum Stage {
    /// The operation itself is sent.
    Operation,
    /// A create may have taken place: its row is looked for. If there is none the operation is sent again, or
    /// its error is reported if it had one that lasts.
    Check(Option<Error>),
}

/// What follows from a try.
pub(super) enum Next<R> {
    /// It is done.
    Report(Result<BatchOutcome<R>, Error>),
    /// It is to be sent again.
    Again,
}

impl Pending {
    pub(super) fn new(id: String, operation: Checked) -> Pending {
        let (stage, wait) = (Stage::Operation, Duration::ZERO);
        Pending { id, operation, stage, failures: 0, unserved: 0, uncertain: false, wait }
    }

    /// What is sent next.
    pub(super) fn request(&self, base: &Url) -> SubRequest {
        match self.stage {
            Stage::Check(_) => self.operation.check(base),
            Stage::Operation => self.operation.request().clone(),
        }
    }

    /// What it is called inside the batch.
    pub(super) fn wire_id(&self) -> &str {
        &self.operation.request().id
    }

    /// About how many bytes it takes.
    pub(super) fn bytes(&self) -> usize {
        self.operation.request().bytes()
    }

    /// How long to wait before it is sent.
    pub(super) fn wait(&self) -> Duration {
        self.wait
    }

    /// Whether it is better sent alone: what failed twice may be what brings the batch down.
    pub(super) fn is_suspect(&self) -> bool {
        self.failures >= 2
    }

    /// Whether sending it changes nothing.
    pub(super) fn is_read(&self) -> bool {
        self.operation.is_read() || matches!(self.stage, Stage::Check(_))
    }

    /// The instance did not come to it.
    pub(super) fn not_served<R>(&mut self, options: &BatchOptions) -> Next<R> {
        self.wait = Duration::ZERO;
        self.unserved += 1;
        if self.unserved < options.max_rounds {
            return Next::Again;
        }
        match std::mem::replace(&mut self.stage, Stage::Operation) {
            Stage::Check(Some(error)) => Next::Report(Err(error)),
            _ => Next::Report(Err(Error::Unserviced { rounds: self.unserved })),
        }
    }

    /// A reply came for it.
    pub(super) fn replied<R: Row>(&mut self, reply: &SubReply, rules: &Rules) -> Next<R> {
        self.wait = Duration::ZERO;
        match (self.operation.outcome(reply), &mut self.stage) {
            (Ok(outcome), _) => Next::Report(Ok(outcome)),
            (Err(Error::NotFound(_)), Stage::Check(error)) => match error.take() {
                Some(error) => Next::Report(Err(error)),
                None => {
                    self.stage = Stage::Operation;
                    Next::Again
                }
            },
            (Err(Error::NotFound(_)), _) if self.operation.is_delete() && self.uncertain => {
                Next::Report(Ok(BatchOutcome::Deleted))
            }
            (Err(error), _) => self.failed(error, rules),
        }
    }

    /// It failed, alone or with its whole batch.
    pub(super) fn failed<R>(&mut self, error: Error, rules: &Rules) -> Next<R> {
        self.failures += 1;
        let unknown = outcome_is_unknown(&error);
        let passing = error.retryable() || unknown;
        let delay = rules.retry.delay(self.failures, &error, true);
        self.wait = delay.unwrap_or_default();
        // The instance may ask for more patience than there is.
        let last = self.failures >= rules.options.max_attempts || (error.retryable() && delay.is_none());
        if self.operation.is_create() {
            return self.create_failed(error, unknown, passing && !last, rules);
        }
        self.uncertain |= unknown;
        let safe = !unknown || self.operation.is_repeatable(&rules.options.journal_fields);
        if passing && safe && !last { Next::Again } else { Next::Report(Err(error)) }
    }

    fn create_failed<R>(&mut self, error: Error, unknown: bool, again: bool, rules: &Rules) -> Next<R> {
        if let Stage::Check(earlier) = &mut self.stage {
            // Looking is harmless, and only it can tell: it is given as many tries again.
            let patient = self.failures < rules.options.max_attempts.saturating_mul(2);
            let passing = error.retryable() || unknown;
            return if passing && patient {
                Next::Again
            } else {
                Next::Report(Err(earlier.take().unwrap_or(error)))
            };
        }
        self.uncertain |= unknown;
        match (again, self.uncertain) {
            (true, false) => Next::Again,
            (true, true) if unknown => self.look(None),
            (true, true) => Next::Again,
            // Also after a refusal: what stands in the way may be what an earlier try wrote.
            (false, true) => self.look(Some(error)),
            (false, false) => Next::Report(Err(error)),
        }
    }

    fn look<R>(&mut self, error: Option<Error>) -> Next<R> {
        self.stage = Stage::Check(error);
        Next::Again
    }
}

/// Whether the instance may have acted all the same.
fn outcome_is_unknown(error: &Error) -> bool {
    match error {
        Error::Unavailable { retry_after, .. } => retry_after.is_none(),
        Error::Server(_)
        | Error::TransactionTimeout(_)
        | Error::Truncated { .. }
        | Error::Disconnected(_)
        | Error::Timeout
        | Error::Accepted
        | Error::NotJson { .. }
        | Error::TooLarge { .. }
        | Error::Decode(_) => true,
        _ => false,
    }
}
