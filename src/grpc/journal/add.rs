//! AddComment and AddWorkNote, which differ in their journal only.

use tokio::time::Instant;

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::journal::{self, Addition};
use crate::pb::{JournalEntry, JournalKind};

/// What both requests hold.
pub(super) struct Asked {
    pub(super) instance: String,
    pub(super) table: String,
    pub(super) sys_id: String,
    pub(super) text: String,
    pub(super) request_id: String,
    pub(super) kind: JournalKind,
}

pub(super) async fn handle(
    gateway: &Gateway,
    deadline: Instant,
    asked: Asked,
) -> Result<JournalEntry, Error> {
    let instance = gateway.instances.get(&asked.instance)?;
    let table = request::table(&asked.table)?;
    let sys_id = request::sys_id(&asked.sys_id)?;
    request_id(&asked.request_id)?;
    if asked.text.trim().is_empty() {
        return Err(Error::invalid("text", "is required: an empty entry would be dropped"));
    }
    let addition =
        Addition { table: table.to_string(), sys_id: sys_id.to_string(), kind: asked.kind, text: asked.text };
    request::until(deadline, journal::add(instance, &addition)).await
}

/// The caller's id of this call, in one spelling.
fn request_id(text: &str) -> Result<Option<String>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = uuid::Uuid::try_parse(text).map_err(|_| Error::invalid("request_id", "must be a UUID"))?;
    Ok(Some(id.to_string()))
}
