//! How the embedded instance behaves, and what happens in it by itself.

use std::time::Duration;

use anyhow::{Context, Result};
use servicenow_emulator::activity::Activity;
use servicenow_emulator::realistic::Realistic;
use servicenow_emulator::replay::{Replay, Report};
use servicenow_emulator::{Builder, Running};
use tokio_util::task::AbortOnDropHandle;

use crate::cli::args::{Data, Life};
use crate::cli::progress;

/// How often a person is told how far a replay is.
const TELL: Duration = Duration::from_millis(200);

/// The builder with what the flags ask for.
pub(crate) fn lives(mut builder: Builder, life: &Life, data: &Data) -> Result<Builder> {
    builder = builder.mode(life.mode.parse().context("--mode")?);
    if life.realistic {
        builder = builder.realistic(Realistic { seed: data.seed(), ..Realistic::default() });
    }
    if let Some(rate) = life.activity {
        builder = builder.activity(Activity::new(rate, data.seed()).context("--activity")?);
    }
    if let (Some(replay), Some(map)) = (&life.replay, &data.map) {
        let (table, file, map) = (replay.table.clone(), replay.file.clone(), map.clone());
        builder = builder.replay(Replay { table, file, map, speed: life.speed });
    }
    Ok(builder)
}

/// Tells on stderr how far the replay is, if there is one; until it is done, or the result is dropped.
pub(crate) fn watch(running: &Running) -> Option<AbortOnDropHandle<()>> {
    let read = running.replay();
    read()?;
    Some(AbortOnDropHandle::new(tokio::spawn(async move {
        let bar = progress::events();
        while let Some(report) = read().filter(|report| report.running) {
            progress::step(&bar, "replayed", report.done, report.events);
            tokio::time::sleep(TELL).await;
        }
        bar.finish_and_clear();
        if let Some(report) = read() {
            progress::say(&told(&report));
        }
    })))
}

fn told(report: &Report) -> String {
    let Report { done, events, inserted, updated, failed, seconds, .. } = report;
    let refused = if *failed == 0 { String::new() } else { format!(", {failed} refused") };
    format!(
        "replayed {done} of {events} events in {seconds:.1} s: {inserted} records made, {updated} changes{refused}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_at_the_end() {
        let report =
            Report { done: 5, events: 6, inserted: 2, updated: 2, seconds: 1.26, ..Report::default() };
        let text = "replayed 5 of 6 events in 1.3 s: 2 records made, 2 changes";
        assert_eq!(told(&report), text);
        assert_eq!(told(&Report { failed: 1, ..report }), format!("{text}, 1 refused"));
    }
}
