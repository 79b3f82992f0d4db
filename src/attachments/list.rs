//! What is known of attachments besides their content.

use servicenow::query::{Operator, Query};
use servicenow::{Attachment, AttachmentList};

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

/// Reads one page, at most `page_size` long.
pub async fn list(
    instance: &Instance,
    place: &Place,
    page_size: u64,
    offset: u64,
) -> Result<AttachmentPage, Error> {
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

/// Describes one attachment. Fails with [`Error::AttachmentUnknown`].
pub async fn get(instance: &Instance, sys_id: &str) -> Result<Attachment, Error> {
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
