//! What AddComment and AddWorkNote have in common: they differ in their journal only.

use crate::error::Error;
use crate::grpc::{Gateway, request};
use crate::instance::Instance;
use crate::journal::Addition;
use crate::pb::JournalKind;

/// Whose journal gets which text.
pub(super) fn parse<'g>(
    gateway: &'g Gateway,
    kind: JournalKind,
    [instance, table, sys_id, text]: [&str; 4],
) -> Result<(&'g Instance, Addition), Error> {
    let instance = gateway.instances.get(instance)?;
    let table = request::table(table)?;
    let sys_id = request::sys_id(sys_id)?;
    if text.trim().is_empty() {
        return Err(Error::invalid("text", "is required: an empty entry would be dropped"));
    }
    let addition =
        Addition { table: table.to_string(), sys_id: sys_id.to_string(), kind, text: text.to_owned() };
    Ok((instance, addition))
}
