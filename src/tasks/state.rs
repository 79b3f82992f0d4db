//! What somebody may ask of a task in which state.

use crate::error::Error;
use crate::moment::{from_millis, millis};
use crate::pb::TaskState;
use crate::store::{Task, is_finished};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Cancel,
    Pause,
    Resume,
    Retry,
}

/// Changes the task as wished; false where that changes nothing.
pub(super) fn steer(task: &mut Task, wish: Wish, now: i64) -> Result<bool, Error> {
    let state = task.message.state();
    let message = &mut task.message;
    match (wish, state) {
        (Wish::Cancel, TaskState::Cancelled) => return Ok(false),
        (Wish::Cancel | Wish::Pause | Wish::Resume, state) if is_finished(state) => {
            return Err(conflict(task));
        }
        (Wish::Cancel, TaskState::Running) => {
            if message.cancel_requested {
                return Ok(false);
            }
            message.cancel_requested = true;
        }
        (Wish::Cancel, _) => {
            message.set_state(TaskState::Cancelled);
            message.end_time = Some(from_millis(now));
            message.next_attempt_time = None;
        }
        (Wish::Pause, TaskState::Paused) => return Ok(false),
        (Wish::Pause, TaskState::Running) => {
            if message.pause_requested {
                return Ok(false);
            }
            message.pause_requested = true;
        }
        (Wish::Pause, _) => {
            message.set_state(TaskState::Paused);
            message.next_attempt_time = None;
        }
        (Wish::Resume, TaskState::Paused) => ready(task, now),
        (Wish::Resume, TaskState::Running) if message.pause_requested => message.pause_requested = false,
        (Wish::Resume, _) => return Ok(false),
        (Wish::Retry, TaskState::Failed | TaskState::Cancelled) => {
            message.attempt_count = 0;
            message.end_time = None;
            message.error = None;
            ready(task, now);
        }
        (Wish::Retry, TaskState::Retrying) => ready(task, now),
        (Wish::Retry, _) => return Err(conflict(task)),
    }
    Ok(true)
}

/// Fails for a task that is not finished.
pub(super) fn may_delete(task: &Task) -> Result<(), Error> {
    if is_finished(task.message.state()) { Ok(()) } else { Err(conflict(task)) }
}

/// Another unfinished task has its unique key.
pub(super) fn key_taken(task: &Task) -> Error {
    let key = task.message.unique_key.clone();
    Error::Refused(crate::error::Refusal::NameTaken { kind: "unfinished task's unique_key", name: key })
}

/// At once, but not before the time that it was made for.
fn ready(task: &mut Task, now: i64) {
    task.message.set_state(TaskState::Pending);
    task.message.next_attempt_time = None;
    task.due_at = task.message.start_time.as_ref().map_or(now, |start| millis(start).max(now));
}

fn conflict(task: &Task) -> Error {
    Error::TaskStateConflict { id: task.message.id.clone(), state: short(task.message.state()) }
}

/// As "RUNNING".
fn short(state: TaskState) -> &'static str {
    state.as_str_name().trim_start_matches("TASK_STATE_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskState::{Cancelled, Failed, Paused, Pending, Retrying, Running, Succeeded};
    use Wish::{Cancel, Pause, Resume, Retry};

    #[test]
    fn every_wish_in_every_state() {
        // What it becomes; none: refused.
        let cases = [
            (
                Cancel,
                [
                    Some(Cancelled),
                    Some(Running),
                    Some(Cancelled),
                    Some(Cancelled),
                    None,
                    None,
                    Some(Cancelled),
                ],
            ),
            (Pause, [Some(Paused), Some(Running), Some(Paused), Some(Paused), None, None, None]),
            (Resume, [Some(Pending), Some(Running), Some(Pending), Some(Retrying), None, None, None]),
            (Retry, [None, None, None, Some(Pending), None, Some(Pending), Some(Pending)]),
        ];
        let states = [Pending, Running, Paused, Retrying, Succeeded, Failed, Cancelled];
        for (wish, expected) in cases {
            for (state, expected) in states.into_iter().zip(expected) {
                let mut task = Task::default();
                task.message.set_state(state);
                let became = steer(&mut task, wish, 7).ok().map(|_| task.message.state());
                assert_eq!(became, expected, "{wish:?} of {state:?}");
                assert_eq!(task.message.cancel_requested, wish == Cancel && state == Running);
                assert_eq!(task.message.pause_requested, wish == Pause && state == Running);
            }
        }
    }

    #[test]
    fn what_goes_on_does_not_begin_before_its_time() {
        for (start, due_at) in [(None, 5_000), (Some(9_000), 9_000), (Some(1_000), 5_000)] {
            for (wish, state) in [(Resume, Paused), (Retry, Cancelled)] {
                let mut task = Task::default();
                task.message.set_state(state);
                task.message.start_time = start.map(from_millis);
                assert!(steer(&mut task, wish, 5_000).unwrap());
                assert_eq!(task.due_at, due_at, "{wish:?} for {start:?}");
            }
        }
    }

    #[test]
    fn a_retry_begins_with_no_attempts_and_keeps_the_checkpoint() {
        let mut task = Task { checkpoint: vec![1], ..Task::default() };
        task.message.set_state(Failed);
        task.message.attempt_count = 5;
        assert!(steer(&mut task, Retry, 9).unwrap());
        assert_eq!((task.message.attempt_count, task.due_at, task.checkpoint), (0, 9, vec![1]));
    }
}
