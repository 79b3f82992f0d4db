//! `sncgate import`.

mod outcome;
mod rows;

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use futures::{Stream, StreamExt, stream};
use tokio::sync::mpsc;

use super::connect::Session;
use super::{args, progress};
use outcome::Counts;
use rows::{Row, Source};

/// Rows that are read ahead.
const AHEAD: usize = 64;
/// Results that came together are written together.
const AT_ONCE: usize = 256;

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn run(session: &Session, arguments: args::Import) -> Result<()> {
    let source = Source::new(arguments.file, arguments.format)?;
    // A file is read twice, so that nothing is imported of one that is broken further down.
    let total = source.count()?;
    let broken = Arc::new(Mutex::new(None));
    let rows = stream_of(source, broken.clone());
    let results = session.client.import(arguments.table, rows);
    let mut pages = results.ready_chunks(AT_ONCE);
    let mut out = session.rows(outcome::columns());
    let mut counts = Counts::default();
    let bar = progress::rows_of(total);
    while let Some(page) = pages.next().await {
        for result in page {
            let result = result.with_context(|| format!("after the results of {} rows", counts.rows()))?;
            counts.add(&result);
            out.write(&outcome::lines(result))?;
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    out.finish()?;
    eprintln!("{counts}");
    if let Some(error) = broken.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    match counts.failed() {
        0 => Ok(()),
        failed => bail!("{failed} of {} rows failed", counts.rows()),
    }
}

/// The rows, read on a thread that may block, as fast as they are taken. One that cannot be read is the end.
fn stream_of(
    source: Source,
    broken: Arc<Mutex<Option<anyhow::Error>>>,
) -> impl Stream<Item = Row> + Send + 'static {
    let (sender, receiver) = mpsc::channel(AHEAD);
    tokio::task::spawn_blocking(move || {
        let send = || -> Result<()> {
            for row in source.rows()? {
                if sender.blocking_send(row?).is_err() {
                    break; // the import has ended
                }
            }
            Ok(())
        };
        if let Err(error) = send() {
            *broken.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    });
    stream::unfold(receiver, |mut receiver| async { Some((receiver.recv().await?, receiver)) })
}
