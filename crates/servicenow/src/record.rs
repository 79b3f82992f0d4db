//! The Table API: rows one by one and by the page.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use serde::Serializer as _;

use crate::address::Params;
use crate::read::{List, Page, Read, WriteOptions};
use crate::scan::Counted;
use crate::{Client, Error, Row, SysId, TableName, decode};

/// Names and new values of a row's fields; `None` clears a field, as the empty text does.
pub type Fields = BTreeMap<String, Option<String>>;

impl Client {
    /// Reads one row.
    ///
    /// # Errors
    /// [`Error::NotFound`] also if access rules hide the row.
    pub async fn get<R: Row>(&self, table: &str, sys_id: &str, read: &Read) -> Result<R, Error> {
        let (table, sys_id): (TableName, SysId) = (table.parse()?, sys_id.parse()?);
        let mut params = Params::default();
        read.params(&mut params);
        self.read(&path(&table, &sys_id), &params, |reply| row(reply, &table, read)).await
    }

    /// Reads one page. An empty or short page does not mean that there are no more rows.
    pub async fn list<R: Row>(&self, table: &str, list: &List) -> Result<Page<R>, Error> {
        let table: TableName = table.parse()?;
        let segments = ["api", "now", "table", table.as_str()];
        let decode = |reply: &crate::transport::Reply| {
            let rows = decode::rows(&reply.body, table.as_str(), list.read.display)?;
            // Without a count the headers, if any, speak of the page only.
            let counted = list.count.then_some(&reply.head);
            Ok(Page {
                rows,
                total: counted.and_then(|head| head.total),
                has_next: counted.and_then(|head| head.has_next),
            })
        };
        self.read(&segments, &list.params(), decode).await
    }

    /// One page, decoded by the caller, with how often it was asked for. Time-outs are not tried again.
    pub(crate) async fn list_raw<P>(
        &self,
        table: &str,
        list: &List,
        decode: impl Fn(&[u8]) -> Result<P, Error>,
    ) -> (u32, Result<Counted<P>, Error>) {
        let table: TableName = match table.parse() {
            Ok(table) => table,
            Err(error) => return (0, Err(error)),
        };
        let segments = ["api", "now", "table", table.as_str()];
        let decode = |reply: &crate::transport::Reply| {
            let rows = decode(&reply.body)?;
            let counted = list.count.then_some(&reply.head);
            Ok(Counted {
                rows,
                bytes: reply.body.len() as u64,
                took: reply.head.took,
                total: counted.and_then(|head| head.total),
                has_next: counted.and_then(|head| head.has_next),
            })
        };
        let hopeless = |error: &Error| matches!(error, Error::Timeout | Error::TransactionTimeout(_));
        self.read_counted(&segments, &list.params(), decode, hopeless).await
    }

    /// The URL that [`Client::list`] asks for, for people to look at. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::UrlTooLong`], and [`Error::InvalidInput`] for a name that is none.
    pub fn list_url(&self, table: &str, list: &List) -> Result<String, Error> {
        let table: TableName = table.parse()?;
        let request = self.transport().get(&["api", "now", "table", table.as_str()], &list.params())?;
        Ok(request.url.into())
    }

    /// Inserts a row and gives it back as it was stored.
    pub async fn create<R: Row>(
        &self,
        table: &str,
        fields: &Fields,
        options: &WriteOptions,
    ) -> Result<R, Error> {
        let table: TableName = table.parse()?;
        let segments = ["api", "now", "table", table.as_str()];
        let request =
            self.transport().request(Method::POST, &segments, &options.params(), Some(body(fields)?))?;
        self.transport().call(&request, |reply: &_| row(reply, &table, &options.read)).await
    }

    /// Changes the fields given, and gives the row back as it was stored.
    pub async fn update<R: Row>(
        &self,
        table: &str,
        sys_id: &str,
        fields: &Fields,
        options: &WriteOptions,
    ) -> Result<R, Error> {
        let (table, sys_id): (TableName, SysId) = (table.parse()?, sys_id.parse()?);
        let segments = path(&table, &sys_id);
        let request =
            self.transport().request(Method::PATCH, &segments, &options.params(), Some(body(fields)?))?;
        self.transport().call(&request, |reply: &_| row(reply, &table, &options.read)).await
    }

    /// Deletes a row.
    pub async fn delete(&self, table: &str, sys_id: &str) -> Result<(), Error> {
        let (table, sys_id): (TableName, SysId) = (table.parse()?, sys_id.parse()?);
        let request =
            self.transport().request(Method::DELETE, &path(&table, &sys_id), &Params::default(), None)?;
        self.transport().call(&request, |_| Ok(())).await
    }
}

fn path<'a>(table: &'a TableName, sys_id: &'a SysId) -> [&'a str; 5] {
    ["api", "now", "table", table.as_str(), sys_id.as_str()]
}

fn row<R: Row>(reply: &crate::transport::Reply, table: &TableName, read: &Read) -> Result<R, Error> {
    decode::row(&reply.body, table.as_str(), read.display)
}

/// The body of a write.
pub(crate) fn body(fields: &Fields) -> Result<Bytes, Error> {
    let mut bytes = Vec::new();
    let pairs = fields.iter().map(|(name, value)| (name, value.as_deref().unwrap_or_default()));
    serde_json::Serializer::new(&mut bytes)
        .collect_map(pairs)
        .map_err(|error| Error::InvalidInput(format!("cannot encode the fields: {error}")))?;
    Ok(bytes.into())
}
