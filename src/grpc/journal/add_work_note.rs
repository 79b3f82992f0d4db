//! AddWorkNote.

use tonic::{Request, Response, Status};

use super::add;
use crate::grpc::{Gateway, request};
use crate::journal;
use crate::pb::{AddWorkNoteRequest, AddWorkNoteResponse, JournalKind};
use crate::store::Repeatable;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<AddWorkNoteRequest>,
) -> Result<Response<AddWorkNoteResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let mut message = request.into_inner();
    let request_id = request::request_id(&std::mem::take(&mut message.request_id))?;
    let asked = [&*message.instance, &*message.table, &*message.sys_id, &*message.text];
    let parse = add::parse(gateway, &caller, JournalKind::WorkNote, asked);
    let (guard, addition) = request::until(deadline, parse).await?;
    let repeatable = request_id.map(|id| Repeatable::new("AddWorkNote", &guard.scope(), &id, &message));

    let write = gateway.request_ids.once(repeatable, |earlier| async move {
        let entry = journal::add(&guard, &addition, earlier).await?;
        Ok(AddWorkNoteResponse { entry: Some(entry) })
    });
    Ok(Response::new(request::until(deadline, write).await?))
}
