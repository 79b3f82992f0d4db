//! Attachments of the row under the cursor.

use bytes::Bytes;

use super::GlideRecord;
use crate::query::{Operator, Query};
use crate::{Attachment, AttachmentList, Error, Upload};

impl GlideRecord {
    /// The attachments of the row under the cursor.
    ///
    /// # Errors
    /// [`Error::NoRecord`] also for a row that was not inserted yet.
    pub async fn attachments(&self) -> Result<Vec<Attachment>, Error> {
        let query = Query::new()
            .and("table_name", Operator::Is, self.table.as_str())
            .and("table_sys_id", Operator::Is, self.stored_id()?)
            .order_by("sys_id");
        let mut list = AttachmentList { query, ..AttachmentList::default() };
        let mut attachments = Vec::new();
        loop {
            let page = self.client.attachments(&list).await?;
            attachments.extend(page.rows);
            list.offset += list.limit;
            if page.total.is_none_or(|total| list.offset >= total) {
                return Ok(attachments);
            }
        }
    }

    /// Attaches bytes to the row under the cursor. [`Client::upload`](crate::Client::upload) takes streams and files.
    ///
    /// # Errors
    /// [`Error::NoRecord`] also for a row that was not inserted yet.
    pub async fn add_attachment(
        &self,
        file_name: &str,
        content_type: Option<&str>,
        content: impl Into<Bytes>,
    ) -> Result<Attachment, Error> {
        let upload = Upload {
            table: self.table.to_string(),
            record: self.stored_id()?,
            file_name: file_name.to_owned(),
            content_type: content_type.map(str::to_owned),
            ..Upload::default()
        };
        self.client.upload_bytes(&upload, content).await
    }
}
