//! `sncgate import`.

mod outcome;
mod rows;

use anyhow::{Context, Result, bail};
use futures::StreamExt;

use super::connect::Session;
use super::feed::{Broken, stream_of};
use super::{args, progress};
use outcome::Counts;
pub(crate) use rows::{Row, Source};

/// Results that came together are written together.
const AT_ONCE: usize = 256;

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) async fn run(session: &Session, arguments: args::Import) -> Result<()> {
    let source = Source::new(arguments.file, arguments.format)?;
    // A file is read twice, so that nothing is imported of one that is broken further down.
    let total = source.count()?;
    let broken = Broken::default();
    let rows = stream_of(move || source.rows(), &broken);
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
    broken.check()?;
    match counts.failed() {
        0 => Ok(()),
        failed => bail!("{failed} of {} rows failed", counts.rows()),
    }
}
