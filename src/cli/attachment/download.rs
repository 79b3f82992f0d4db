//! `sncgate attachment download`.

use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result};
use futures::TryStreamExt;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use crate::cli::args::AttachmentDownload;
use crate::cli::connect::Session;
use crate::cli::exit::Usage;
use crate::cli::progress;

pub(super) async fn run(session: &Session, arguments: AttachmentDownload) -> Result<()> {
    let AttachmentDownload { sys_id, to, resume } = arguments;
    if to == Path::new("-") {
        if resume {
            return Err(Usage("--resume goes on with a file: stdout has none".to_owned()).into());
        }
        return print(session, &sys_id).await;
    }
    save(session, &sys_id, &to, resume).await
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
async fn save(session: &Session, sys_id: &str, to: &Path, resume: bool) -> Result<()> {
    let bar = progress::bytes(None);
    let shown = bar.clone();
    let mut began = false;
    let told = move |done, total| {
        if !began {
            // What was there before is no progress of this run: the rate is that of what comes.
            shown.set_length(total);
            shown.reset_eta();
            began = true;
        }
        shown.set_position(done);
    };
    let saved = session.client.save(sys_id, to).resume(resume).on_progress(told).run().await;
    bar.finish_and_clear();
    eprintln!("saved {}", saved?.display());
    Ok(())
}

/// Bytes as they come: what was printed is only proved when the command has ended well.
async fn print(session: &Session, sys_id: &str) -> Result<()> {
    let stdout = std::io::stdout().as_fd().try_clone_to_owned().context("cannot write to stdout")?;
    let mut stdout = File::from_std(stdout.into());
    let mut download = session.client.download(sys_id, 0).await?;
    let bar = progress::bytes_to_stdout(u64::try_from(download.attachment().size_bytes).ok());
    while let Some(chunk) = download.try_next().await? {
        stdout.write_all(&chunk).await?;
        bar.inc(chunk.len() as u64);
    }
    stdout.flush().await?;
    bar.finish_and_clear();
    Ok(())
}
