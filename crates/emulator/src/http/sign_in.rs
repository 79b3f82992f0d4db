//! Who is calling: the step before every endpoint of the API.
//!
//! An `Authorization` header decides when there is one; then an API key, a token in the URL, a live session cookie,
//! and at last the certificate of the connection. What the user may then see and do is the engine's to say. The
//! requests of a batch are its caller's.

mod query;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use query::InUrl;

use super::batch::Inherited;
use super::edge::LoggedIn;
use super::face::{Face, Instance};
use super::failure::Failure;
use crate::auth::{Basic, CertifiedUser, CookieSession, random_hex};
use crate::engine::Session;

/// Lets the request through with its [`Session`], or answers 401.
pub(crate) async fn sign_in(State(face): State<Face>, mut request: Request, next: Next) -> Response {
    if let Some(Inherited(session)) = request.extensions_mut().remove::<Inherited>() {
        request.extensions_mut().insert(session);
        return next.run(request).await;
    }
    let in_url = query::take(request.uri()).map(|(credential, rest)| {
        *request.uri_mut() = rest;
        credential
    });
    let caller = match identify(&face.instance, &request, in_url) {
        Ok(caller) => caller,
        Err(failure) => return failure.into_response(),
    };
    let name = caller.user_name.clone();
    let session = match face.ask(move |engine| Session::load(engine, &name)).await {
        Ok(Some(session)) => session,
        // The account is right but the user is gone, locked out or inactive.
        Ok(None) => return Failure::not_authenticated().into_response(),
        Err(failure) => return failure.into_response(),
    };
    request.extensions_mut().insert(Arc::new(session));
    let mut response = next.run(request).await;
    response.extensions_mut().insert(LoggedIn);
    if caller.cookie.is_none() {
        let cookie = face.instance.cookies.start(&caller.user_name);
        set_cookies(response.headers_mut(), &cookie, face.secure());
    }
    response
}

struct Caller {
    user_name: String,
    /// The live session that came with the request, if it is this user's.
    cookie: Option<CookieSession>,
}

fn identify(instance: &Instance, request: &Request, in_url: Option<InUrl>) -> Result<Caller, Failure> {
    let headers = request.headers();
    let cookie = session_id(headers).and_then(|id| instance.cookies.resume(id));
    if let Some(user_name) = presented(instance, headers, in_url) {
        let user_name = user_name.ok_or_else(Failure::not_authenticated)?;
        let cookie = cookie.filter(|cookie| cookie.user_name == user_name);
        return Ok(Caller { user_name, cookie });
    }
    if let Some(cookie) = cookie {
        if *request.method() != Method::GET && *request.method() != Method::HEAD {
            check_user_token(&cookie, headers)?;
        }
        return Ok(Caller { user_name: cookie.user_name.clone(), cookie: Some(cookie) });
    }
    let CertifiedUser(user_name) = request.extensions().get().ok_or_else(Failure::not_authenticated)?;
    Ok(Caller { user_name: user_name.as_ref().to_owned(), cookie: None })
}

/// The user of the credential that the request presents, `Some(None)` where it is wrong; `None` without one.
fn presented(instance: &Instance, headers: &HeaderMap, in_url: Option<InUrl>) -> Option<Option<String>> {
    if let Some(authorization) = headers.get(AUTHORIZATION) {
        return Some(authorized(instance, authorization));
    }
    let of_key = |key: &str| instance.accounts.user_of_key(key).map(str::to_owned);
    if let Some(key) = headers.get("x-sn-apikey") {
        return Some(key.to_str().ok().and_then(of_key));
    }
    in_url.map(|credential| match credential {
        InUrl::Token(token) => instance.tokens.user(&token),
        InUrl::Key(key) => of_key(&key),
    })
}

/// The user of a `Basic` or `Bearer` header, when it is right.
fn authorized(instance: &Instance, header: &HeaderValue) -> Option<String> {
    let header = header.to_str().ok()?;
    if let Some(basic) = Basic::parse(header) {
        return instance.accounts.verify(&basic.name, &basic.password).then_some(basic.name);
    }
    let (scheme, token) = header.trim().split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| instance.tokens.user(token.trim()))?
}

/// A write by cookie must repeat the session's token. A caller without it is told the right one, as the
/// platform does, so that it can send the request again.
fn check_user_token(cookie: &CookieSession, headers: &HeaderMap) -> Result<(), Failure> {
    let sent = headers.get("x-usertoken");
    if sent.is_some_and(|sent| sent.as_bytes() == cookie.user_token.as_bytes()) {
        return Ok(());
    }
    let right = HeaderValue::from_str(&cookie.user_token).expect("hex digits are a header value");
    let mut failure = Failure::not_authenticated()
        .with_header(HeaderName::from_static("x-usertoken-response"), right)
        .while_logged_in();
    if let Some(sent) = sent {
        failure = failure.with_header(HeaderName::from_static("x-usertoken-request"), sent.clone());
    }
    Err(failure)
}

/// The session that a request says it belongs to.
pub(super) fn session_id(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("JSESSIONID="))
}

/// The cookies of a new session. Over plain HTTP they are not `Secure`: a client would never send them back.
fn set_cookies(headers: &mut HeaderMap, session: &CookieSession, secure: bool) {
    let end = if secure { "Path=/; HttpOnly; SameSite=None; Secure" } else { "Path=/; HttpOnly" };
    let gone = "Max-Age=0; Expires=Thu, 01-Jan-1970 00:00:10 GMT";
    for cookie in [
        format!("JSESSIONID={}; {end}", session.id),
        format!("glide_user=; {gone}; {end}"),
        format!("glide_user_session=; {gone}; {end}"),
        format!("glide_user_route=glide.{}; Max-Age=2147483647; {end}", random_hex(16)),
        format!("glide_session_store={}; Max-Age=1800; {end}", random_hex(16).to_ascii_uppercase()),
    ] {
        let value = HeaderValue::from_str(&cookie).expect("hex digits and ASCII text are a header value");
        headers.append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_session_cookie_among_others() {
        for (cookie, expected) in [
            ("JSESSIONID=AB", Some("AB")),
            ("glide_user_route=x; JSESSIONID=AB; y=z", Some("AB")),
            ("XJSESSIONID=AB", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_static(cookie));
            assert_eq!(session_id(&headers), expected, "{cookie}");
        }
    }
}
