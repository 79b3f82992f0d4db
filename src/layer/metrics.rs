//! Counts and times every call, by method and by the gRPC status it ended with.
//!
//! A status comes with the head of an answer that failed at once, and with the trailers of any other; a call whose body
//! is dropped before its trailers was cancelled.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tonic::Code;

use super::watched::{Watch, watched};

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

/// Which methods have a label of their own.
#[derive(Clone)]
pub struct Methods(Arc<BTreeSet<String>>);

impl Methods {
    /// By their paths. Callers must not be able to make new labels.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Self {
        registry();
        Methods(Arc::new(paths.into_iter().collect()))
    }
}

/// The layer.
pub async fn measure(State(Methods(methods)): State<Methods>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let method = if methods.contains(path) { path } else { "other" };
    let mut call = Call::start(method.to_owned());
    let response = next.run(request).await;
    call.observe(response.headers());
    response.map(|body| watched(body, call))
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

impl Watch for Call {
    fn trailers(&mut self, trailers: &HeaderMap) {
        self.observe(trailers);
    }
}
