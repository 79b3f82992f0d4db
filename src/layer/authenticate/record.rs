//! What of a call goes to the audit log: every refusal, every sign-in, whatever changes something, and whatever takes many
//! records out.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::body::Body;
use http::request::Parts;
use http::{HeaderMap, Response};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::access::{Access, Caller, Note, Principal};
use crate::grpc::Method;
use crate::layer::request_id;
use crate::layer::watched::{Watch, watched};
use crate::pb::Permission;
use crate::store::Event;

/// Of the methods that anybody who is signed in, or nobody in particular, may call: those that change something.
const CHANGING: [&str; 7] = [
    "Login",
    "Logout",
    "ChangePassword",
    "RevokeSession",
    "BeginInstanceLink",
    "ConfirmInstanceLink",
    "UnlinkInstance",
];

/// The subject of reads that take many records out.
const EXPORT: &str = "export";

pub(super) struct Recorder {
    access: Arc<Access>,
    event: Event,
    note: Arc<Note>,
    changes: bool,
    exports: bool,
    streams: bool,
    /// What is to be told is told.
    told: bool,
}

impl Recorder {
    pub(super) fn new(access: Arc<Access>, method: Option<Method>, head: &Parts, caller: &Caller) -> Self {
        let path = head.uri.path().trim_start_matches('/');
        let id = head.headers.get(request_id::HEADER).and_then(|id| id.to_str().ok()).unwrap_or_default();
        Recorder {
            changes: method.is_some_and(|method| changes(method.permission, path)),
            exports: method.is_some_and(|method| exports(method, path)),
            streams: method.is_some_and(|method| method.streams),
            told: false,
            event: Event {
                method: path.chars().take(128).collect(),
                request_id: id.chars().take(64).collect(),
                address: caller.address.clone(),
                ..Event::default()
            },
            note: caller.note.clone(),
            access,
        }
    }

    pub(super) fn by(mut self, principal: Option<Arc<Principal>>) -> Self {
        if let Some(principal) = principal {
            self.event.username.clone_from(&principal.username);
            principal.credential.id().clone_into(&mut self.event.credential);
        }
        self
    }

    /// A write that may take long is in the log before it begins: were the process to end meanwhile, nothing else would
    /// tell of it.
    /// So is an export, but it does not wait for that.
    pub(super) async fn begin(&self) {
        if !(self.changes && self.streams || self.exports) {
            return;
        }
        let event = Event { outcome: "STARTED".to_owned(), at: now(), ..self.event.clone() };
        if self.exports {
            return self.access.audit().note(Event { subject: EXPORT.to_owned(), ..event });
        }
        if self.access.audit().record(event).await.is_err() {
            tracing::debug!("an event is not in the audit log");
        }
    }

    /// The answer to a call that did not get in.
    pub(super) fn refused(mut self, status: Status) -> Response<Body> {
        self.note(&status);
        status.into_http()
    }

    /// The answer, once what it changed is in the log. A stream is noted when it ends.
    pub(super) async fn answered(mut self, response: Response<Body>) -> Response<Body> {
        let status = Status::from_header_map(response.headers());
        if self.streams && status.is_none() {
            return response.map(|body| watched(body, Ending(Some(self))));
        }
        let status = status.unwrap_or_else(|| Status::ok(""));
        if self.changes {
            self.record(&status).await;
        } else if self.exports || is_refusal(status.code()) {
            self.note(&status);
        }
        response
    }

    fn ended(mut self, status: &Status) {
        if self.changes || self.exports || is_refusal(status.code()) {
            self.note(status);
        }
    }

    /// Waits until the event is kept; it is kept also where nobody waits any more.
    async fn record(&mut self, status: &Status) {
        self.fill(status);
        let (access, event) = (self.access.clone(), std::mem::take(&mut self.event));
        let kept = tokio::spawn(async move { access.audit().record(event).await });
        // What was done cannot be undone; that it is missing in the log is told there already.
        if !matches!(kept.await, Ok(Ok(()))) {
            tracing::debug!("an event is not in the audit log");
        }
    }

    fn note(&mut self, status: &Status) {
        self.fill(status);
        self.access.audit().note(std::mem::take(&mut self.event));
    }

    fn fill(&mut self, status: &Status) {
        self.told = true;
        let noted = self.note.get();
        if self.event.username.is_empty() {
            self.event.username = noted.username;
        }
        self.event.instance = noted.instance;
        self.event.table = noted.table;
        self.event.subject = noted.subject;
        if self.exports && self.event.subject.is_empty() {
            EXPORT.clone_into(&mut self.event.subject);
        }
        self.event.acted_as = noted.acted_as;
        self.event.outcome = outcome(status);
        self.event.at = now();
    }
}

/// A caller who goes away before the answer may have changed something all the same.
impl Drop for Recorder {
    fn drop(&mut self) {
        if self.changes && !self.told {
            self.note(&Status::cancelled("the caller went away"));
        }
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn changes(permission: Permission, path: &str) -> bool {
    match permission {
        Permission::Public | Permission::Self_ => {
            path.rsplit('/').next().is_some_and(|method| CHANGING.contains(&method))
        }
        Permission::RecordsRead
        | Permission::SchemaRead
        | Permission::SystemRead
        | Permission::AttachmentsRead
        | Permission::UsersRead
        | Permission::RolesRead
        | Permission::AuditRead
        | Permission::TasksRead => false,
        _ => true,
    }
}

/// Rows of a table one after the other, however many; a page of a list is none.
fn exports(method: Method, path: &str) -> bool {
    method.streams
        && method.permission == Permission::RecordsRead
        && path.rsplit('/').next().is_some_and(|name| matches!(name, "StreamRecords" | "DoGet"))
}

fn is_refusal(code: Code) -> bool {
    matches!(code, Code::Unauthenticated | Code::PermissionDenied)
}

/// "OK", the reason, or the code where there is none.
fn outcome(status: &Status) -> String {
    if status.code() == Code::Ok {
        return "OK".to_owned();
    }
    let details = status.get_error_details();
    details.error_info().map_or_else(|| format!("{:?}", status.code()), |info| info.reason.clone())
}

/// Records how a body ends; one that is dropped before its trailers was cancelled.
struct Ending(Option<Recorder>);

impl Watch for Ending {
    fn trailers(&mut self, trailers: &HeaderMap) {
        if let Some(recorder) = self.0.take() {
            recorder.ended(&Status::from_header_map(trailers).unwrap_or_else(|| Status::ok("")));
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(recorder) = self.0.take() {
            recorder.ended(&Status::cancelled("the caller went away"));
        }
    }
}
