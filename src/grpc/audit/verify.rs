//! VerifyAuditLog.

use tonic::{Request, Response, Status};

use super::encode;
use crate::grpc::{Gateway, request};
use crate::pb::{VerifyAuditLogRequest, VerifyAuditLogResponse};

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<VerifyAuditLogRequest>,
) -> Result<Response<VerifyAuditLogResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let verdict = request::until(deadline, gateway.access.audit().verify()).await?;
    Ok(Response::new(VerifyAuditLogResponse {
        intact: verdict.broken_at.is_none(),
        events: verdict.events,
        first_broken_sequence: verdict.broken_at.unwrap_or(0),
        first_sequence: if verdict.events > 0 { verdict.anchor.sequence + 1 } else { 0 },
        anchor_hash: match verdict.anchor.sequence {
            0 => String::new(),
            _ => encode::hexadecimal(&verdict.anchor.hash),
        },
        last_hash: encode::hexadecimal(&verdict.last_hash),
    }))
}
