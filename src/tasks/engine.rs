//! The worker loop: claims what is due, as far as there are places, and tells what runs what somebody wants of it.

use std::collections::HashMap;
use std::sync::Arc;

use futures::future::join_all;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use super::run::Attempt;
use super::stop::Reason;
use super::{Context, Tasks};
use crate::store::{Claim, TaskChanges};

/// Runs tasks until it is told to stop.
pub struct Engine {
    handle: JoinHandle<()>,
    stop: CancellationToken,
}

struct Worker {
    tasks: Tasks,
    /// This gateway, among those on the same store.
    name: String,
    running: HashMap<tokio::task::Id, (&'static str, Arc<Context>)>,
    attempts: JoinSet<()>,
}

impl Engine {
    /// Starts to run tasks. `stop` lets those that run stop at their next checkpoint; they go on with the next start.
    pub fn start(tasks: Tasks, stop: CancellationToken) -> Self {
        let name = format!("{}-{}", std::process::id(), uuid::Uuid::new_v4().simple());
        Self::start_as(tasks, name, stop)
    }

    pub(super) fn start_as(tasks: Tasks, name: String, stop: CancellationToken) -> Self {
        let worker = Worker { tasks, name, running: HashMap::new(), attempts: JoinSet::new() };
        Engine { handle: tokio::spawn(worker.run(stop.clone())), stop }
    }

    /// Stops it, and waits until everything that ran was given back.
    pub async fn stopped(self) {
        self.stop.cancel();
        if self.handle.await.is_err() {
            tracing::error!("the tasks' worker broke off");
        }
    }
}

impl Worker {
    async fn run(mut self, stop: CancellationToken) {
        let mut changes = self.tasks.changes();
        let mut upkeep = tokio::time::interval(self.tasks.settings.upkeep_interval());
        while !stop.is_cancelled() {
            changes.revision.mark_unchanged(); // before the look: what comes after it is a change
            // To its end: a claim that is dropped halfway may be kept all the same, and nobody would run the task.
            self.claim(&stop).await;
            tokio::select! {
                () = stop.cancelled() => break,
                _ = tokio::time::sleep(self.tasks.settings.poll_interval) => {}
                changed = changes.revision.changed(), if self.has_room() => {
                    if changed.is_err() { break }
                }
                Some(ended) = self.attempts.join_next_with_id() => self.forget(ended),
                told = changes.steered.recv() => self.pass_on(told),
                _ = upkeep.tick() => self.tasks.upkeep().await,
            }
        }
        self.give_back(&mut changes).await;
    }

    fn has_room(&self) -> bool {
        self.running.len() < self.tasks.settings.workers
    }

    /// The kinds of which one more may run.
    fn open_kinds(&self) -> Vec<String> {
        let names = self.tasks.kinds.names.iter();
        names.filter(|kind| self.room_for(kind) > 0).map(|kind| (*kind).to_owned()).collect()
    }

    /// How many more of a kind may run.
    fn room_for(&self, kind: &str) -> usize {
        let room = self.tasks.settings.workers.saturating_sub(self.running.len());
        let Some(most) = self.tasks.settings.at_once.get(kind) else { return room };
        let of_kind = self.running.values().filter(|(running, _)| *running == kind).count();
        room.min(most.saturating_sub(of_kind))
    }

    /// All that ended makes room at once.
    fn forget_ended(&mut self) {
        while let Some(ended) = self.attempts.try_join_next_with_id() {
            self.forget(ended);
        }
    }

    async fn claim(&mut self, stop: &CancellationToken) {
        while self.has_room() && !stop.is_cancelled() {
            self.forget_ended();
            let kinds = self.open_kinds();
            let Some(most) = kinds.iter().map(|kind| self.room_for(kind)).min() else { return };
            let now = self.tasks.now();
            let until = now.saturating_add(self.tasks.settings.lease.as_millis() as i64);
            let claim = Claim { kinds, worker: self.name.clone(), now, until };
            match self.tasks.store().claim_tasks(&claim, most).await {
                Ok(claimed) => {
                    let are_all = claimed.len() < most;
                    let attempts = claimed.into_iter().map(|one| Attempt::prepare(&self.tasks, one));
                    for attempt in join_all(attempts).await.into_iter().flatten() {
                        self.start(attempt);
                    }
                    if are_all {
                        return;
                    }
                }
                Err(error) => {
                    tracing::warn!("no task can be claimed: {error}");
                    return;
                }
            }
        }
    }

    fn start(&mut self, attempt: Attempt) {
        let (kind, context) = (attempt.kind_name(), attempt.context.clone());
        let handle = self.attempts.spawn(attempt.run(self.tasks.clone()));
        self.running.insert(handle.id(), (kind, context));
        self.gauge();
    }

    fn forget(&mut self, ended: Result<(tokio::task::Id, ()), tokio::task::JoinError>) {
        let id = match ended {
            Ok((id, ())) => id,
            Err(error) => error.id(),
        };
        self.running.remove(&id);
        self.gauge();
    }

    fn gauge(&self) {
        metrics::gauge!("sncgate_tasks_running").set(self.running.len() as f64);
    }

    /// Somebody wants something of a task, or of some where signals were missed.
    fn pass_on(&self, told: Result<String, RecvError>) {
        let wanted = told.unwrap_or_default();
        let all = wanted.is_empty();
        for (_, context) in self.running.values().filter(|(_, context)| all || context.id() == wanted) {
            let context = context.clone();
            tokio::spawn(async move {
                if let Err(error) = context.look().await {
                    tracing::warn!("what is wanted of a task cannot be read: {error}");
                }
            });
        }
    }

    /// Lets everything stop at its next checkpoint. Who cancels meanwhile is heard.
    async fn give_back(&mut self, changes: &mut TaskChanges) {
        for (_, context) in self.running.values() {
            context.stop_now(Reason::Drain);
        }
        while !self.attempts.is_empty() {
            tokio::select! {
                Some(ended) = self.attempts.join_next_with_id() => self.forget(ended),
                told = changes.steered.recv() => self.pass_on(told),
            }
        }
    }
}
