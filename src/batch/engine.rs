//! Takes operations, keeps waves of them on their way, and hands reports out.
//!
//! It is a task of its own: a caller that reads slowly must not keep a request to the instance from going on, since
//! others wait for that request's turn. What a slow caller stops is the taking: a place is given back only with the
//! report.

use std::pin::pin;
use std::sync::Arc;

use futures::stream::{BoxStream, SelectAll, Stream, StreamExt};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::intake::{Taken, intake};
use super::line::Line;
use super::wave::{self, Event, wave};
use super::{Incoming, MOST, Report};
use crate::access::Caller;
use crate::error::Error;
use crate::inbound::at;
use crate::instance::Instance;

/// Waves on their way at once; how many of them the instance gets is for the client's budget to say.
const WAVES: usize = 4;
/// The most reports handed out together.
const HANDFUL: usize = 100;

/// What ends a call early.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// When the caller loses patience: what is on its way then is cut off.
    pub deadline: Option<Instant>,
    /// When it is cancelled nothing more is taken; what was taken is finished and reported, then the call ends with
    /// [`Error::Draining`].
    pub drain: CancellationToken,
}

impl Bounds {
    /// What comes before the operations, within the same bounds.
    pub async fn within<T>(&self, call: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.drain.cancelled() => Err(Error::Draining),
            () = at(self.deadline) => Err(Error::DeadlineExceeded),
            done = call => done,
        }
    }
}

/// Reports as they come; dropping them stops the work.
pub struct Reports {
    receiver: UnboundedReceiver<Placed>,
    task: Option<AbortOnDropHandle<Result<(), Error>>>,
}

/// A report, and the place of its operation among those on their way.
pub(super) type Placed = (Report, OwnedSemaphorePermit);

/// Carries operations out as they come. An error among them ends the taking, and the call with it when what was taken
/// is reported.
pub fn execute(
    caller: Caller,
    instance: Arc<Instance>,
    operations: impl Stream<Item = Result<Incoming, Error>> + Send + 'static,
    bounds: Bounds,
) -> Reports {
    let (sender, receiver) = unbounded_channel(); // bounded by the places
    let taken = intake(caller, instance.clone(), operations, Arc::new(Semaphore::new(MOST)));
    let engine = Engine { instance, line: Line::default(), waves: SelectAll::new(), running: 0, sender };
    let task = tokio::spawn(engine.run(taken, bounds).in_current_span());
    Reports { receiver, task: Some(AbortOnDropHandle::new(task)) }
}

impl Reports {
    /// The next ones; `None` when all were given.
    pub async fn next(&mut self) -> Option<Result<Vec<Report>, Error>> {
        let mut handful = Vec::new();
        if self.receiver.recv_many(&mut handful, HANDFUL).await > 0 {
            return Some(Ok(handful.into_iter().map(|(report, _place)| report).collect()));
        }
        // Only a task that ended well has reported everything.
        match self.task.take()?.await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(panic) => Some(Err(Error::internal(panic))),
        }
    }
}

struct Engine {
    instance: Arc<Instance>,
    line: Line,
    waves: SelectAll<BoxStream<'static, Event>>,
    running: usize,
    sender: UnboundedSender<Placed>,
}

impl Engine {
    async fn run(
        mut self,
        taken: impl Stream<Item = Result<Taken, Error>>,
        bounds: Bounds,
    ) -> Result<(), Error> {
        let mut taken = pin!(taken);
        let mut deadline = pin!(at(bounds.deadline));
        let mut end = None;
        loop {
            self.start_waves();
            if self.running == 0
                && let Some(end) = end
            {
                return end;
            }
            tokio::select! {
                () = &mut deadline => return Err(Error::DeadlineExceeded),
                () = bounds.drain.cancelled(), if end.is_none() => end = Some(Err(Error::Draining)),
                Some(event) = self.waves.next() => self.tell(event),
                next = taken.next(), if end.is_none() => match next {
                    Some(Ok(Taken::Fit(operation))) => self.line.push(operation),
                    Some(Ok(Taken::Refused(report))) => self.report(report),
                    Some(Err(error)) => end = Some(Err(error)),
                    None => end = Some(Ok(())),
                },
            }
        }
    }

    /// Nobody waits for a wave to be full: those that come while all waves are out make the next ones large.
    fn start_waves(&mut self) {
        while self.running < WAVES && !self.line.is_idle() {
            let operations = self.line.take(wave::MOST);
            self.waves.push(wave(self.instance.clone(), operations).boxed());
            self.running += 1;
        }
    }

    fn tell(&mut self, event: Event) {
        match event {
            Event::Over => self.running -= 1,
            Event::Done(record, report) => {
                self.line.done(record.as_deref());
                self.report(report);
            }
        }
    }

    fn report(&self, report: Placed) {
        // Nobody takes it any more: then this task is about to be stopped.
        let _ = self.sender.send(report);
    }
}
