//! Things that happen to an instance by themselves, each when it is due: activity and replay.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::engine::Engine;

/// Steps that are taken in one go on a blocking thread; between two goes the end is looked for.
const AT_ONCE: usize = 64;

/// What happens, step by step.
pub(crate) trait Steps: Send + 'static {
    /// When the next step is due, counted from the start; none at the end.
    fn due(&self) -> Option<Duration>;

    /// Takes it, so long after the start. Blocks on the store.
    fn take(&mut self, engine: &Engine, elapsed: Duration);

    /// There are no more steps, or none is wanted.
    fn over(&mut self, engine: &Engine, elapsed: Duration);
}

/// Takes steps when they are due, until there are none or the token is canceled. A step that is late is taken at once.
pub(crate) async fn run<S: Steps>(mut steps: S, engine: Engine, stop: CancellationToken) {
    let start = Instant::now();
    while let Some(due) = steps.due() {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = sleep_until(start + due) => {}
        }
        match go(steps, &engine, start).await {
            Some(back) => steps = back,
            None => return,
        }
    }
    let ended = tokio::task::spawn_blocking(move || steps.over(&engine, start.elapsed())).await;
    if let Err(error) = ended {
        tracing::error!(%error, "what the instance does by itself did not end well");
    }
}

async fn go<S: Steps>(mut steps: S, engine: &Engine, start: Instant) -> Option<S> {
    let engine = engine.clone();
    let taken = tokio::task::spawn_blocking(move || {
        for _ in 0..AT_ONCE {
            let elapsed = start.elapsed();
            if steps.due().is_none_or(|due| due > elapsed) {
                break;
            }
            steps.take(&engine, elapsed);
        }
        steps
    });
    match taken.await {
        Ok(steps) => Some(steps),
        Err(error) => {
            tracing::error!(%error, "what the instance does by itself has ended");
            None
        }
    }
}
