//! The kinds of tasks, one file each, and the one list of them.

mod clean_up;
mod unserved;

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
                Parameters::Export(_) => Arc::new(unserved::Unserved("export")),
                Parameters::BulkUpdate(_) => Arc::new(unserved::Unserved("bulk_update")),
                Parameters::BulkDelete(_) => Arc::new(unserved::Unserved("bulk_delete")),
                Parameters::Import(_) => Arc::new(unserved::Unserved("import")),
                Parameters::AttachmentCopy(_) => Arc::new(unserved::Unserved("attachment_copy")),
                Parameters::CleanUp(clean_up) => Arc::new(*clean_up),
            }
        },
    }
}
