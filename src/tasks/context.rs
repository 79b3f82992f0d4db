//! What a running task has at hand: its owner's rights, its checkpoint, and somebody to tell how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use super::stop::{Reason, Stop};
use super::{Failure, Services, Tasks};
use crate::access::Caller;
use crate::error::Error;
use crate::pb::{self, TaskProgress, TaskResult, TaskState};
use crate::store::{Replaced, Task};

/// Largest checkpoint, bytes.
const MAX_CHECKPOINT: usize = 1 << 20;
/// How often a save is tried again that somebody else's change came before.
const TRIES: usize = 32;

/// One attempt of a task.
pub struct Context {
    /// The owner, with what they may do now.
    pub caller: Caller,
    /// The gateway's parts.
    pub services: Arc<Services>,
    id: String,
    fence: i64,
    tasks: Tasks,
    stop: Stop,
    /// Where the attempt before got to, and what came of it until then.
    begun: (Vec<u8>, TaskResult),
    /// As it was last read or saved.
    task: tokio::sync::Mutex<Task>,
    meter: Mutex<Meter>,
}

/// How far it is, and since when.
#[derive(Default)]
struct Meter {
    progress: TaskProgress,
    changed: bool,
    measured_at: i64,
    measured_done: i64,
}

impl Context {
    pub(super) fn new(tasks: Tasks, task: Task, caller: Caller, stop: Stop) -> Self {
        let progress = task.message.progress.clone().unwrap_or_default();
        let meter =
            Meter { measured_at: tasks.now(), measured_done: progress.done, progress, changed: false };
        Context {
            caller,
            services: tasks.services.clone(),
            id: task.message.id.clone(),
            fence: task.fence,
            tasks,
            stop,
            begun: (task.checkpoint.clone(), task.message.result.clone().unwrap_or_default()),
            task: tokio::sync::Mutex::new(task),
            meter: Mutex::new(meter),
        }
    }

    /// The task's id. What is written with a request id made of it is written once, whatever attempt does it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Cancelled when the attempt is to stop: at the next page or checkpoint, with [`Failure::Stopped`]. Whoever waits for
    /// long should wait for it as well.
    pub fn stop(&self) -> &CancellationToken {
        self.stop.token()
    }

    /// No other attempt follows if this one fails.
    pub async fn is_last(&self) -> bool {
        let task = self.task.lock().await;
        task.message.attempt_count >= task.message.max_attempts
    }

    /// A failure that came of stopping is no failure.
    ///
    /// # Errors
    /// [`Failure::Stopped`] in place of any error once [`Context::stop`] is cancelled.
    pub(super) fn unless_stopped<T>(&self, done: Result<T, Error>) -> Result<T, Failure> {
        match done {
            Err(_) if self.stop.token().is_cancelled() => Err(Failure::Stopped),
            done => Ok(done?),
        }
    }

    /// Where the attempt before got to; none at first.
    ///
    /// # Errors
    /// It is none of this kind's.
    pub fn checkpoint<T: DeserializeOwned>(&self) -> Result<Option<T>, Error> {
        let (checkpoint, _) = &self.begun;
        if checkpoint.is_empty() {
            return Ok(None);
        }
        serde_json::from_slice(checkpoint).map(Some).map_err(Error::internal)
    }

    /// What came of it until that checkpoint.
    pub fn result(&self) -> TaskResult {
        self.begun.1.clone()
    }

    /// Says how far it is; cheap, and to be called often. A `total` of 0 is not known.
    pub fn progress(&self, stage: &str, done: i64, total: i64, unit: &str) {
        let mut meter = self.meter();
        let progress = &mut meter.progress;
        if progress.stage != stage {
            stage.clone_into(&mut progress.stage);
        }
        if progress.unit != unit {
            unit.clone_into(&mut progress.unit);
        }
        (progress.done, progress.total) = (done, total);
        meter.changed = true;
    }

    /// Keeps a checkpoint, and what came of it so far. Whoever goes on from it must do no harm by repeating what came after.
    ///
    /// # Errors
    /// [`Failure::Stopped`] where this is the moment to stop, or somebody else has the task.
    pub async fn save(
        &self,
        checkpoint: &(impl Serialize + Sync),
        result: &TaskResult,
    ) -> Result<(), Failure> {
        let bytes = serde_json::to_vec(checkpoint).map_err(Error::internal)?;
        if bytes.len() > MAX_CHECKPOINT {
            return Err(Error::internal("the checkpoint is too large").into());
        }
        self.update(|task| {
            task.checkpoint.clone_from(&bytes);
            task.message.result = Some(result.clone());
        })
        .await?;
        if self.stop.token().is_cancelled() { Err(Failure::Stopped) } else { Ok(()) }
    }

