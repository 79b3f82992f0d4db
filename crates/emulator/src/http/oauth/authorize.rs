//! `/oauth_auth.do`: a person signs in and says whether a client may act for them; the browser takes the answer to the
//! client as a code.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse, Response};
use http::header::{LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::asked::{Asked, Unfit};
use super::form::Form;
use super::{page, person};
use crate::auth::Consent;
use crate::engine::Session;
use crate::http::face::Face;

/// The page that the person is to see: to sign in, or to consent.
pub(super) async fn show(
    State(face): State<Face>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let asked = match Asked::read(&face, query.as_deref()) {
        Ok(asked) => asked,
        Err(unfit) => return refuse(unfit),
    };
    match person::session(&face, &headers) {
        Some(session) if !session.user_name.is_empty() => {
            page::consent(asked.client.id(), &session.user_name, &asked.redirect_uri, &session.user_token)
        }
        Some(nobody) => page::sign_in(asked.client.id(), &nobody.user_token, false),
        None => sign_in_anew(&face, &asked, false),
    }
}

/// What the person has answered.
pub(super) async fn decide(
    State(face): State<Face>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let asked = match Asked::read(&face, query.as_deref()) {
        Ok(asked) => asked,
        Err(unfit) => return refuse(unfit),
    };
    let form = match Form::read(&headers, body).await {
        Ok(form) => form,
        Err(refusal) => return refusal.into_response(),
    };
    // A form that another site made up has no session, or not its token.
    let session = person::session(&face, &headers)
        .filter(|session| form.find("sysparm_ck") == Some(session.user_token.as_str()));
    let Some(session) = session else { return sign_in_anew(&face, &asked, false) };
    let known = !session.user_name.is_empty();
    match form.find("action") {
        Some("allow") if known => {
            let code = face.instance.codes.issue(Consent {
                client: asked.client.id().to_owned(),
                user_name: session.user_name,
                redirect_uri: asked.redirect_uri.clone(),
                challenge: asked.challenge.clone(),
            });
            go(StatusCode::FOUND, &asked.answer(&[("code", &code)]))
        }
        Some("deny") if known => {
            let denied = [("error", "access_denied"), ("error_description", "the user denied the request")];
            go(StatusCode::FOUND, &asked.answer(&denied))
        }
        Some("sign_out") => {
            face.instance.people.end(&session.id);
            sign_in_anew(&face, &asked, false)
        }
        // Anything else is the sign-in form, which the Enter key sends without a button.
        _ => {
            // Who signs in gets another session: the old one may be known to somebody.
            face.instance.people.end(&session.id);
            sign_in(&face, &asked, &form, query.as_deref().unwrap_or_default()).await
        }
    }
}

async fn sign_in(face: &Face, asked: &Asked<'_>, form: &Form, query: &str) -> Response {
    let name = form.find("user_name").unwrap_or_default().to_owned();
    let right = face.instance.accounts.verify(&name, form.find("user_password").unwrap_or_default());
    let user = name.clone();
    match face.ask(move |engine| Session::load(engine, &user)).await {
        Err(failure) => return failure.into_response(),
        Ok(Some(_)) if right => {}
        Ok(_) => return sign_in_anew(face, asked, true),
    }
    let (_, cookie) = person::start(face, &name);
    // To the page of consent, so that going back or reloading sends no password again.
    with_cookie(go(StatusCode::SEE_OTHER, &format!("/oauth_auth.do?{query}")), cookie)
}

/// The sign-in page in a session of its own.
fn sign_in_anew(face: &Face, asked: &Asked<'_>, wrong: bool) -> Response {
    let (nobody, cookie) = person::start(face, "");
    with_cookie(page::sign_in(asked.client.id(), &nobody.user_token, wrong), cookie)
}

fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

fn refuse(unfit: Unfit) -> Response {
    match unfit {
        Unfit::Told(why) => page::unfit(why),
        Unfit::Returned(to) => go(StatusCode::FOUND, &to),
    }
}

fn go(status: StatusCode, to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(location) => (status, [(LOCATION, location)]).into_response(),
        Err(_) => page::unfit("The redirect_uri is no URI."),
    }
}
