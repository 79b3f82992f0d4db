//! The one door: no call reaches a method without the right to call it.
//!
//! A bearer token, of a session or an API key, becomes a [`Principal`]; the method's permission must be one that it
//! holds. The [`Caller`] goes on in the request's extensions. A call, and a stream too, ends when its credential does.

mod interrupt;
mod record;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderMap, header};
use tonic::Status;

use super::peer;
use super::watched::watched;
use crate::access::{Access, Caller, ClientCertificate, Credential, Note, Principal};
use crate::error::{Error, Refusal};
use crate::grpc::{Method, MethodPermissions};
use crate::limits::{Limits, Meter, OpenStream};
use crate::pb::Permission;

use interrupt::Interrupt;
use record::Recorder;

const HEALTH: &str = "/grpc.health.v1.Health/";
const REFLECTION: &str = "/grpc.reflection.";

/// What the door knows.
#[derive(Clone)]
pub struct Door {
    access: Arc<Access>,
    methods: Arc<MethodPermissions>,
    limits: Arc<Limits>,
}

/// The layer.
pub async fn admit(State(door): State<Door>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let method = door.methods.get(head.uri.path());
    let mut caller = caller(&head);
    let recorder = Recorder::new(door.access.clone(), method, &head, &caller);
    match door.admit(&head, method).await {
        Ok(principal) => caller.principal = principal,
        Err(error) => return recorder.refused(refusal(error)),
    }
    let recorder = recorder.by(caller.principal.clone());
    let open = match door.measure(&mut caller, method).await {
        Ok(open) => open,
        Err(error) => return recorder.refused(refusal(error)),
    };
    recorder.begin().await;
    let watched = caller.principal.clone().filter(|_| ends_with_its_credential(method));
    head.extensions.insert(caller);
    let proof = Proof {
        bearer: bearer(&head.headers).ok().flatten().map(str::to_owned),
        certificate: peer::certificate(&head.extensions).cloned(),
    };
    let request = Request::from_parts(head, body);
    match watched {
        Some(principal) => {
            recorder.answered(door.while_it_lasts(principal, proof, request, next, open).await).await
        }
        None => recorder.answered(next.run(request).await).await,
    }
}

/// What a call proved who makes it with.
struct Proof {
    bearer: Option<String>,
    certificate: Option<Arc<ClientCertificate>>,
}

impl Door {
    /// Counts the call for its caller; a stream counts as open for as long as what is given back lives.
    async fn measure(
        &self,
        caller: &mut Caller,
        method: Option<Method>,
    ) -> Result<Option<OpenStream>, Error> {
        let Some(principal) = &caller.principal else { return Ok(None) };
        caller.meter = self.limits.call_of(principal).await?;
        // A stream about access itself is none that lasts, and must be possible for whoever has used theirs up.
        let counts = method.is_some_and(|method| method.streams) && ends_with_its_credential(method);
        if counts { caller.meter.open_stream() } else { Ok(None) }
    }

    /// `methods` says what each method needs; one that it does not know needs somebody who is signed in.
    pub fn new(access: Arc<Access>, methods: Arc<MethodPermissions>, limits: Arc<Limits>) -> Self {
        Door { access, methods, limits }
    }

    /// The method's answer, which ends when the lease does.
    async fn while_it_lasts(
        self,
        principal: Arc<Principal>,
        proof: Proof,
        request: Request,
        next: Next,
        open: Option<OpenStream>,
    ) -> Response {
        let over = self.over(principal.clone(), proof);
        let answered = tokio::select! {
            biased;
            () = principal.lease.over() => None,
            response = next.run(request) => Some(response),
        };
        match answered {
            Some(response) => response.map(|body| watched(body, Interrupt::new(principal, over, open))),
            None => over.await.into_http(),
        }
    }

    /// Who calls, where they may; none where anybody may.
    async fn admit(&self, head: &Parts, method: Option<Method>) -> Result<Option<Arc<Principal>>, Error> {
        if !self.access.is_on() {
            return Ok(Some(self.access.anybody()));
        }
        if self.is_open(head.uri.path(), method) {
            return Ok(None);
        }
        let principal =
            self.proved(bearer(&head.headers)?, peer::certificate(&head.extensions).map(Arc::as_ref)).await?;
        let permission = method.map(|method| method.permission);
        if principal.must_change_password && permission != Some(Permission::Self_) {
            return Err(Refusal::PasswordChangeRequired.into());
        }
        if let Some(permission) = permission {
            principal.require(permission)?;
        }
        Ok(Some(principal))
    }

