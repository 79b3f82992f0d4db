//! `/auth/link/callback`: where an instance sends the browser of somebody who links their account.
//!
//! It is reached without a token, by whoever has a state; what a state is good for is for [`Links::consented`] to say. Its
//! query is in no log: requests are logged by their path.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, any};
use http::{Extensions, Method, StatusCode, header};

use super::{escape, page};
use crate::error::{Error, Refusal};
use crate::layer::peer;
use crate::links::{Answer, Consented, Links};

/// A longer query is none of an instance's.
const MAX_QUERY: usize = 8192;

/// What answers there.
pub(crate) fn handler(links: Arc<Links>) -> MethodRouter {
    any(callback).with_state(links)
}

async fn callback(
    State(links): State<Arc<Links>>,
    method: Method,
    extensions: Extensions,
    RawQuery(query): RawQuery,
) -> Response {
    // Whatever looks at links ahead (a mail scanner, a preview) asks with HEAD first: that must not use the state up.
    if method != Method::GET {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET")]).into_response();
    }
    let query = query.unwrap_or_default();
    let Some((state, answer)) = (query.len() <= MAX_QUERY).then(|| read(&query)).flatten() else {
        return failed(&Refusal::LinkInvalid.into());
    };
    match links.consented(&state, answer, &peer::address(&extensions)).await {
        Ok(Some(consented)) => confirm(&consented),
        Ok(None) => page(
            StatusCode::OK,
            "Nothing was linked",
            "<p id=\"declined\">The instance says that you did not agree. Nothing was linked; you can close this page.</p>\n",
        ),
        Err(error) => {
            tracing::debug!(cause = ?error, "a link was not made");
            failed(&error)
        }
    }
}

/// The state, and what came with it; none where something is missing or there twice.
fn read(query: &str) -> Option<(String, Answer)> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (mut state, mut code, mut refused) = (None, None, false);
    for (name, value) in &mut pairs {
        let value = value.into_owned();
        match &*name {
            "state" if state.is_none() => state = Some(value),
            "code" if code.is_none() => code = Some(value),
            "state" | "code" => return None,
            "error" => refused = true,
            _ => {}
        }
    }
    let answer = match code {
        _ if refused => Answer::Refused,
        Some(code) if !code.is_empty() => Answer::Code(code.into()),
        _ => return None,
    };
    Some((state.filter(|state| !state.is_empty())?, answer))
}

/// Says who is about to act as whom, before anything is linked.
fn confirm(consented: &Consented) -> Response {
    let Consented { username, account, instance, code } = consented;
    let (username, account, instance, code) =
        (escape(username), escape(account), escape(instance), escape(code));
    let body = format!(
        "<p>Calls of this user of the gateway will be made with your account:</p>\n<dl>\n\
         <dt>User of the gateway</dt><dd id=\"username\">{username}</dd>\n\
         <dt>Your account</dt><dd id=\"account\">{account}</dd>\n\
         <dt>Instance</dt><dd id=\"instance\">{instance}</dd>\n</dl>\n\
         <p>If you are <strong>{username}</strong> and began this yourself, type this code where you began:</p>\n\
         <p class=\"code\" id=\"code\">{code}</p>\n\
         <p role=\"alert\">If somebody sent you here, close this page and give the code to nobody: whoever has it could \
         act as you.</p>\n"
    );
    page(StatusCode::OK, "Confirm the link", &body)
}

/// With public text only, as a call would get it.
fn failed(error: &Error) -> Response {
    let status = match error {
        Error::Refused(_) | Error::Invalid { .. } => StatusCode::BAD_REQUEST,
        Error::Instance { .. } => StatusCode::BAD_GATEWAY,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    let text = escape(&error.to_string());
    page(
        status,
        "Nothing was linked",
        &format!(
            "<p role=\"alert\" id=\"failed\">{text}</p>\n<p>You can close this page and begin again.</p>\n"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_instance_sends_is_read_strictly() {
        let seen = |query: &str| {
            read(query).map(|(state, answer)| match answer {
                Answer::Code(code) => format!("{state} {}", secrecy::ExposeSecret::expose_secret(&code)),
                Answer::Refused => format!("{state} refused"),
            })
        };
        for (query, expected) in [
            ("code=a%2Fb&state=s", Some("s a/b")),
            ("state=s&code=c&other=1", Some("s c")),
            ("error=access_denied&state=s", Some("s refused")),
            ("error=access_denied&state=s&code=c", Some("s refused")),
            ("code=c", None),
            ("state=s", None),
            ("state=&code=c", None),
            ("state=s&code=", None),
            ("state=s&state=t&code=c", None),
            ("state=s&code=c&code=d", None),
            ("", None),
        ] {
            assert_eq!(seen(query).as_deref(), expected, "{query}");
        }
    }
}
