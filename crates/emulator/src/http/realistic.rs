//! The model of [`crate::realistic`] on the wire: the step that makes requests wait, pay, and be turned away.
//!
//! In this order: the rate limit rules, the request's turn in its session, a place among those that run. The place is
//! held until the last byte of the reply is paid for. The requests of a batch only pay: their batch has the place.

mod paying;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderName, HeaderValue};
use tokio::time::Instant;

use super::edge::{Waited, effective_method, kind};
use super::face::Face;
use super::failure::Failure;
use super::{body, fault, sign_in};
use crate::engine::{Engine, Session};
use crate::realistic::{Asked, Load, Standing, Wanted};
use paying::Tab;

/// A request, as far as it matters to the model.
struct Caller {
    session: Option<Arc<Session>>,
    /// The cookie session it is part of, if that is alive.
    cookie: Option<String>,
    wanted: Wanted,
    asked: Asked,
    /// The length of its body.
    sent: Option<u64>,
}

/// Requests from the network, of callers who have signed in.
pub(super) async fn outer(State(face): State<Face>, request: Request, next: Next) -> Response {
    let Some(load) = &face.instance.load else { return next.run(request).await };
    let caller = Caller::of(&face, &request);
    let standing = match standing(&face, load, &caller).await {
        Ok(standing) => standing,
        Err(failure) => return failure.into_response(),
    };
    let Some(standing) = standing else { return admit(&face, load, caller, request, next).await };
    let mut response = match standing.over {
        Some(seconds) => {
            load.tally.limited();
            Failure::over_rate(seconds, standing.limit, caller.wanted.api).into_response()
        }
        None => admit(&face, load, caller, request, next).await,
    };
    rate_headers(&mut response, &standing);
    response
}

/// Requests of a batch.
pub(super) async fn sub(State(face): State<Face>, request: Request, next: Next) -> Response {
    let Some(load) = &face.instance.load else { return next.run(request).await };
    let caller = Caller::of(&face, &request);
    let asked = caller.asked.in_batch();
    paying::run(Tab::new(load, &asked, caller.sent, None), request, next).await
}

/// Counts the request against the rule that applies to it.
async fn standing(face: &Face, load: &Load, caller: &Caller) -> Result<Option<Standing>, Failure> {
    let Some(session) = &caller.session else { return Ok(None) };
    let now = face.instance.engine.now();
    if load.rules.stale(now) {
        let instance = Arc::clone(&face.instance);
        let read = move |engine: &Engine| match &instance.load {
            Some(load) => load.rules.read(engine),
            None => Ok(()),
        };
        face.ask(read).await?;
    }
    Ok(load.rules.count(session, &caller.wanted, now))
}

async fn admit(face: &Face, load: &Load, caller: Caller, request: Request, next: Next) -> Response {
    let came = Instant::now();
    let turn = match &caller.cookie {
        Some(session) => load.sessions.enter(session).await.map(Some),
        None => Some(None),
    };
    let Some(turn) = turn else {
        load.tally.accepted();
        return StatusCode::ACCEPTED.into_response();
    };
    let had_turn = Instant::now();
    let Some(place) = load.pool.enter().await else {
        load.tally.refused();
        return Failure::rate_limited(None, face.instance.engine.now().timestamp()).into_response();
    };
    let waited =
        Waited { session: had_turn.duration_since(came).as_millis(), place: had_turn.elapsed().as_millis() };
    let tab = Tab::new(load, &caller.asked, caller.sent, Some((place, turn)));
    let mut response = paying::run(tab, request, next).await;
    response.extensions_mut().insert(waited);
    response
}

impl Caller {
    fn of(face: &Face, request: &Request) -> Self {
        let (path, query) = (request.uri().path(), request.uri().query().unwrap_or_default());
        let kind = kind(&effective_method(request), path).unwrap_or("other");
        let cookie = sign_in::session_id(request.headers()).and_then(|id| face.instance.cookies.resume(id));
        Caller {
            session: request.extensions().get().cloned(),
            cookie: cookie.map(|session| session.id),
            wanted: Wanted { api: api(kind), table: fault::table(path, query) },
            asked: Asked::of(kind, query),
            sent: body::declared(request.headers()),
        }
    }
}

/// The API in the words of the platform.
fn api(kind: &str) -> &'static str {
    match kind.split('.').next() {
        Some("table") => "Table API",
        Some("stats") => "Aggregate API",
        Some("attachment") => "Attachment API",
        Some("batch") => "Batch API",
        Some("import") => "Import Set API",
        _ => "REST API",
    }
}

fn rate_headers(response: &mut Response, standing: &Standing) {
    let Ok(rule) = HeaderValue::from_str(&standing.rule) else { return };
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-ratelimit-limit"), standing.limit.into());
    headers.insert(HeaderName::from_static("x-ratelimit-reset"), standing.reset.into());
    headers.insert(HeaderName::from_static("x-ratelimit-rule"), rule);
}
