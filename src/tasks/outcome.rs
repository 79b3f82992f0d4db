//! What the end of an attempt means for its task.

use std::time::Duration;

use super::message;
use super::stop::Reason;
use crate::config;
use crate::error::{Error, Peer, Refusal, SinkError};
use crate::moment::from_millis;
use crate::pb::{self, ErrorReason, TaskAttempt, TaskState};
use crate::store::Task;

/// Attempts that are remembered.
const REMEMBERED: usize = 10;

/// How an attempt ended.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It came to its end.
    Done(pb::TaskResult),
    /// It failed.
    Failed(Error),
    /// It was stopped before its end.
    Stopped(Reason),
    /// Its worker went away; somebody else has claimed it since.
    Abandoned,
    /// It panicked.
    Crashed,
}

/// Another attempt may do better.
pub(super) fn is_retryable(error: &Error) -> bool {
    match error {
        Error::Instance { peer, .. } => matches!(
            peer,
            Peer::Unavailable
                | Peer::Hibernating
                | Peer::RateLimited { .. }
                | Peer::Busy
                | Peer::TransactionTimeout
                | Peer::BadResponse
        ),
        Error::StoreUnavailable(_)
        | Error::StoreBusy { .. }
        | Error::Draining
        | Error::Internal(_)
        | Error::Refused(Refusal::Changed) => true,
        Error::Interrupted { cause, .. } => is_retryable(cause),
        Error::Sink(SinkError::Failed { passing, .. }) => *passing,
        _ => false,
    }
}

/// Notes that the worker before went away in the middle of its attempt.
pub(super) fn abandon(task: &mut Task, worker: &str, since: i64, now: i64) {
    let attempt = TaskAttempt {
        start_time: Some(from_millis(since)),
        end_time: Some(from_millis(now)),
        worker: worker.to_owned(),
        error: error_of(&Outcome::Abandoned),
        interrupted: false,
    };
    remember(task, attempt);
}

/// Ends the attempt that `task` is in.
pub(super) fn end(task: &mut Task, outcome: &Outcome, settings: &config::Tasks, now: i64, jitter: f64) {
    let interrupted = matches!(
        outcome,
        Outcome::Stopped(Reason::Cancel | Reason::Pause | Reason::Drain | Reason::Access)
            | Outcome::Failed(Error::Refused(Refusal::Changed) | Error::Draining)
    );
    let retry_after = match outcome {
        Outcome::Failed(error) => error.retry_after(),
        _ => None,
    };
    let error = error_of(outcome);
    note_attempt(task, now, error.clone(), interrupted);
    if interrupted {
        task.message.attempt_count = (task.message.attempt_count - 1).max(0);
    }
    match outcome {
        Outcome::Done(result) => {
            task.message.result = Some(result.clone());
            task.message.error = None;
            finish(task, TaskState::Succeeded, now);
        }
        Outcome::Stopped(Reason::Cancel) => finish(task, TaskState::Cancelled, now),
        Outcome::Stopped(Reason::Pause) => rest(task, TaskState::Paused, now),
        Outcome::Stopped(Reason::Deadline) => fail(task, error, now),
        _ if interrupted => {
            task.message.error = error;
            rest(task, TaskState::Retrying, now);
        }
        _ => {
            let again = error.as_ref().is_some_and(|error| error.retryable);
            if !again || task.message.attempt_count >= task.message.max_attempts {
                return fail(task, error, now);
            }
            task.message.error = error;
            let delay =
                backoff(settings, task.message.attempt_count, jitter).max(retry_after.unwrap_or_default());
            rest(task, TaskState::Retrying, now.saturating_add(delay.as_millis() as i64));
        }
    }
}

/// Twice as long after each attempt, up to a bound; `jitter` from 0 to 1 takes off up to half of it.
fn backoff(settings: &config::Tasks, attempts: i32, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(20);
    let whole = settings.retry_delay.saturating_mul(1 << doublings).min(settings.max_retry_delay);
    whole.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0)
}

fn error_of(outcome: &Outcome) -> Option<pb::TaskError> {
    let of = |reason: ErrorReason, text: &str, retryable| {
        Some(pb::TaskError { reason: reason.into(), message: text.to_owned(), retryable })
    };
    match outcome {
        Outcome::Done(_) | Outcome::Stopped(Reason::Cancel | Reason::Pause) => None,
        Outcome::Failed(error) => Some(message::error(error)),
        Outcome::Stopped(Reason::Drain) => of(ErrorReason::Draining, "the gateway stopped", true),
        Outcome::Stopped(Reason::Access) => {
            of(ErrorReason::AccessChanged, "what the owner may do has changed", true)
        }
        Outcome::Stopped(Reason::Deadline) => {
            of(ErrorReason::TaskDeadlineExceeded, "it was not done by its deadline", false)
        }
        Outcome::Stopped(Reason::Lost) | Outcome::Abandoned => {
            of(ErrorReason::TaskCrashed, "the gateway that ran it went away", true)
        }
        Outcome::Crashed => {
            of(ErrorReason::TaskCrashed, "the work broke off; the gateway's log says where", true)
        }
    }
}

fn note_attempt(task: &mut Task, now: i64, error: Option<pb::TaskError>, interrupted: bool) {
    let attempt = TaskAttempt {
        start_time: Some(from_millis(task.claimed_at)),
        end_time: Some(from_millis(now)),
        worker: std::mem::take(&mut task.worker),
        error,
        interrupted,
    };
    remember(task, attempt);
}

fn remember(task: &mut Task, attempt: TaskAttempt) {
    task.message.attempts.push(attempt);
    let beyond = task.message.attempts.len().saturating_sub(REMEMBERED);
    task.message.attempts.drain(..beyond);
}

fn fail(task: &mut Task, error: Option<pb::TaskError>, now: i64) {
    task.message.error = error;
    finish(task, TaskState::Failed, now);
}

fn finish(task: &mut Task, state: TaskState, now: i64) {
    task.message.set_state(state);
    task.message.end_time = Some(from_millis(now));
    task.message.next_attempt_time = None;
    if let Some(progress) = &mut task.message.progress {
        progress.remaining = None;
        progress.rate = 0.0;
    }
    settle(task);
}

/// Not running, to go on at that time.
fn rest(task: &mut Task, state: TaskState, due_at: i64) {
    task.message.set_state(state);
    task.due_at = due_at;
    task.message.next_attempt_time = (state == TaskState::Retrying).then(|| from_millis(due_at));
    settle(task);
}

fn settle(task: &mut Task) {
    task.message.cancel_requested = false;
    task.message.pause_requested = false;
    task.worker.clear();
    task.lease_until = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_up_to_a_bound_and_jitter_takes_half_at_most() {
        let settings = config::Tasks::default();
        let (first, most) = (settings.retry_delay, settings.max_retry_delay);
        assert_eq!(backoff(&settings, 1, 0.0), first);
        assert_eq!(backoff(&settings, 3, 0.0), first * 4);
        assert_eq!(backoff(&settings, 1, 1.0), first / 2);
        assert_eq!(backoff(&settings, i32::MAX, 0.0), most);
        assert_eq!(backoff(&settings, -3, 0.0), first);
    }
}
