//! Files attached to records: what is known of them, and their deletion. Contents are in the modules below.

mod chunks;
mod download;
mod hash;
mod save;
mod upload;

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::client::{Client, Repeat};
use crate::error::Result;
use crate::pb::{
    Attachment, DeleteAttachmentRequest, GetAttachmentRequest, ListAttachmentsRequest,
    ListAttachmentsResponse,
};
use crate::records::some;

pub use download::Download;
pub use save::Save;

impl Client {
    /// Lists the attachments of a record, of a table where `record_sys_id` is empty, or of all where both are.
    pub fn attachments(
        &self,
        table: impl Into<String>,
        record_sys_id: impl Into<String>,
    ) -> BoxStream<'static, Result<Attachment>> {
        let (table, record_sys_id) = (table.into(), record_sys_id.into());
        let request = ListAttachmentsRequest { table, record_sys_id, ..Default::default() };
        let pages = attachment_pages(self.clone(), request);
        pages.map_ok(|page| futures::stream::iter(page.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// ListAttachments.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn list_attachments(
        &self,
        mut request: ListAttachmentsRequest,
    ) -> Result<ListAttachmentsResponse> {
        request.instance = self.instance_or(request.instance);
        let stub = self.attachment_stub();
        self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.list_attachments(request).await
        })
        .await
    }

    /// Says what is known of an attachment.
    ///
    /// # Errors
    /// `AttachmentUnknown`.
    pub async fn attachment(&self, sys_id: impl Into<String>) -> Result<Attachment> {
        let request =
            GetAttachmentRequest { instance: self.settings.instance.clone(), sys_id: sys_id.into() };
        let stub = self.attachment_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.get_attachment(request).await
        });
        some(answer.await?.attachment)
    }

    /// Deletes an attachment.
    ///
    /// # Errors
    /// `AttachmentUnknown`.
    pub async fn delete_attachment(&self, sys_id: impl Into<String>) -> Result<()> {
        self.delete_attachment_request(DeleteAttachmentRequest {
            sys_id: sys_id.into(),
            ..Default::default()
        })
        .await
    }

    /// DeleteAttachment. Sent again only with allow_missing: the first attempt may have deleted it.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn delete_attachment_request(&self, mut request: DeleteAttachmentRequest) -> Result<()> {
        request.instance = self.instance_or(request.instance);
        let repeat = if request.allow_missing { Repeat::Safe } else { Repeat::Unsafe };
        let stub = self.attachment_stub();
        self.call(
            repeat,
            stub,
            request,
            |mut stub, request| async move { stub.delete_attachment(request).await },
        )
        .await
        .map(|_| ())
    }
}

fn attachment_pages(
    client: Client,
    mut request: ListAttachmentsRequest,
) -> impl Stream<Item = Result<Vec<Attachment>>> + Send {
    async_stream::try_stream! {
        loop {
            let answer = client.list_attachments(request.clone()).await?;
            request.page_token = answer.next_page_token;
            yield answer.attachments;
            if request.page_token.is_empty() {
                break;
            }
        }
    }
}
