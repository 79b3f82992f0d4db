//! Counts and times every call, by method and by the gRPC status it ended with.
//!
//! A status comes with the head of an answer that failed at once, and with the trailers of any other; a call whose body
//! is dropped before its trailers was cancelled.

use std::pin::Pin;
use std::sync::OnceLock;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use axum::body::Body;
use bytes::Bytes;
use futures::future::BoxFuture;
use http::{HeaderMap, Request, Response};
use http_body::{Body as HttpBody, Frame, SizeHint};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tonic::Code;
use tower::{Layer, Service};

/// Bounds of the histograms of seconds.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The process's one registry; made on first use.
pub fn registry() -> &'static PrometheusHandle {
    static REGISTRY: OnceLock<PrometheusHandle> = OnceLock::new();
    REGISTRY.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .expect("the bounds are not empty");
        let recorder = builder.build_recorder();
        let handle = recorder.handle();
        // Another recorder in the process (an embedder's) keeps its place; ours then stays empty.
        let _ = metrics::set_global_recorder(recorder);
        metrics::describe_counter!("sncgate_requests_total", "Calls that ended, by method and gRPC status.");
        metrics::describe_histogram!(
            "sncgate_request_seconds",
            "From the head of the request to the end of the answer."
        );
        metrics::describe_gauge!("sncgate_requests_in_flight", "Calls that run now, by method.");
        metrics::describe_counter!(
            "sncgate_instance_requests_total",
            "Requests to an instance, by operation and outcome."
        );
        metrics::describe_histogram!(
            "sncgate_instance_request_seconds",
            "From the call to the whole answer, the wait for its turn and retries included."
        );
        describe_budget();
        handle
    })
}

/// What [`crate::instance::Instances::measure`] reads off.
fn describe_budget() {
    metrics::describe_gauge!(
        "sncgate_instance_limit",
        "How many requests an instance may have at once now; it falls when the instance is under load."
    );
    metrics::describe_gauge!("sncgate_instance_in_flight", "Requests that an instance works on, by class.");
    metrics::describe_gauge!("sncgate_instance_waiting", "Requests that wait for their turn, by class.");
    metrics::describe_gauge!(
        "sncgate_instance_waited_seconds",
        "How long all requests together have waited for their turn, by class."
    );
    metrics::describe_gauge!(
        "sncgate_instance_paused_seconds",
        "How long nothing is sent, because the instance asked so."
    );
    metrics::describe_counter!("sncgate_instance_turns_total", "Requests that had their turn, by class.");
    metrics::describe_counter!(
        "sncgate_instance_throttled_total",
        "Answers that refused for load (429), or said that the instance is unavailable."
    );
    metrics::describe_counter!("sncgate_instance_slow_total", "Answers that came late.");
}

/// Adds the measuring.
#[derive(Clone)]
pub struct MetricsLayer {
    methods: std::sync::Arc<std::collections::BTreeSet<String>>,
}

impl MetricsLayer {
    /// `methods` are the paths that get a label of their own; callers must not be able to make new ones.
    pub fn new(methods: impl IntoIterator<Item = String>) -> Self {
        registry();
        MetricsLayer { methods: std::sync::Arc::new(methods.into_iter().collect()) }
    }
}

impl<S> Layer<S> for MetricsLayer {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Measured { inner, layer: self.clone() }
    }
}

/// A service whose calls are measured.
#[derive(Clone)]
pub struct Measured<S> {
    inner: S,
    layer: MetricsLayer,
}

impl<S> Service<Request<Body>> for Measured<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<Body>, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let path = request.uri().path();
        let method = if self.layer.methods.contains(path) { path.to_owned() } else { "other".to_owned() };
        let mut call = Call::start(method);
        let answer = self.inner.call(request);
        Box::pin(async move {
            let response = answer.await?;
            call.observe(response.headers());
            Ok(response.map(|body| Body::new(MeasuredBody { body, call })))
        })
    }
}

/// One call; measured when it is dropped.
struct Call {
    method: String,
    started: Instant,
    status: Option<Code>,
}

impl Call {
    fn start(method: String) -> Self {
        metrics::gauge!("sncgate_requests_in_flight", "method" => method.clone()).increment(1);
        Call { method, started: Instant::now(), status: None }
    }

    fn observe(&mut self, headers: &HeaderMap) {
        if let Some(status) = headers.get("grpc-status") {
            self.status = Some(Code::from_bytes(status.as_bytes()));
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let code = format!("{:?}", self.status.unwrap_or(Code::Cancelled));
        metrics::gauge!("sncgate_requests_in_flight", "method" => self.method.clone()).decrement(1);
        metrics::histogram!("sncgate_request_seconds", "method" => self.method.clone())
            .record(self.started.elapsed());
        metrics::counter!("sncgate_requests_total", "method" => self.method.clone(), "code" => code)
            .increment(1);
    }
}

struct MeasuredBody {
    body: Body,
    call: Call,
}

impl HttpBody for MeasuredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        if let Some(Ok(frame)) = &frame
            && let Some(trailers) = frame.trailers_ref()
        {
            self.call.observe(trailers);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
