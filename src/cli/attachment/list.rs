//! `sncgate attachment list`.

use anyhow::Result;
use futures::{StreamExt, TryStreamExt};

use super::{columns, row};
use crate::cli::args::AttachmentList;
use crate::cli::connect::Session;

/// Written as they come.
const AT_ONCE: usize = 100;

pub(super) async fn run(session: &Session, arguments: AttachmentList) -> Result<()> {
    let attachments = session.client.attachments(arguments.table, arguments.sys_id.unwrap_or_default());
    let mut pages = attachments.map_ok(row).ready_chunks(AT_ONCE);
    let mut out = session.rows(columns());
    while let Some(page) = pages.next().await {
        let rows = page.into_iter().collect::<sncgate_client::Result<Vec<_>>>()?;
        out.write(&rows)?;
    }
    Ok(out.finish()?)
}
