//! The records that a write by query is about: found and counted before anything is written.

use servicenow::query::Query;
use servicenow::{Page, Read, Scan, SysId, TableName};

use crate::error::Error;
use crate::instance::{Instance, Subject};
use crate::pb::Record;

/// Sys_ids asked for at once: they are short.
const PAGE: u64 = 10_000;

/// Which records.
#[derive(Clone, Debug)]
pub struct Matching {
    /// The table.
    pub table: TableName,
    /// The filter, narrowed to the caller's rows; without sort keys.
    pub query: Query,
    /// Only the first so many, by sys_id.
    pub limit: Option<u64>,
    /// The most that may match.
    pub max_records: u64,
}

impl Matching {
    /// Their sys_ids, in ascending order.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`] where more match than may; it counts those too that the account may not read.
    pub async fn find(&self, instance: &Instance) -> Result<Vec<SysId>, Error> {
        // Asked first: a scan of all of them would be for nothing.
        self.check(self.count(instance).await?)?;
        let scan = Scan { query: self.query.clone(), read: read(), page_size: PAGE, after: None };
        let mut scan = instance.bulk().scan::<Record>(self.table.as_str(), scan);
        let mut found = Vec::new();
        while let Some(page) = instance.call("find", self.subject(), scan.next_page()).await? {
            for record in page.rows {
                found.push(record.sys_id.parse().map_err(Error::internal)?);
            }
            let most = self.limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX);
            if found.len() >= most {
                found.truncate(most);
                break;
            }
            self.check(found.len() as u64)?; // some may have come since they were counted
        }
        Ok(found)
    }

    fn check(&self, matched: u64) -> Result<(), Error> {
        let matched = matched.min(self.limit.unwrap_or(u64::MAX));
        if matched > self.max_records {
            return Err(Error::LimitExceeded { matched, max_records: self.max_records });
        }
        Ok(())
    }

    async fn count(&self, instance: &Instance) -> Result<u64, Error> {
        count(instance, &self.table, &self.query).await
    }

    fn subject(&self) -> Subject<'_> {
        Subject::table(self.table.as_str())
    }
}

/// How many records match a query, those counted too that the account may not read.
pub(crate) async fn count(instance: &Instance, table: &TableName, query: &Query) -> Result<u64, Error> {
    let list = servicenow::List { query: query.clone(), read: read(), limit: 1, offset: 0, count: true };
    let page = instance.bulk().list(table.as_str(), &list);
    let page: Page<Record> = instance.call("count", Subject::table(table.as_str()), page).await?;
    Ok(page.total.unwrap_or(page.rows.len() as u64))
}

fn read() -> Read {
    Read { fields: vec!["sys_id".to_owned()], ..Read::default() }
}
