//! `POST /oauth_token.do`: OAuth tokens for forms.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde::Serialize;

use super::form::Form;
use super::refusal::Refusal;
use crate::auth::{self, Issued, OAuthClient};
use crate::engine::Session;
use crate::http::face::Face;
use crate::http::json::Json;

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

#[derive(Serialize)]
struct Granted {
    access_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: &'static str,
    token_type: &'static str,
    expires_in: i64,
}

impl From<Issued> for Granted {
    fn from(issued: Issued) -> Self {
        Granted {
            access_token: issued.access_token,
            refresh_token: issued.refresh_token,
            scope: "useraccount",
            token_type: "Bearer",
            expires_in: issued.expires_in,
        }
    }
}

/// Grants a token, or says in OAuth's own words why not.
pub(super) async fn token(State(face): State<Face>, headers: HeaderMap, body: Body) -> Response {
    match grant(&face, &headers, body).await {
        Ok(issued) => Json(Granted::from(issued)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn grant(face: &Face, headers: &HeaderMap, body: Body) -> Result<Issued, Refusal> {
    let form = Form::read(headers, body).await?;
    let assertion = assertion(&form, headers);
    let addressed = assertion.and_then(auth::addressed_to);
    let client = form.client(face, headers, addressed.as_deref())?;
    let tokens = &face.instance.tokens;
    match form.get("grant_type")? {
        "password" if !client.is_public() => {
            let (user_name, password) = (form.get("username")?, form.get("password")?);
            if !face.instance.accounts.verify(user_name, password) {
                return Err(Refusal::access_denied());
            }
            check_user(face, user_name).await?;
            Ok(tokens.issue(client.id(), user_name, true))
        }
        "client_credentials" if !client.is_public() => {
            let user_name = client
                .user()
                .ok_or_else(|| Refusal::unauthorized_client("the client has no user for this grant type"))?;
            check_user(face, user_name).await?;
            Ok(tokens.issue(client.id(), user_name, false))
        }
        "refresh_token" => {
            let refreshed = tokens.refresh(client.id(), form.get("refresh_token")?);
            let (user_name, issued) = refreshed
                .ok_or_else(|| Refusal::invalid_grant("the refresh token is invalid or has expired"))?;
            check_user(face, &user_name).await?;
            Ok(issued)
        }
        "authorization_code" => {
            let user_name = trade(face, &form, client)?;
            check_user(face, &user_name).await?;
            Ok(tokens.issue(client.id(), &user_name, true))
        }
        JWT_BEARER => {
            let assertion =
                assertion.ok_or_else(|| Refusal::invalid_request("missing parameter: assertion"))?;
            let now = face.instance.engine.clock().now();
            let user_name = auth::subject(assertion, client.id(), client.keys(), now);
            let user_name = user_name.map_err(Refusal::invalid_grant)?;
            check_user(face, &user_name).await?;
            Ok(tokens.issue(client.id(), &user_name, false))
        }
        "password" | "client_credentials" => {
            Err(Refusal::unauthorized_client("this grant type needs a client secret"))
        }
        _ => Err(Refusal::unsupported_grant_type()),
    }
}

/// Where the assertion is: in the form, or in the header that ServiceNow's own Python client sends.
fn assertion<'a>(form: &'a Form, headers: &'a HeaderMap) -> Option<&'a str> {
    let header = || headers.get("authentication")?.to_str().ok()?.trim().split_once(' ');
    let in_header = || header().filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    form.filled("assertion").or_else(|| in_header().map(|(_, token)| token.trim()))
}

/// The user who consented to a code. Without a secret, the client must prove that it asked for it.
fn trade(face: &Face, form: &Form, client: &OAuthClient) -> Result<String, Refusal> {
    let (code, redirect_uri) = (form.get("code")?, form.get("redirect_uri")?);
    let verifier = form.filled("code_verifier");
    let user_name = face.instance.codes.trade(code, client.id(), redirect_uri, verifier);
    user_name.ok_or_else(|| {
        Refusal::invalid_grant(
            "the authorization code is invalid, spent or expired, or redirect_uri or code_verifier do not fit it",
        )
    })
}

/// Refuses a user who is gone, locked out or inactive.
async fn check_user(face: &Face, user_name: &str) -> Result<(), Refusal> {
    let name = user_name.to_owned();
    match face.ask(move |engine| Session::load(engine, &name)).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(Refusal::access_denied()),
        Err(_) => Err(Refusal::server_error()),
    }
}
