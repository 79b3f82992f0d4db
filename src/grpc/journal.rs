//! JournalService: a table of contents; each method is in its own file.

mod add;
mod add_comment;
mod add_work_note;
mod list;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::journal_service_server::{JournalService, JournalServiceServer};
use crate::pb::{
    AddCommentRequest, AddCommentResponse, AddWorkNoteRequest, AddWorkNoteResponse, ListJournalRequest,
    ListJournalResponse,
};

/// The service, with its limits.
pub(super) fn service(
    gateway: Gateway,
    max_message_bytes: usize,
) -> JournalServiceServer<impl JournalService> {
    JournalServiceServer::new(Journals(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Journals(Gateway);

#[tonic::async_trait]
impl JournalService for Journals {
    async fn list_journal(
        &self,
        request: Request<ListJournalRequest>,
    ) -> Result<Response<ListJournalResponse>, Status> {
        list::handle(&self.0, request).await
    }

    async fn add_comment(
        &self,
        request: Request<AddCommentRequest>,
    ) -> Result<Response<AddCommentResponse>, Status> {
        add_comment::handle(&self.0, request).await
    }

    async fn add_work_note(
        &self,
        request: Request<AddWorkNoteRequest>,
    ) -> Result<Response<AddWorkNoteResponse>, Status> {
        add_work_note::handle(&self.0, request).await
    }
}
