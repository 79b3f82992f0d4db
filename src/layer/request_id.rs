//! Every request has an id: the caller's `x-request-id`, or a new one. It is logged and sent back.

use http::{HeaderName, HeaderValue, Request};
use tower_http::request_id::{MakeRequestId, RequestId};

/// The header, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Makes a random id.
#[derive(Clone, Copy, Default)]
pub struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = uuid::Uuid::new_v4().simple().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// The span that everything logged for a request belongs to.
pub fn span<B>(request: &Request<B>) -> tracing::Span {
    let id = request.headers().get(HEADER).and_then(|id| id.to_str().ok()).unwrap_or_default();
    // A caller's id is cut: it must not flood the log.
    let id = id.get(..64).unwrap_or(id);
    tracing::info_span!("request", id, path = request.uri().path())
}
