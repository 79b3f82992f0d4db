//! `POST /oauth_token.do`: OAuth tokens for forms.

mod refusal;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};
use refusal::Refusal;
use serde::Serialize;

use super::body;
use super::face::Face;
use super::json::Json;
use crate::auth::{Basic, Issued, OAuthClient};
use crate::engine::Session;

/// No form of a grant is longer.
const MAX_FORM_BYTES: usize = 64 * 1024;

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
pub(crate) async fn token(State(face): State<Face>, headers: HeaderMap, body: Body) -> Response {
    match grant(&face, &headers, body).await {
        Ok(issued) => Json(Granted::from(issued)).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

async fn grant(face: &Face, headers: &HeaderMap, body: Body) -> Result<Issued, Refusal> {
    let form = Form::read(headers, body).await?;
    let client = form.client(face, headers)?;
    match form.get("grant_type")? {
        "password" => {
            let (user_name, password) = (form.get("username")?, form.get("password")?);
            if !face.instance.accounts.verify(user_name, password) {
                return Err(Refusal::access_denied());
            }
            check_user(face, user_name).await?;
            Ok(face.instance.tokens.issue(client.id(), user_name, true))
        }
        "client_credentials" => {
            let user_name = client.user().ok_or_else(Refusal::unauthorized_client)?;
            check_user(face, user_name).await?;
            Ok(face.instance.tokens.issue(client.id(), user_name, false))
        }
        "refresh_token" => {
            let refreshed = face.instance.tokens.refresh(client.id(), form.get("refresh_token")?);
            let (user_name, issued) = refreshed.ok_or_else(Refusal::invalid_grant)?;
            check_user(face, &user_name).await?;
            Ok(issued)
        }
        _ => Err(Refusal::unsupported_grant_type()),
    }
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

/// The fields of the request; it has no `Debug`, for they are secrets.
struct Form(Vec<(String, String)>);

impl Form {
    async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
        let content_type =
            headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media_type = content_type.split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Refusal::invalid_request("the body must be application/x-www-form-urlencoded"));
        }
        let bytes = body::read(headers, body, MAX_FORM_BYTES).await;
        let bytes = bytes.map_err(|_| Refusal::invalid_request("the body cannot be read"))?;
        Ok(Form(form_urlencoded::parse(&bytes).into_owned().collect()))
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    fn get(&self, name: &'static str) -> Result<&str, Refusal> {
        self.find(name).ok_or_else(|| Refusal::invalid_request(&format!("missing parameter: {name}")))
    }

    /// The client, by the form's fields or by the `Authorization` header.
    fn client<'a>(&self, face: &'a Face, headers: &HeaderMap) -> Result<&'a OAuthClient, Refusal> {
        let clients = &face.instance.clients;
        let header = headers.get(AUTHORIZATION).and_then(|value| Basic::parse(value.to_str().ok()?));
        let verified = match (self.find("client_id"), header) {
            (Some(id), _) => clients.verify(id, self.find("client_secret").unwrap_or_default()),
            (None, Some(basic)) => clients.verify(&basic.name, &basic.password),
            (None, None) => None,
        };
        verified.ok_or_else(Refusal::invalid_client)
    }
}
