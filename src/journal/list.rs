//! Reading a journal, newest entry first.

use std::collections::BTreeSet;

use servicenow::query::{Operator, Query};
use servicenow::{DisplayMode, List, Page, Read};

use super::entry::FIELDS;
use super::{ELEMENTS, ENTRIES, element};
use crate::access::Guard;
use crate::error::{Error, Peer};
use crate::instance::{Instance, Subject};
use crate::pb::{JournalEntry, JournalKind};
use crate::{records, schema};

/// A page of entries.
#[derive(Debug)]
pub struct JournalPage {
    /// Newest first.
    pub entries: Vec<JournalEntry>,
    /// Where the next page starts; `None` on the last one.
    pub next_offset: Option<u64>,
}

/// Reads one page of a record's journal: of one kind, or of both where it is unspecified.
///
/// Fails with [`Error::RecordUnknown`] and [`Error::TableUnknown`].
pub async fn list(
    guard: &Guard,
    sys_id: &str,
    kind: JournalKind,
    page_size: u64,
    offset: u64,
) -> Result<JournalPage, Error> {
    let columns =
        element(kind).map_or_else(|| ELEMENTS.map(|(_, element)| element).to_vec(), |one| vec![one]);
    guard.check_deciding(columns).await?;
    guard.meter.may_read()?;
    let names = table_names(guard, sys_id).await?;
    let page = page(&guard.instance, &query(&names, sys_id, kind), page_size, offset).await?;
    guard.meter.read(page.rows.len());
    let end = offset + page_size;
    let more = match page.total {
        Some(total) => end < total,
        None => page.has_next.unwrap_or(!page.rows.is_empty()),
    };
    Ok(JournalPage { entries: page.rows, next_offset: more.then_some(end) })
}

/// The last entries of one kind.
pub(super) async fn last(
    guard: &Guard,
    sys_id: &str,
    kind: JournalKind,
    entries: u64,
) -> Result<Vec<JournalEntry>, Error> {
    let names = table_names(guard, sys_id).await?;
    Ok(page(&guard.instance, &query(&names, sys_id, kind), entries, 0).await?.rows)
}

async fn page(
    instance: &Instance,
    query: &Query,
    limit: u64,
    offset: u64,
) -> Result<Page<JournalEntry>, Error> {
    let read = Read { fields: FIELDS.map(str::to_owned).to_vec(), ..Read::default() };
    let list = List { query: query.clone(), read, limit, offset, count: true };
    let call = instance.client().list(ENTRIES, &list);
    instance.call("journal", Subject::table(ENTRIES), call).await
}

/// The names under which entries of the record may be kept: an incident that is asked for as a task has its entries
/// under "incident", and some integrations write them under the name of a base table.
async fn table_names(guard: &Guard, sys_id: &str) -> Result<BTreeSet<String>, Error> {
    let (instance, table) = (&guard.instance, guard.table());
    let fields = ["sys_id".to_owned(), "sys_class_name".to_owned()];
    let record = records::look_up(guard, sys_id, &fields, DisplayMode::Value).await?;
    let class = record.fields.get("sys_class_name").map(|field| field.value.clone());
    let mut names = BTreeSet::from([table.to_owned()]);
    for name in class.into_iter().filter(|class| !class.is_empty()).chain([table.to_owned()]) {
        match schema::table(instance, &name).await {
            Ok(schema) => names.extend(schema.extends.iter().cloned()),
            // Without the dictionary the names that are known must do.
            Err(Error::Instance { peer: Peer::Forbidden { .. }, .. } | Error::TableUnknown { .. }) => {}
            Err(error) => return Err(error),
        }
        names.insert(name);
    }
    Ok(names)
}

fn query(names: &BTreeSet<String>, sys_id: &str, kind: JournalKind) -> Query {
    let elements = match element(kind) {
        Some(element) => element.to_owned(),
        None => ELEMENTS.map(|(_, element)| element).join(","),
    };
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Query::new()
        .and("element_id", Operator::Is, sys_id)
        .and("element", Operator::In, elements)
        .and("name", Operator::In, names.join(","))
        .order_by_desc("sys_created_on")
        .order_by_desc("sys_id") // unique, so that pages neither overlap nor skip
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_is_of_one_record_and_its_kinds() {
        let names = BTreeSet::from(["task".to_owned(), "incident".to_owned()]);
        let order = "nameINincident,task^ORDERBYDESCsys_created_on^ORDERBYDESCsys_id";
        for (kind, elements) in [
            (JournalKind::Unspecified, "comments,work_notes"),
            (JournalKind::Comment, "comments"),
            (JournalKind::WorkNote, "work_notes"),
        ] {
            let expected = format!("element_id=a1^elementIN{elements}^{order}");
            assert_eq!(query(&names, "a1", kind).to_string(), expected);
        }
    }
}
