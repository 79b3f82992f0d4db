//! Deleting an attachment.

use crate::error::Error;
use crate::instance::{Instance, Subject};

/// Deletes an attachment. Fails with [`Error::AttachmentUnknown`].
pub async fn delete(instance: &Instance, sys_id: &str) -> Result<(), Error> {
    let subject = Subject::attachment(sys_id);
    instance.call("attachment_delete", subject, instance.client().delete_attachment(sys_id)).await
}
