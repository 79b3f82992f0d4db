//! One attempt: who the owner is now, the work itself, and the one who watches over it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior};
use tracing::Instrument;

use super::outcome::{self, Outcome};
use super::stop::{Reason, Stop};
use super::{Context, Failure, Kind, Tasks};
use crate::access::{Caller, Note, Principal};
use crate::error::Error;
use crate::inbound::at;
use crate::limits::Meter;
use crate::moment::{from_millis, millis};
use crate::pb::TaskResult;
use crate::store::{Claimed, Event, Task, is_finished};

/// How often progress is kept.
const FLUSH: Duration = Duration::from_millis(500);
/// When it is kept that an attempt began; one that ends before is kept with its end.
const FIRST_FLUSH: Duration = Duration::from_millis(20);
/// How long work may go on that was asked to stop: until its next page where it is cancelled, its next checkpoint else.
const CANCEL_GRACE: Duration = Duration::from_millis(50);
const GRACE: Duration = Duration::from_secs(2);

/// An attempt that can be told things.
pub(super) struct Attempt {
    pub(super) context: Arc<Context>,
    kind: Arc<dyn Kind>,
    claimed: Claimed,
}

impl Attempt {
    /// Looks up what the owner may do now. Where the attempt cannot begin its end is kept, and there is none.
    pub(super) async fn prepare(tasks: &Tasks, claimed: Claimed) -> Option<Attempt> {
        let (kind, principal, refused) = permitted(tasks, &claimed.task).await;
        let (meter, unmetered) = metered(tasks, principal.as_deref()).await;
        let note = Arc::new(Note::default());
        let caller = Caller { principal, address: String::new(), agent: "task".to_owned(), note, meter };
        let context = Arc::new(Context::new(tasks.clone(), claimed.task.clone(), caller, Stop::default()));
        let early = refused.or(unmetered).map(Outcome::Failed).or_else(|| over(&claimed.task, tasks.now()));
        match (kind, early) {
            (Some(kind), None) => Some(Attempt { context, kind, claimed }),
            (_, early) => {
                finish(&context, tasks, &early.unwrap_or(Outcome::Crashed)).await;
                None
            }
        }
    }