    /// Forgets tasks that finished before the retention time.
    pub(super) async fn forget_finished(&self, most: usize) -> Result<usize, Error> {
        self.tasks.forget_finished(most).await
    }

    /// Keeps what [`Context::progress`] was told last.
    pub(super) async fn flush(&self) -> Result<(), Failure> {
        if self.meter().changed { self.update(|_| ()).await } else { Ok(()) }
    }

    /// Says that the task is still this worker's.
    pub(super) async fn extend(&self) -> Result<(), Error> {
        let until = self.lease_end();
        if !self.tasks.store().extend_lease(&self.id, self.fence, until).await? {
            self.stop.now(Reason::Lost);
        }
        Ok(())
    }

    /// Looks whether somebody wants it to stop.
    pub(super) async fn look(&self) -> Result<(), Error> {
        let fresh = self.tasks.store().task(&self.id).await?;
        self.heed(fresh.as_ref());
        Ok(())
    }

    pub(super) fn stop_now(&self, reason: Reason) {
        self.stop.now(reason);
    }

    pub(super) fn why_stopped(&self) -> Option<Reason> {
        self.stop.reason()
    }

    /// Changes the task, whatever others changed meanwhile, as long as it is this worker's.
    pub(super) async fn update(&self, change: impl Fn(&mut Task)) -> Result<(), Failure> {
        let mut kept = self.task.lock().await;
        for _ in 0..TRIES {
            let mut task = kept.clone();
            task.lease_until = self.lease_end();
            task.message.progress = Some(self.measure());
            change(&mut task);
            match self.tasks.store().replace_task(&task, usize::MAX).await? {
                Replaced::Done(revision) => {
                    task.message.revision = revision;
                    *kept = task;
                    return Ok(());
                }
                Replaced::Changed => {
                    let fresh = self.tasks.store().task(&self.id).await?;
                    self.heed(fresh.as_ref());
                    match fresh {
                        Some(mut fresh) if self.is_mine(&fresh) => {
                            carry(&kept.message, &mut fresh.message);
                            *kept = fresh;
                        }
                        _ => return Err(Failure::Stopped),
                    }
                }
                Replaced::KeyTaken | Replaced::Full => {
                    return Err(Error::internal("a running task counts as finished").into());
                }
            }
        }
        Err(Error::StoreBusy { doing: "changes the task" }.into())
    }

    /// Changes what only the worker writes, and leaves it to the next save, which comes soon.
    pub(super) async fn amend(&self, change: impl FnOnce(&mut Task)) {
        change(&mut *self.task.lock().await);
        self.meter().changed = true;
    }

    /// As it was last saved.
    pub(super) async fn task(&self) -> Task {
        self.task.lock().await.clone()
    }

    fn heed(&self, fresh: Option<&Task>) {
        match fresh {
            Some(task) if self.is_mine(task) => {
                if task.message.cancel_requested {
                    self.stop.now(Reason::Cancel);
                } else if task.message.pause_requested {
                    self.stop.now(Reason::Pause);
                }
            }
            _ => self.stop.now(Reason::Lost),
        }
    }

    fn is_mine(&self, task: &Task) -> bool {
        task.fence == self.fence && task.message.state() == TaskState::Running
    }

    fn lease_end(&self) -> i64 {
        self.tasks.now().saturating_add(self.tasks.settings.lease.as_millis() as i64)
    }

    /// The progress, with what its last piece says of its rate.
    fn measure(&self) -> TaskProgress {
        let now = self.tasks.now();
        let mut meter = self.meter();
        meter.changed = false;
        let (elapsed, done) = (now - meter.measured_at, meter.progress.done - meter.measured_done);
        if elapsed >= 200 {
            let rate = done.max(0) as f64 * 1000.0 / elapsed as f64;
            // Of late, but not only of the last moment.
            let before = meter.progress.rate;
            meter.progress.rate = if before > 0.0 { before * 0.7 + rate * 0.3 } else { rate };
            (meter.measured_at, meter.measured_done) = (now, meter.progress.done);
        }
        let (left, rate) = ((meter.progress.total - meter.progress.done).max(0), meter.progress.rate);
        let known = meter.progress.total > 0 && rate > 0.0;
        meter.progress.remaining =
            known.then(|| prost_types::Duration { seconds: (left as f64 / rate).min(1e9) as i64, nanos: 0 });
        meter.progress.clone()
    }

    fn meter(&self) -> std::sync::MutexGuard<'_, Meter> {
        self.meter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What [`Context::amend`] changed and was not saved yet; whoever steers a running task changes none of it.
fn carry(kept: &pb::Task, fresh: &mut pb::Task) {
    fresh.first_start_time = kept.first_start_time;
    fresh.next_attempt_time = kept.next_attempt_time;
    fresh.attempts.clone_from(&kept.attempts);
    fresh.error.clone_from(&kept.error);
}
