//! `sncgate attachment delete`.

use anyhow::{Context, Result};

use crate::cli::args::AttachmentDelete;
use crate::cli::confirm;
use crate::cli::connect::Session;

/// One after the other; stops at the first that cannot be deleted, and says which.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(super) async fn run(session: &Session, arguments: AttachmentDelete) -> Result<()> {
    let AttachmentDelete { sys_ids, yes } = arguments;
    if !yes {
        confirm::ask(&format!("Delete {} attachment(s)?", sys_ids.len()))?;
    }
    for (deleted, sys_id) in sys_ids.iter().enumerate() {
        let outcome = session.client.delete_attachment(sys_id).await;
        outcome.with_context(|| format!("{deleted} of {} deleted; {sys_id}", sys_ids.len()))?;
    }
    eprintln!("{} deleted", sys_ids.len());
    Ok(())
}
