//! One batch, sent as it is.

use http::Method;

use super::wire::{self, BatchReply, SubRequest};
use crate::address::Params;
use crate::transport::Request;
use crate::{Client, Error};

const PATH: [&str; 4] = ["api", "now", "v1", "batch"];

impl Client {
    /// Sends one batch. It is sent again only where the instance cannot have acted on it; what it left unserved
    /// and what failed inside is the caller's to look at. [`Client::batch`] does more.
    pub async fn batch_once(&self, requests: &[SubRequest]) -> Result<BatchReply, Error> {
        let request = batch_request(self, requests, false)?;
        self.transport().call(&request, |reply| wire::decode_batch(&reply.body)).await
    }
}

/// `read` says that nothing in it writes.
pub(super) fn batch_request(client: &Client, requests: &[SubRequest], read: bool) -> Result<Request, Error> {
    let body = wire::encode(requests)?;
    let request = client.transport().request(Method::POST, &PATH, &Params::default(), Some(body))?;
    Ok(Request { read, ..request })
}