    /// Who it is, by a token, by the connection's certificate, or by both. They must agree: a token that was stolen is
    /// then worth nothing on the connection of another, and a certificate cannot be used to pass on somebody else's.
    /// A program that does that for its users has a certificate that is no user's.
    async fn proved(
        &self,
        bearer: Option<&str>,
        certificate: Option<&ClientCertificate>,
    ) -> Result<Arc<Principal>, Error> {
        let by_certificate = match certificate {
            Some(certificate) => self.access.by_certificate(certificate).await?,
            None => None,
        };
        let Some(bearer) = bearer else {
            return by_certificate
                .ok_or_else(|| Refusal::TokenInvalid { why: "the call carries no token" }.into());
        };
        let by_token = self.access.authenticate(bearer).await?;
        if by_certificate.is_some_and(|other| other.user_id != by_token.user_id) {
            return Err(Refusal::CertificateRefused { why: "the token beside it is another user's" }.into());
        }
        Ok(by_token)
    }

    fn is_open(&self, path: &str, method: Option<Method>) -> bool {
        let settings = self.access.settings();
        match method {
            Some(method) => method.permission == Permission::Public,
            None if path.starts_with(HEALTH) => settings.anonymous_health,
            None if path.starts_with(REFLECTION) => settings.anonymous_reflection,
            None => false,
        }
    }

    /// Why a call ends before its time.
    async fn over(self, principal: Arc<Principal>, proof: Proof) -> Status {
        if matches!(principal.credential, Credential::None) {
            return refusal(Refusal::Changed.into());
        }
        match self.proved(proof.bearer.as_deref(), proof.certificate.as_deref()).await {
            Ok(_) => refusal(Refusal::Changed.into()),
            Err(error) => {
                tracing::debug!(user = principal.username, "a call ended with its credential");
                refusal(error)
            }
        }
    }
}

/// Methods about access itself are short, and may end the very credential that they run on.
fn ends_with_its_credential(method: Option<Method>) -> bool {
    let about_access = [
        Permission::Public,
        Permission::Self_,
        Permission::ApiKeys,
        Permission::UsersWrite,
        Permission::RolesWrite,
    ];
    method.is_none_or(|method| !about_access.contains(&method.permission))
}

fn caller(head: &Parts) -> Caller {
    let agent = head.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
    Caller {
        principal: None,
        address: peer::address(&head.extensions),
        agent: agent.unwrap_or_default().chars().take(200).collect(),
        note: Arc::new(Note::default()),
        meter: Meter::none(),
    }
}

/// The token of the one `authorization` header. Two of them, or another scheme, are a mistake that is told.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Refusal::TokenInvalid { why: "the call carries two authorization headers" });
    }
    let text = value.to_str().ok();
    let parts = text.and_then(|text| text.split_once(' '));
    match parts.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
        Some((_, token)) if !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()) => {
            Ok(Some(token))
        }
        _ => Err(Refusal::TokenInvalid { why: "the authorization header is not `Bearer` and a token" }),
    }
}

/// The status of a refusal; one for want of a credential says which is asked for, as RFC 6750 has it.
fn refusal(error: Error) -> Status {
    let mut status = Status::from(error);
    if status.code() == tonic::Code::Unauthenticated {
        let challenge = "Bearer realm=\"sncgate\"".parse().expect("a constant that fits a header");
        status.metadata_mut().insert("www-authenticate", challenge);
    }
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_bearer_token_is_read() {
        let read = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            bearer(&headers).map(|token| token.map(str::to_owned)).map_err(|_| ())
        };
        assert_eq!(read(&[]), Ok(None));
        assert_eq!(read(&["Bearer abc"]), Ok(Some("abc".to_owned())));
        assert_eq!(read(&["bearer abc"]), Ok(Some("abc".to_owned())));
        for wrong in
            [&["Basic abc"][..], &["Bearer"], &["Bearer "], &["Bearer a b"], &["Bearer a", "Bearer a"]]
        {
            assert_eq!(read(wrong), Err(()), "{wrong:?}");
        }
    }
}
