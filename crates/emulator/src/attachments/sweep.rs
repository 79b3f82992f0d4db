//! Removing pieces that belong to no attachment.

use rusqlite::Connection;

use crate::error::Error;
use crate::store::{self, Store};

/// Pieces removed in one transaction, so that other writers get their turn.
const AT_ONCE: usize = 64;

/// Removes what uploads have left that were cut short by the end of the process.
pub(crate) fn sweep(store: &Store) -> Result<(), store::Error> {
    const LEFT: &str = "SELECT DISTINCT sys_attachment FROM sys_attachment_doc AS piece WHERE NOT EXISTS \
                        (SELECT 1 FROM sys_attachment WHERE sys_id = piece.sys_attachment)";
    let left: Vec<String> = store.read(|connection| {
        let mut statement = connection.prepare(LEFT)?;
        let ids = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
        Ok::<_, store::Error>(ids.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    })?;
    for sys_id in left {
        while store.write(|transaction| some(transaction, &sys_id).map_err(store::Error::from))? == AT_ONCE {}
    }
    Ok(())
}

/// Removes the pieces of an upload that was given up.
pub(super) fn pieces(store: &Store, sys_id: &str) -> Result<(), Error> {
    while store.write(|transaction| some(transaction, sys_id).map_err(Error::from))? == AT_ONCE {}
    Ok(())
}

fn some(connection: &Connection, sys_id: &str) -> Result<usize, rusqlite::Error> {
    const SOME: &str = "DELETE FROM sys_attachment_doc WHERE sys_id IN \
                        (SELECT sys_id FROM sys_attachment_doc WHERE sys_attachment = ?1 LIMIT ?2)";
    connection.prepare_cached(SOME)?.execute((sys_id, AT_ONCE as i64))
}
