//! The kinds of tasks, one file each, and the one list of them.

mod asked;
mod attachment_copy;
mod bulk;
mod bulk_delete;
mod bulk_update;
mod clean_up;
mod export;
mod import;
mod tally;

use std::sync::Arc;

use super::{Kind, Kinds};
use crate::config::KINDS;
use crate::pb::task_parameters::Parameters;

/// All kinds.
pub fn registry() -> Kinds {
    Kinds {
        names: &KINDS,
        of: |parameters| -> Arc<dyn Kind> {
            match parameters {
                Parameters::Export(export) => Arc::new(export.clone()),
                Parameters::BulkUpdate(update) => Arc::new(update.clone()),
                Parameters::BulkDelete(delete) => Arc::new(delete.clone()),
                Parameters::Import(import) => Arc::new(import.clone()),
                Parameters::AttachmentCopy(copy) => Arc::new(copy.clone()),
                Parameters::CleanUp(clean_up) => Arc::new(*clean_up),
            }
        },
    }
}