    pub(super) fn kind_name(&self) -> &'static str {
        self.kind.name()
    }

    /// Runs it to whatever end it comes to.
    pub(super) async fn run(self, tasks: Tasks) {
        let span = tracing::info_span!("task", id = %self.context.id(), kind = self.kind.name());
        async {
            if let Some(outcome) = self.watch(&tasks).await {
                finish(&self.context, &tasks, &outcome).await;
            }
        }
        .instrument(span)
        .await;
    }

    /// What came of it; none where somebody else has it.
    async fn watch(&self, tasks: &Tasks) -> Option<Outcome> {
        self.context.amend(|task| self.begin(task, tasks.now())).await;
        let (context, kind) = (self.context.clone(), self.kind.clone());
        let mut work = tokio::spawn(async move { kind.run(&context).await }.in_current_span());
        let outcome = self.supervise(tasks, &mut work).await;
        work.abort();
        outcome
    }

    async fn supervise(
        &self,
        tasks: &Tasks,
        work: &mut JoinHandle<Result<TaskResult, Failure>>,
    ) -> Option<Outcome> {
        let context = &self.context;
        let beat = tasks.settings.lease / 3;
        let mut beats = tokio::time::interval_at(Instant::now() + beat, beat);
        let mut flushes = tokio::time::interval_at(Instant::now() + FIRST_FLUSH, FLUSH);
        for ticks in [&mut beats, &mut flushes] {
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        let rights = context.caller.principal.as_ref().map(|principal| principal.lease.clone());
        let mut patience = None;
        loop {
            let rights_end = async {
                match &rights {
                    Some(lease) => lease.over().await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                biased;
                done = &mut *work => return self.ended(done),
                () = context.stop().cancelled(), if patience.is_none() => {
                    let grace = match context.why_stopped() {
                        Some(Reason::Lost) => return None,
                        Some(Reason::Cancel) => CANCEL_GRACE,
                        _ => GRACE,
                    };
                    patience = Some(Instant::now() + grace);
                }
                () = at(patience) => return self.stopped(),
                () = rights_end, if patience.is_none() => context.stop_now(Reason::Access),
                _ = beats.tick() => self.told(context.extend().await),
                _ = flushes.tick() => {
                    if over(&self.claimed.task, tasks.now()).is_some() {
                        context.stop_now(Reason::Deadline);
                    }
                    if let Err(Failure::Failed(error)) = context.flush().await {
                        self.told(Err(error));
                    }
                }
            }
        }
    }

    /// A store that is away for a moment is no reason to stop: the lease says how long the moment may be.
    fn told(&self, result: Result<(), Error>) {
        if let Err(error) = result {
            tracing::warn!("the task's state cannot be kept: {error}");
        }
    }

    fn begin(&self, task: &mut Task, now: i64) {
        if let Some((worker, since)) = &self.claimed.taken_from {
            // It was this worker's from then on, not from now.
            let taken_at = task.claimed_at;
            outcome::abandon(task, worker, *since, taken_at);
        }
        task.message.first_start_time.get_or_insert_with(|| from_millis(now));
        task.message.next_attempt_time = None;
        task.message.error = None;
    }

    fn ended(&self, done: Result<Result<TaskResult, Failure>, tokio::task::JoinError>) -> Option<Outcome> {
        match done {
            Ok(Ok(result)) if self.context.why_stopped() != Some(Reason::Lost) => Some(Outcome::Done(result)),
            Ok(Err(Failure::Failed(error))) if self.context.why_stopped().is_none() => {
                Some(Outcome::Failed(error))
            }
            Ok(_) => self.stopped(),
            Err(_) => Some(Outcome::Crashed),
        }
    }

    fn stopped(&self) -> Option<Outcome> {
        match self.context.why_stopped() {
            Some(Reason::Lost) => None,
            Some(reason) => Some(Outcome::Stopped(reason)),
            None => Some(Outcome::Crashed),
        }
    }
}

/// Keeps the end, and tells the audit log of one for good. Where the store stays away the lease runs out, and somebody
/// goes on from the last checkpoint.
async fn finish(context: &Context, tasks: &Tasks, outcome: &Outcome) {
    let jitter = fastrand::f64();
    let mut pause = Duration::from_millis(50);
    let give_up = Instant::now() + tasks.settings.lease;
    loop {
        let end = |task: &mut Task| outcome::end(task, outcome, &tasks.settings, tasks.now(), jitter);
        match context.update(end).await {
            Ok(()) => break,
            Err(Failure::Stopped) => return,
            Err(Failure::Failed(error)) if Instant::now() + pause > give_up => {
                tracing::error!("the end of a task cannot be kept: {error}");
                return;
            }
            Err(Failure::Failed(_)) => tokio::time::sleep(pause).await,
        }
        pause *= 2;
    }
    record(context, tasks).await;
}

async fn record(context: &Context, tasks: &Tasks) {
    let task = context.task().await;
    let (state, noted) = (task.message.state(), context.caller.note.get());
    metrics::counter!("sncgate_task_attempts_total", "kind" => task.message.kind.clone(), "state" => state.as_str_name())
        .increment(1);
    if !is_finished(state) {
        return;
    }
    let reason = task.message.error.as_ref().map(|error| error.reason());
    let outcome = reason.map_or("OK", crate::status::short_name);
    tasks.services.access.audit().note(Event {
        at: tasks.now(),
        username: task.message.owner.clone(),
        credential: task.key_id.clone(),
        method: format!("task/{}", task.message.kind),
        outcome: outcome.to_owned(),
        instance: noted.instance,
        table: noted.table,
        acted_as: noted.acted_as,
        subject: task.message.id.clone(),
        ..Event::default()
    });
}

/// What ends it before it begins.
fn over(task: &Task, now: i64) -> Option<Outcome> {
    let message = &task.message;
    if message.cancel_requested {
        return Some(Outcome::Stopped(Reason::Cancel));
    }
    if message.pause_requested {
        return Some(Outcome::Stopped(Reason::Pause));
    }
    if message.deadline.as_ref().is_some_and(|deadline| millis(deadline) <= now) {
        return Some(Outcome::Stopped(Reason::Deadline));
    }
    // A worker that ends with each attempt cannot say so: it is taken from it each time.
    (message.attempt_count > message.max_attempts).then_some(Outcome::Abandoned)
}

/// What counts the rows that the owner reads in the background; work that cannot be counted does not begin.
async fn metered(tasks: &Tasks, principal: Option<&Principal>) -> (Meter, Option<Error>) {
    let Some(principal) = principal else { return (Meter::none(), None) };
    match tasks.services.limits.work_of(principal).await {
        Ok(meter) => (meter, None),
        Err(error) => (Meter::none(), Some(error)),
    }
}

/// The kind, who its owner is now, and why it may not run.
async fn permitted(
    tasks: &Tasks,
    task: &Task,
) -> (Option<Arc<dyn Kind>>, Option<Arc<Principal>>, Option<Error>) {
    let parameters = task.message.parameters.as_ref().and_then(|one| one.parameters.as_ref());
    let Some(parameters) = parameters else {
        return (None, None, Some(Error::invalid("task.parameters", "is required")));
    };
    let kind = (tasks.kinds.of)(parameters);
    match tasks.services.access.acting_for(&task.owner_id, &task.key_id).await {
        Ok(principal) => {
            let refused = kind.permit(&principal).err();
            (Some(kind), Some(Arc::new(principal)), refused)
        }
        Err(error) => (Some(kind), None, Some(error)),
    }
}
