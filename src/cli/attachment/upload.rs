//! `sncgate attachment upload`.

use std::os::fd::AsFd;
use std::path::Path;

use anyhow::{Context, Result};
use sncgate_client::pb::UploadHeader;
use tokio::fs::File;

use super::{columns, row};
use crate::cli::args::AttachmentUpload;
use crate::cli::connect::Session;
use crate::cli::exit::Usage;
use crate::cli::progress;

pub(super) async fn run(session: &Session, arguments: AttachmentUpload) -> Result<()> {
    let AttachmentUpload { table, sys_id, file: path, name, content_type } = arguments;
    let file = open(&path).await?;
    // A pipe has no size that could be announced.
    let metadata = file.metadata().await?;
    let size = metadata.is_file().then_some(metadata.len());
    let header = UploadHeader {
        table,
        record_sys_id: sys_id,
        file_name: name.map_or_else(|| own_name(&path), Ok)?,
        content_type: content_type.unwrap_or_default(),
        size_bytes: size.and_then(|size| i64::try_from(size).ok()),
        ..Default::default()
    };
    let bar = progress::bytes(size);
    let sent = session.client.upload_reader(header, bar.wrap_async_read(file)).await;
    bar.finish_and_clear();
    session.write_one(columns(), row(sent?))
}

async fn open(path: &Path) -> Result<File> {
    if path == Path::new("-") {
        let stdin = std::io::stdin().as_fd().try_clone_to_owned().context("cannot read stdin")?;
        return Ok(File::from_std(stdin.into()));
    }
    let file = File::open(path).await.with_context(|| format!("cannot read {}", path.display()))?;
    if file.metadata().await?.is_dir() {
        return Err(Usage(format!("{} is a folder: name a file", path.display())).into());
    }
    Ok(file)
}

fn own_name(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return Err(Usage("stdin has no name: give one with --name".to_owned()).into());
    }
    Ok(path.file_name().unwrap_or_default().to_string_lossy().into_owned())
}
