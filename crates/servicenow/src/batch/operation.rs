//! An operation as a request of a batch, and a reply as its outcome.

use bytes::Bytes;
use http::Method;
use url::Url;

use super::wire::{SubReply, SubRequest};
use super::{BatchOperation, BatchOutcome};
use crate::address::{self, Params};
use crate::record::body;
use crate::{DisplayMode, Error, Fields, Page, Read, Row, SysId, TableName, decode};

/// An operation that was found fit to be sent.
pub(super) struct Checked {
    operation: BatchOperation,
    request: SubRequest,
    /// What the request's URL is outside the batch.
    url: Url,
    /// For a create: the row it makes.
    sys_id: Option<String>,
}

impl Checked {
    /// Fails where the operation names something that cannot be part of a URL.
    pub(super) fn new(mut operation: BatchOperation, base: &Url, id: String) -> Result<Checked, Error> {
        let sys_id = match &mut operation {
            BatchOperation::Create { fields, .. } => Some(choose_sys_id(fields)?),
            _ => None,
        };
        let (method, url, body) = place(&operation, base)?;
        let request = sub_request(id, &method, &url, body);
        Ok(Checked { operation, request, url, sys_id })
    }

    pub(super) fn request(&self) -> &SubRequest {
        &self.request
    }

    pub(super) fn is_read(&self) -> bool {
        matches!(self.operation, BatchOperation::Get { .. } | BatchOperation::List { .. })
    }

    pub(super) fn is_create(&self) -> bool {
        self.sys_id.is_some()
    }

    pub(super) fn is_delete(&self) -> bool {
        matches!(self.operation, BatchOperation::Delete { .. })
    }

    /// Whether sending it twice does what sending it once does.
    pub(super) fn is_repeatable(&self, journal_fields: &[String]) -> bool {
        match &self.operation {
            BatchOperation::Update { fields, .. } => {
                !journal_fields.iter().any(|field| fields.get(field).is_some_and(Option::is_some))
            }
            _ => true,
        }
    }

    /// Reads the row that a create makes, to learn whether it did.
    pub(super) fn check(&self, base: &Url) -> SubRequest {
        let id = self.request.id.clone();
        if let (BatchOperation::Create { table, options, .. }, Some(sys_id)) = (&self.operation, &self.sys_id)
        {
            let segments = ["api", "now", "table", table.as_str(), sys_id.as_str()];
            let url = address::locate(base, &segments, &read_params(&options.read));
            return sub_request(id, &Method::GET, &url, None);
        }
        self.request.clone()
    }

    /// What a reply means, to the operation or to the check of a create.
    pub(super) fn outcome<R: Row>(&self, reply: &SubReply) -> Result<BatchOutcome<R>, Error> {
        let reply = reply.reply(&self.url)?;
        let row = |table: &str, display: DisplayMode| decode::row::<R>(&reply.body, table, display);
        match &self.operation {
            BatchOperation::Get { table, read, .. } => Ok(BatchOutcome::Row(row(table, read.display)?)),
            BatchOperation::List { table, list } => {
                let rows = decode::rows(&reply.body, table, list.read.display)?;
                let counted = list.count.then_some(&reply.head);
                let total = counted.and_then(|head| head.total);
                Ok(BatchOutcome::Page(Page { rows, total, has_next: counted.and_then(|head| head.has_next) }))
            }
            BatchOperation::Create { table, options, .. } => {
                let row = row(table, options.read.display)?;
                Ok(BatchOutcome::Created { sys_id: self.sys_id.clone().unwrap_or_default(), row })
            }
            BatchOperation::Update { table, options, .. } => {
                Ok(BatchOutcome::Updated(row(table, options.read.display)?))
            }
            BatchOperation::Delete { .. } => Ok(BatchOutcome::Deleted),
        }
    }
}

/// The row's sys_id: the caller's, or 32 random hexadecimal digits.
fn choose_sys_id(fields: &mut Fields) -> Result<String, Error> {
    if let Some(Some(given)) = fields.get("sys_id")
        && !given.is_empty()
    {
        return Ok(given.parse::<SysId>()?.as_str().to_owned());
    }
    let chosen = format!("{:032x}", fastrand::u128(..));
    fields.insert("sys_id".to_owned(), Some(chosen.clone()));
    Ok(chosen)
}

fn place(operation: &BatchOperation, base: &Url) -> Result<(Method, Url, Option<Bytes>), Error> {
    let at = |table: &str, sys_id: Option<&str>, params: &Params| -> Result<Url, Error> {
        let table: TableName = table.parse()?;
        let mut segments = vec!["api", "now", "table", table.as_str()];
        let sys_id = sys_id.map(str::parse::<SysId>).transpose()?;
        segments.extend(sys_id.as_ref().map(SysId::as_str));
        Ok(address::locate(base, &segments, params))
    };
    match operation {
        BatchOperation::Get { table, sys_id, read } => {
            Ok((Method::GET, at(table, Some(sys_id), &read_params(read))?, None))
        }
        BatchOperation::List { table, list } => Ok((Method::GET, at(table, None, &list.params())?, None)),
        BatchOperation::Create { table, fields, options } => {
            Ok((Method::POST, at(table, None, &options.params())?, Some(body(fields)?)))
        }
        BatchOperation::Update { table, sys_id, fields, options } => {
            Ok((Method::PATCH, at(table, Some(sys_id), &options.params())?, Some(body(fields)?)))
        }
        BatchOperation::Delete { table, sys_id } => {
            Ok((Method::DELETE, at(table, Some(sys_id), &Params::default())?, None))
        }
    }
}

fn read_params(read: &Read) -> Params {
    let mut params = Params::default();
    read.params(&mut params);
    params
}

/// A request of a batch: its URL is what stands after the host.
pub(super) fn sub_request(id: String, method: &Method, url: &Url, body: Option<Bytes>) -> SubRequest {
    let json = "application/json".to_owned();
    let mut headers = vec![("Accept".to_owned(), json.clone())];
    if body.is_some() {
        headers.push(("Content-Type".to_owned(), json));
    }
    let url = url[url::Position::BeforePath..].to_owned();
    SubRequest { id, method: method.to_string(), url, headers, body }
}
