//! JournalService: a table of contents; each method is in its own file.

mod add;
mod list;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::journal_service_server::{JournalService, JournalServiceServer};
use crate::pb::{
    AddCommentRequest, AddCommentResponse, AddWorkNoteRequest, AddWorkNoteResponse, JournalKind,
    ListJournalRequest, ListJournalResponse,
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
        let deadline = super::request::deadline(request.metadata(), self.0.deadlines);
        let AddCommentRequest { instance, table, sys_id, text, request_id } = request.into_inner();
        let asked = add::Asked { instance, table, sys_id, text, request_id, kind: JournalKind::Comment };
        let entry = add::handle(&self.0, deadline, asked).await?;
        Ok(Response::new(AddCommentResponse { entry: Some(entry) }))
    }

    async fn add_work_note(
        &self,
        request: Request<AddWorkNoteRequest>,
    ) -> Result<Response<AddWorkNoteResponse>, Status> {
        let deadline = super::request::deadline(request.metadata(), self.0.deadlines);
        let AddWorkNoteRequest { instance, table, sys_id, text, request_id } = request.into_inner();
        let asked = add::Asked { instance, table, sys_id, text, request_id, kind: JournalKind::WorkNote };
        let entry = add::handle(&self.0, deadline, asked).await?;
        Ok(Response::new(AddWorkNoteResponse { entry: Some(entry) }))
    }
}
