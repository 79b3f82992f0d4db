//! Calls as bytes on the wire: any method, with an empty message and whatever headers one likes, on gRPC and on grpc-web.

use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use tonic::transport::Channel;
use tonic::{Request, Status};

use crate::harness::Gateway;

/// A call that neither answers nor refuses for so long waits for something: it is in.
const IN: Duration = Duration::from_secs(5);

/// Connections of nobody, on both protocols.
#[derive(Clone)]
pub(crate) struct Wire {
    channel: Channel,
    browser: reqwest::Client,
    url: String,
}

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Face {
    Grpc,
    GrpcWeb,
}

pub(crate) const FACES: [Face; 2] = [Face::Grpc, Face::GrpcWeb];

impl Wire {
    pub(crate) fn new(gateway: &Gateway) -> Self {
        Wire {
            channel: gateway.anonymous(),
            browser: reqwest::Client::builder().http1_only().build().unwrap(),
            url: format!("http://{}", gateway.address),
        }
    }

    /// The status of a call; OK for one that goes on.
    pub(crate) async fn call(&self, face: Face, path: &str, headers: &[(HeaderName, HeaderValue)]) -> Status {
        let answer = async {
            match face {
                Face::Grpc => self.grpc(path, headers).await,
                Face::GrpcWeb => self.grpc_web(path, headers).await,
            }
        };
        tokio::time::timeout(IN, answer).await.unwrap_or_else(|_| Status::ok(""))
    }

    /// The same with a token; with none for an empty one.
    pub(crate) async fn with_token(&self, face: Face, path: &str, token: &str) -> Status {
        let headers = if token.is_empty() { vec![] } else { vec![bearer(token)] };
        self.call(face, path, &headers).await
    }

    async fn grpc(&self, path: &str, headers: &[(HeaderName, HeaderValue)]) -> Status {
        let mut grpc = tonic::client::Grpc::new(self.channel.clone());
        grpc.ready().await.unwrap();
        let mut request = Request::new(futures::stream::iter([()]));
        let given = all(headers.iter().cloned());
        *request.metadata_mut() = tonic::metadata::MetadataMap::from_headers(given);
        let codec = tonic_prost::ProstCodec::<(), ()>::default();
        match grpc.streaming(request, path.parse().unwrap(), codec).await {
            Err(status) => status,
            Ok(response) => match response.into_inner().message().await {
                Err(status) => status,
                Ok(_) => Status::ok(""),
            },
        }
    }

    async fn grpc_web(&self, path: &str, headers: &[(HeaderName, HeaderValue)]) -> Status {
        let given = all(headers.iter().cloned());
        let request = self.browser.post(format!("{}{path}", self.url)).headers(given);
        let request = request.header("content-type", "application/grpc-web+proto").body(vec![0; 5]);
        let mut answer = request.send().await.unwrap();
        if let Some(status) = Status::from_header_map(answer.headers()) {
            return status;
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.unwrap() {
            body.extend_from_slice(&chunk);
            if let Some(status) = first_frame(&body) {
                return status;
            }
        }
        panic!("{path} answered {} without a status", answer.status());
    }
}

/// `authorization: Bearer …`
pub(crate) fn bearer(token: &str) -> (HeaderName, HeaderValue) {
    (http::header::AUTHORIZATION, format!("Bearer {token}").parse().unwrap())
}

/// OK for a message, the status for trailers; none while the frame is not whole.
fn first_frame(body: &[u8]) -> Option<Status> {
    let (head, rest) = body.split_at_checked(5)?;
    if head[0] & 0x80 == 0 {
        return Some(Status::ok(""));
    }
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
    let text = std::str::from_utf8(rest.get(..usize::try_from(length).unwrap())?).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once(':'));
    let header = |(name, value): (&str, &str)| (name.trim().parse().unwrap(), value.trim().parse().unwrap());
    Status::from_header_map(&all(pairs.map(header)))
}

/// A header that comes twice stays twice.
fn all(pairs: impl IntoIterator<Item = (HeaderName, HeaderValue)>) -> HeaderMap {
    let mut all = HeaderMap::new();
    for (name, value) in pairs {
        all.append(name, value);
    }
    all
}
