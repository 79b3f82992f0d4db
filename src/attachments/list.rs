//! What is known of attachments besides their content.

use std::sync::Arc;

use servicenow::query::{Operator, Query};
use servicenow::{Attachment, AttachmentList};

use super::allowed;
use crate::access::{Caller, Guard, Operation};
use crate::error::Error;
use crate::instance::{Instance, Subject};

/// Where listed attachments hang.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The table of their records; `None` for any.
    pub table: Option<String>,
    /// Their record; `None` for any.
    pub record_sys_id: Option<String>,
}

/// A page of descriptions.
#[derive(Debug)]
pub struct AttachmentPage {
    /// In sys_id order. May be fewer than asked for, where the instance hides rows.
    pub attachments: Vec<Attachment>,
    /// Where the next page starts; `None` on the last one.
    pub next_offset: Option<u64>,
}

/// Reads one page, at most `page_size` long. Whoever may not see all records of all tables must name a table; whoever
/// may not see all of its records, a record too.
pub async fn list(
    caller: &Caller,
    instance: &Arc<Instance>,
    place: &Place,
    page_size: u64,
    offset: u64,
) -> Result<AttachmentPage, Error> {
    check(caller, instance, place).await?;
    let list = AttachmentList { query: query(place), limit: page_size, offset };
    let call = instance.client().attachments(&list);
    let page = instance.call("attachment_list", Subject::none(), call).await?;
    let end = offset + page_size;
    let more = match page.total {
        Some(total) => end < total,
        None => page.has_next.unwrap_or(!page.rows.is_empty()),
    };
    Ok(AttachmentPage { attachments: page.rows, next_offset: more.then_some(end) })
}

async fn check(caller: &Caller, instance: &Arc<Instance>, place: &Place) -> Result<(), Error> {
    instance.check_acts_for(&caller.principal()?.user_id)?;
    if caller.principal()?.is_whole_for(Operation::Read) {
        return Ok(());
    }
    let table = place.table.as_deref().ok_or_else(|| {
        Error::invalid("table", "is required: the caller may not see the records of every table")
    })?;
    let guard = Guard::open(caller, instance, table, Operation::Read).await?;
    match &place.record_sys_id {
        Some(record) => guard.check_row(record).await,
        None if guard.has_row_rules() => {
            let problem = "is required: the caller may not see every record of the table";
            Err(Error::invalid("record_sys_id", problem))
        }
        None => Ok(()),
    }
}

/// Describes one attachment. Fails with [`Error::AttachmentUnknown`].
pub async fn get(caller: &Caller, instance: &Arc<Instance>, sys_id: &str) -> Result<Attachment, Error> {
    allowed::check(caller, instance, sys_id, Operation::Read).await?;
    describe(instance, sys_id).await
}

/// The same without asking whether it may.
pub(super) async fn describe(instance: &Instance, sys_id: &str) -> Result<Attachment, Error> {
    let subject = Subject::attachment(sys_id);
    instance.call("attachment_get", subject, instance.client().attachment(sys_id)).await
}

/// By the one key that is unique, so that pages neither overlap nor skip.
fn query(place: &Place) -> Query {
    let mut query = Query::new();
    if let Some(table) = &place.table {
        query = query.and("table_name", Operator::Is, table);
    }
    if let Some(record) = &place.record_sys_id {
        query = query.and("table_sys_id", Operator::Is, record);
    }
    query.order_by("sys_id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_narrows_the_list() {
        let place = |table: Option<&str>, record: Option<&str>| Place {
            table: table.map(str::to_owned),
            record_sys_id: record.map(str::to_owned),
        };
        for (place, expected) in [
            (place(None, None), "ORDERBYsys_id"),
            (place(Some("incident"), None), "table_name=incident^ORDERBYsys_id"),
            (place(Some("incident"), Some("a1")), "table_name=incident^table_sys_id=a1^ORDERBYsys_id"),
        ] {
            assert_eq!(query(&place).to_string(), expected);
        }
    }
}
