//! Whether an attachment is one of the caller's: its record must be.

use std::sync::Arc;

use servicenow::Attachment;

use crate::access::{Caller, Guard, Operation};
use crate::error::Error;
use crate::instance::Instance;

/// What images of fields have before their table's name.
const IMAGE: &str = "ZZ_YY";

/// Fails with [`Error::AttachmentUnknown`] where the caller may not do that with the attachment's record: one that is
/// not the caller's looks as if it were not there.
pub(super) async fn check(
    caller: &Caller,
    instance: &Arc<Instance>,
    sys_id: &str,
    operation: Operation,
) -> Result<(), Error> {
    instance.check_acts_for(&caller.principal()?.user_id)?;
    if caller.principal()?.is_whole_for(operation) {
        return Ok(());
    }
    let attachment = super::list::describe(instance, sys_id).await?;
    match check_record(caller, instance, &attachment, operation).await {
        Err(Error::Refused(_) | Error::RecordUnknown { .. } | Error::TableUnknown { .. }) => {
            Err(Error::AttachmentUnknown { instance: instance.name().to_owned(), sys_id: sys_id.to_owned() })
        }
        checked => checked,
    }
}

async fn check_record(
    caller: &Caller,
    instance: &Arc<Instance>,
    attachment: &Attachment,
    operation: Operation,
) -> Result<(), Error> {
    let table = attachment.table_name.trim_start_matches(IMAGE);
    let guard = Guard::open(caller, instance, table, operation).await?;
    guard.check_row(&attachment.table_sys_id).await
}
