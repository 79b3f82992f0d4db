//! AuditService: a table of contents.

mod encode;
mod list;
mod stream;
mod verify;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::audit_service_server::{AuditService, AuditServiceServer};
use crate::pb::{
    ListAuditEventsRequest, ListAuditEventsResponse, StreamAuditEventsRequest, VerifyAuditLogRequest,
    VerifyAuditLogResponse,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> AuditServiceServer<impl AuditService> {
    AuditServiceServer::new(Log(gateway)).max_decoding_message_size(max_message_bytes)
}

struct Log(Gateway);

#[tonic::async_trait]
impl AuditService for Log {
    type StreamAuditEventsStream = stream::Responses;

    async fn list_audit_events(
        &self,
        request: Request<ListAuditEventsRequest>,
    ) -> Result<Response<ListAuditEventsResponse>, Status> {
        list::handle(&self.0, request).await
    }

    async fn stream_audit_events(
        &self,
        request: Request<StreamAuditEventsRequest>,
    ) -> Result<Response<stream::Responses>, Status> {
        stream::handle(&self.0, request).await
    }

    async fn verify_audit_log(
        &self,
        request: Request<VerifyAuditLogRequest>,
    ) -> Result<Response<VerifyAuditLogResponse>, Status> {
        verify::handle(&self.0, request).await
    }
}
