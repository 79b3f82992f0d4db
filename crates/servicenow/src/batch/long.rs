//! Reads whose URL is longer than the instance takes go as a batch of one, where a URL may be of any length.

use http::Method;

use super::once::batch_request;
use super::operation::sub_request;
use super::wire;
use crate::address::{self, Params};
use crate::transport::Reply;
use crate::{Client, Error};

/// The longest URL that is sent inside a batch.
const MAX_URL_BYTES: usize = 4 * 1024 * 1024;

impl Client {
    /// A read: by itself, or inside a batch if its URL is too long. Errors are the same either way.
    pub(crate) async fn read<T>(
        &self,
        segments: &[&str],
        params: &Params,
        decode: impl Fn(&Reply) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.read_counted(segments, params, decode, |_| false).await.1
    }

    /// The same, with how often it was sent. What is `hopeless` is not sent again.
    pub(crate) async fn read_counted<T>(
        &self,
        segments: &[&str],
        params: &Params,
        decode: impl Fn(&Reply) -> Result<T, Error>,
        hopeless: impl Fn(&Error) -> bool,
    ) -> (u32, Result<T, Error>) {
        let transport = self.transport();
        match transport.get(segments, params) {
            Ok(request) => transport.call_counted(&request, decode, hopeless).await,
            Err(Error::UrlTooLong { bytes }) if bytes <= MAX_URL_BYTES => {
                let url = address::locate(&transport.base, segments, params);
                let sub = sub_request("1".to_owned(), &Method::GET, &url, None);
                let request = match batch_request(self, &[sub], true) {
                    Ok(request) => request,
                    Err(error) => return (0, Err(error)),
                };
                let decode = |reply: &Reply| {
                    let replies = wire::decode_batch(&reply.body)?.serviced;
                    let served = replies.iter().find(|reply| reply.id == "1");
                    decode(&served.ok_or(Error::Unserviced { rounds: 1 })?.reply(&url)?)
                };
                transport.call_counted(&request, decode, hopeless).await
            }
            Err(error) => (0, Err(error)),
        }
    }
}
