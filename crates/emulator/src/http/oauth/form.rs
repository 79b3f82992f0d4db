//! The fields of a form, and the client that sent it.

use axum::body::Body;
use http::HeaderMap;
use http::header::{AUTHORIZATION, CONTENT_TYPE};

use super::refusal::Refusal;
use crate::auth::{Basic, OAuthClient};
use crate::http::body;
use crate::http::face::Face;

/// No form of a grant is longer.
const MAX_FORM_BYTES: usize = 64 * 1024;

/// The fields of a request; it has no `Debug`, for they are secrets.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The fields of a body, which must say that it is a form.
    pub(super) async fn read(headers: &HeaderMap, body: Body) -> Result<Self, Refusal> {
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

    /// The fields of a query string.
    pub(super) fn of_query(query: Option<&str>) -> Self {
        Form(form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect())
    }

    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// As [`Form::find`]; an empty value is none.
    pub(super) fn filled(&self, name: &str) -> Option<&str> {
        self.find(name).filter(|value| !value.is_empty())
    }

    pub(super) fn get(&self, name: &'static str) -> Result<&str, Refusal> {
        self.find(name).ok_or_else(|| Refusal::invalid_request(&format!("missing parameter: {name}")))
    }

    /// The client, by the form's fields or by the `Authorization` header; `named` where neither names one.
    pub(super) fn client<'a>(
        &self,
        face: &'a Face,
        headers: &HeaderMap,
        named: Option<&str>,
    ) -> Result<&'a OAuthClient, Refusal> {
        let clients = &face.instance.clients;
        let header = headers.get(AUTHORIZATION).and_then(|value| Basic::parse(value.to_str().ok()?));
        let verified = match (self.find("client_id"), header) {
            (Some(id), _) => clients.verify(id, self.find("client_secret").unwrap_or_default()),
            (None, Some(basic)) => clients.verify(&basic.name, &basic.password),
            (None, None) => named.and_then(|id| clients.verify(id, "")),
        };
        verified.ok_or_else(Refusal::invalid_client)
    }
}
