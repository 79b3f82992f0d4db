//! `POST …/batch`: many requests in one.
//!
//! They run one after the other through the same routes, in process, as the caller of the batch; there is no
//! transaction across them. What a limit leaves undone is named in `unserviced_requests`, and the caller sends it again.

mod call;
pub(super) mod lenient;
mod reply;
mod request;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Router};
use http::HeaderMap;
use tokio::time::Instant;

use super::body;
use super::face::Face;
use super::failure::Failure;
use super::format::Format;
use super::json::Json;
use crate::engine::Session;
use crate::settings::Settings;
use reply::Reply;

/// A caller may want a smaller reply than the instance would give.
const MAX_OUTPUT: &str = "x-batchrequest-max-output-size";

/// The routes that sub-requests take.
#[derive(Clone)]
pub(super) struct SubRequests(pub(super) Router);

/// Marks a request whose caller has signed in already.
#[derive(Clone)]
pub(super) struct Inherited(pub(super) Arc<Session>);

/// The unversioned path and v1.
pub(super) fn routes(subs: SubRequests) -> Router<Face> {
    Router::new()
        .route("/api/now/batch", post(batch))
        .route("/api/now/v1/batch", post(batch))
        .layer(Extension(subs))
}

/// Runs what was sent, in its order. The reply is a 200 whatever came of its parts.
async fn batch(
    State(face): State<Face>,
    Extension(session): Extension<Arc<Session>>,
    Extension(SubRequests(router)): Extension<SubRequests>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Reply>, Failure> {
    let settings = &face.instance.settings;
    if Format::sent(&headers) != Some(Format::Json) {
        return Err(Failure::unsupported_media_type());
    }
    let bytes = body::read(&headers, body, settings.max_batch_bytes).await?;
    let batch = request::parse(&bytes)?;
    let mut limits = Limits::new(settings, &headers);
    let mut reply = Reply::new(batch.id);
    for request in batch.requests {
        if limits.reached() {
            reply.unserviced(request.id);
            continue;
        }
        let served = call::serve(&router, &session, request, settings.max_batch_output_bytes).await;
        limits.note(served.length());
        reply.serviced(served);
    }
    Ok(Json(reply))
}

/// What ends a batch before its last request.
struct Limits {
    requests: usize,
    output: usize,
    until: Instant,
    max_requests: usize,
    max_output: usize,
}

impl Limits {
    fn new(settings: &Settings, headers: &HeaderMap) -> Self {
        let asked = headers.get(MAX_OUTPUT).and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let max_output = settings.max_batch_output_bytes;
        Limits {
            requests: 0,
            output: 0,
            until: Instant::now() + Duration::from_secs(settings.batch_seconds),
            max_requests: settings.max_batch_requests,
            max_output: asked
                .filter(|&bytes| bytes > 0)
                .map_or(max_output, |asked: usize| asked.min(max_output)),
        }
    }

    /// The first request is always run: a caller who sends the rest again must get on.
    fn reached(&self) -> bool {
        self.requests >= self.max_requests
            || (self.requests > 0 && (self.output >= self.max_output || Instant::now() >= self.until))
    }

    fn note(&mut self, bytes: usize) {
        self.requests += 1;
        self.output = self.output.saturating_add(bytes);
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn limits() {
        let settings = Settings { max_batch_requests: 3, max_batch_output_bytes: 100, ..Settings::default() };
        for (header, sizes, reached) in [
            (None, &[][..], false),
            (None, &[99], false),
            (None, &[100], true),
            (None, &[1, 1, 1], true),
            (Some("10"), &[10], true),
            (Some("1000"), &[99], false),
            (Some("0"), &[50], false),
            (Some("x"), &[50], false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(MAX_OUTPUT, HeaderValue::from_static(header));
            }
            let mut limits = Limits::new(&settings, &headers);
            for &size in sizes {
                limits.note(size);
            }
            assert_eq!(limits.reached(), reached, "{header:?} {sizes:?}");
        }
    }

    #[test]
    fn after_the_quota_only_the_first_is_run() {
        let settings = Settings { batch_seconds: 0, ..Settings::default() };
        let mut limits = Limits::new(&settings, &HeaderMap::new());
        assert!(!limits.reached());
        limits.note(1);
        assert!(limits.reached());
    }
}
