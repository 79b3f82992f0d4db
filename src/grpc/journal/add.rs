//! What AddComment and AddWorkNote have in common: they differ in their journal only.

use crate::access::{Caller, Guard, Operation};
use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::journal::Addition;
use crate::pb::JournalKind;

/// Whose journal gets which text.
pub(super) async fn parse(
    gateway: &Gateway,
    caller: &Caller,
    kind: JournalKind,
    [instance, table, sys_id, text]: [&str; 4],
) -> Result<(Guard, Addition), Error> {
    let table = request::table(table)?;
    let sys_id = request::sys_id(sys_id)?;
    if text.trim().is_empty() {
        return Err(Error::invalid("text", "is required: an empty entry would be dropped"));
    }
    let guard = gateway.guard(caller, instance, &table, Operation::Update).await?;
    caller.about(sys_id.as_str());
    Ok((guard, Addition { sys_id: sys_id.to_string(), kind, text: text.to_owned() }))
}
