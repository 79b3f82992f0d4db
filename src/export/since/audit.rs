//! Whether deletes can be seen.
//!
//! `sys_audit_delete` is all that an instance tells of deleted rows. Who may not read it, and whoever asks for a table whose
//! deletes are not recorded, gets an error: an empty answer would look like "nothing was deleted".

use servicenow::query::{Operator, Query};
use servicenow::{List, Read, Record};

use crate::access::{Caller, Guard, Operation};
use crate::error::{Error, Peer, Refusal};
use crate::instance::Subject;
use crate::records;

/// Where instances record deletes.
pub(super) const DELETES: &str = "sys_audit_delete";
/// Which row, of which table, when.
pub(super) const FIELDS: [&str; 3] = ["documentkey", "tablename", "sys_created_on"];

/// The caller's way to the records of deletes.
pub(super) async fn open(caller: &Caller, guard: &Guard) -> Result<Guard, Error> {
    let audit = match Guard::open(caller, &guard.instance, DELETES, Operation::Read).await {
        Err(Error::Refused(Refusal::TableForbidden { .. })) => {
            return Err(Refusal::Restricted {
                table: DELETES.to_owned(),
                why: "deletes are read from it; ask for changed rows only, or for a role that may read it",
            }
            .into());
        }
        opened => opened?,
    };
    match records::check_deciding(&audit, FIELDS).await {
        Err(Error::TableUnknown { .. }) => {
            Err(unseen(guard.table(), "the instance shows no sys_audit_delete to the gateway's account"))
        }
        checked => checked.map(|()| audit),
    }
}

/// Fails where the dictionary says that deletes of the table leave no trace.
pub(super) async fn recorded(guard: &Guard) -> Result<(), Error> {
    let lineage = guard.instance.hierarchy().await?.lineage(guard.table());
    let query = Query::new().and("name", Operator::In, lineage.join(",")).and(
        "internal_type",
        Operator::Is,
        "collection",
    );
    let read = records::plain_read(&["name", "audit", "attributes"]);
    let list = List { query, read, limit: 100, ..List::default() };
    let call = guard.instance.own().list::<Record>("sys_dictionary", &list);
    let page = match guard.instance.call("export_audited", Subject::table("sys_dictionary"), call).await {
        Err(Error::Instance { peer: Peer::Forbidden { .. }, .. }) => {
            let why =
                "the gateway's account may not read the dictionary, which says whether they are recorded";
            return Err(unseen(guard.table(), why));
        }
        page => page?,
    };
    let says =
        |row: &Record, name: &str, what: &str| row.value(name).is_some_and(|value| value.contains(what));
    let own = page.rows.iter().find(|row| row.value("name") == Some(guard.table()));
    if own.is_some_and(|own| says(own, "attributes", "no_audit_delete=true")) {
        return Err(unseen(guard.table(), "its dictionary entry has no_audit_delete=true"));
    }
    if page.rows.iter().any(|row| says(row, "audit", "true")) {
        return Ok(());
    }
    Err(unseen(guard.table(), "the instance does not audit the table, and records no deletes of it"))
}

/// Fails where records are counted and none of them is shown: the instance's access rules hide them from the gateway's
/// account.
pub(super) async fn visible(audit: &Guard, table: &str, query: &Query) -> Result<(), Error> {
    let query = audit.narrow(query.clone()).await?;
    let read = Read { fields: vec!["sys_id".to_owned()], exclude_reference_link: true, ..Read::default() };
    let list = List { query, read, limit: 1, count: true, ..List::default() };
    let client = audit.instance.bulk();
    let call = client.list::<Record>(DELETES, &list);
    let page = match audit.instance.call("export_deletes", Subject::table(DELETES), call).await {
        Err(Error::Instance { peer: Peer::Forbidden { .. }, .. }) => {
            let why = "the instance's access rules keep sys_audit_delete from the gateway's account";
            return Err(unseen(table, why));
        }
        page => page?,
    };
    if page.rows.is_empty() && page.total.is_some_and(|total| total > 0) {
        let why = "the instance's access rules hide rows of sys_audit_delete from the gateway's account";
        return Err(unseen(table, why));
    }
    Ok(())
}

fn unseen(table: &str, why: &'static str) -> Error {
    Error::DeletesUnseen { table: table.to_owned(), why }
}
