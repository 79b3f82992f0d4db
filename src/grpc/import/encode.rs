//! What became of a row, as the message says it.

use servicenow::{ImportReply, ImportResult, ImportStatus};

use crate::imports::{Imported, NotImported};
use crate::pb::{ImportRowResult, OperationError, Transform, TransformStatus};
use crate::status::operation_error;

pub(super) fn row(imported: Imported) -> ImportRowResult {
    let index = i64::try_from(imported.index).unwrap_or(i64::MAX);
    match imported.outcome {
        Ok(ImportReply { import_set, results, .. }) => {
            let transforms = results.into_iter().map(transform).collect();
            ImportRowResult { index, import_set, transforms, error: None }
        }
        Err(why) => ImportRowResult { index, error: Some(error(&why)), ..Default::default() },
    }
}

fn error(why: &NotImported) -> OperationError {
    let mut told = operation_error(&why.error);
    if why.lost {
        told.message.push_str(
            "; the answer was lost, so the row may have been imported: look before you send it again",
        );
    }
    told
}

fn transform(result: ImportResult) -> Transform {
    let status = match result.status {
        ImportStatus::Inserted => TransformStatus::Inserted,
        ImportStatus::Updated => TransformStatus::Updated,
        ImportStatus::Ignored => TransformStatus::Ignored,
        ImportStatus::Skipped => TransformStatus::Skipped,
        ImportStatus::Error => TransformStatus::Error,
        ImportStatus::Unknown => TransformStatus::Unspecified,
    };
    Transform {
        transform_map: result.transform_map,
        table: result.table,
        status: status.into(),
        sys_id: result.sys_id,
        display_name: result.display_name,
        display_value: result.display_value,
        message: result.error_message.or(result.status_message).unwrap_or_default(),
    }
}
