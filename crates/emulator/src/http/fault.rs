//! Faults on the wire: the step that asks the rules and does to a request what they say.

mod damage;
mod pages;

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::body;
use super::edge::{effective_method, kind};
use super::face::Face;
use super::failure::Failure;
use super::format::Format;
use super::parameters::Parameters;
use crate::faults::{Asked, Fault, Place};

/// Marks a reply that is never sent: the connection closes instead.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("a fault closed the connection")]
pub(crate) struct Cut;

impl From<Infallible> for Cut {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Requests from the network.
pub(super) async fn outer(State(face): State<Face>, request: Request, next: Next) -> Response {
    around(&face, Place::Outer, request, next).await
}

/// Requests of a batch.
pub(super) async fn sub(State(face): State<Face>, request: Request, next: Next) -> Response {
    around(&face, Place::Sub, request, next).await
}

async fn around(face: &Face, place: Place, request: Request, next: Next) -> Response {
    let faults = &face.instance.faults;
    let whole = faults.mode().fault().filter(|_| place == Place::Outer);
    if let Some(fault) = whole.filter(|_| kind(request.method(), request.uri().path()).is_some()) {
        return befall(face, fault, request, next).await;
    }
    if !faults.armed() {
        return next.run(request).await;
    }
    match befalls(face, place, &request) {
        Some(fault) => befall(face, fault, request, next).await,
        None => next.run(request).await,
    }
}

fn befalls(face: &Face, place: Place, request: &Request) -> Option<Fault> {
    let method = effective_method(request);
    let path = request.uri().path();
    let table = table(path, request.uri().query().unwrap_or_default());
    let asked = Asked { place, method: method.as_str(), kind: kind(&method, path)?, table: table.as_deref() };
    face.instance.faults.befalls(&asked)
}

async fn befall(face: &Face, fault: Fault, request: Request, next: Next) -> Response {
    let format = Format::accepted(request.headers()).unwrap_or(Format::Json);
    match fault {
        Fault::Latency { millis } => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            next.run(request).await
        }
        Fault::RateLimited { retry_after } => {
            let now = face.instance.engine.now().timestamp();
            instead(request, Failure::rate_limited(retry_after, now).respond(format)).await
        }
        Fault::Unauthorized => instead(request, Failure::not_authenticated().respond(format)).await,
        Fault::ServerError { status: 500 } => instead(request, failed().respond(format)).await,
        Fault::ServerError { status } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            instead(request, pages::proxy(status)).await
        }
        Fault::Reset { committed: false } => instead(request, damage::cut()).await,
        Fault::Reset { committed: true } => {
            next.run(request).await;
            damage::cut()
        }
        Fault::Truncated { keep } => damage::truncated(next.run(request).await, keep).await,
        Fault::Broken { after } => damage::broken(next.run(request).await, after),
        Fault::Quota => damage::over_quota(next.run(request).await).await,
        Fault::Hibernating => instead(request, pages::hibernating()).await,
        Fault::Maintenance => instead(request, pages::maintenance()).await,
        Fault::LoginPage => instead(request, pages::login()).await,
        Fault::Drip { bytes, millis } => {
            damage::dripping(next.run(request).await, bytes, Duration::from_millis(millis))
        }
        Fault::CommittedThenError => {
            next.run(request).await;
            failed().respond(format)
        }
        Fault::Accepted => instead(request, StatusCode::ACCEPTED.into_response()).await,
    }
}

/// Answers without carrying the request out. Its body is read all the same, so that the caller gets to the reply.
async fn instead(request: Request, response: Response) -> Response {
    let (_, sent): (_, Body) = request.into_parts();
    body::drain(&mut sent.into_data_stream()).await;
    response
}

fn failed() -> Failure {
    Failure::transaction_failed()
}

/// The table a request is about.
pub(super) fn table(path: &str, query: &str) -> Option<String> {
    let below = path.strip_prefix("/api/now/")?;
    let below = below.strip_prefix("v1/").or_else(|| below.strip_prefix("v2/")).unwrap_or(below);
    let mut segments = below.split('/').filter(|segment| !segment.is_empty());
    match segments.next()? {
        "table" | "stats" | "import" => segments.next().map(str::to_owned),
        "attachment" => Parameters::parse(query).get("table_name").map(str::to_owned),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn tables() {
        for (path, query, expected) in [
            ("/api/now/table/incident", "", Some("incident")),
            ("/api/now/v2/table/incident/1", "", Some("incident")),
            ("/api/now/stats/problem", "", Some("problem")),
            ("/api/now/v1/attachment/file", "table_name=incident&file_name=a", Some("incident")),
            ("/api/now/v1/attachment/1", "", None),
            ("/api/now/v1/batch", "", None),
            ("/oauth_token.do", "", None),
        ] {
            assert_eq!(table(path, query).as_deref(), expected, "{path}");
        }
    }
}
