//! Deleting an attachment.

use std::sync::Arc;

use super::allowed;
use crate::access::{Caller, Operation};
use crate::error::Error;
use crate::instance::{Instance, Subject};

/// Deletes an attachment. Fails with [`Error::AttachmentUnknown`].
pub async fn delete(caller: &Caller, instance: &Arc<Instance>, sys_id: &str) -> Result<(), Error> {
    allowed::check(caller, instance, sys_id, Operation::Update).await?;
    remove(instance, sys_id).await
}

/// The same without asking whether it may.
pub(super) async fn remove(instance: &Instance, sys_id: &str) -> Result<(), Error> {
    let subject = Subject::attachment(sys_id);
    instance.call("attachment_delete", subject, instance.client().delete_attachment(sys_id)).await
}
