//! AttachmentService: a table of contents; each method is in its own file.

mod delete;
mod download;
mod encode;
mod get;
mod header;
mod list;
mod upload;

use tonic::{Request, Response, Status, Streaming};

use super::Gateway;
use crate::pb::attachment_service_server::{AttachmentService, AttachmentServiceServer};
use crate::pb::{
    DeleteAttachmentRequest, DeleteAttachmentResponse, DownloadAttachmentRequest, GetAttachmentRequest,
    GetAttachmentResponse, ListAttachmentsRequest, ListAttachmentsResponse, UploadAttachmentRequest,
    UploadAttachmentResponse,
};

/// The service, with its limits.
pub(super) fn service(
    gateway: Gateway,
    max_message_bytes: usize,
) -> AttachmentServiceServer<impl AttachmentService> {
    AttachmentServiceServer::new(Attachments(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Attachments(Gateway);

#[tonic::async_trait]
impl AttachmentService for Attachments {
    type DownloadAttachmentStream = download::Responses;

    async fn list_attachments(
        &self,
        request: Request<ListAttachmentsRequest>,
    ) -> Result<Response<ListAttachmentsResponse>, Status> {
        list::handle(&self.0, request).await
    }

    async fn get_attachment(
        &self,
        request: Request<GetAttachmentRequest>,
    ) -> Result<Response<GetAttachmentResponse>, Status> {
        get::handle(&self.0, request).await
    }

    async fn upload_attachment(
        &self,
        request: Request<Streaming<UploadAttachmentRequest>>,
    ) -> Result<Response<UploadAttachmentResponse>, Status> {
        upload::handle(&self.0, request).await
    }

    async fn download_attachment(
        &self,
        request: Request<DownloadAttachmentRequest>,
    ) -> Result<Response<download::Responses>, Status> {
        download::handle(&self.0, request).await
    }

    async fn delete_attachment(
        &self,
        request: Request<DeleteAttachmentRequest>,
    ) -> Result<Response<DeleteAttachmentResponse>, Status> {
        delete::handle(&self.0, request).await
    }
}
