//! What every endpoint of the API needs to know of a request besides its path and body.

use std::sync::Arc;

use axum::Extension;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;

use super::encoder::Encoder;
use super::face::Face;
use super::failure::Failure;
use super::format::Format;
use super::parameters::Parameters;
use super::version::Version;
use crate::engine::{DisplayMode, Session};

/// A request that has passed the sign-in: who asks, in which version, what for, and how the reply is written.
pub(crate) struct Call {
    /// Who asks.
    pub(crate) session: Arc<Session>,
    /// The version in the path.
    pub(crate) version: Version,
    /// How the reply is written.
    pub(crate) format: Format,
    /// The query string.
    pub(crate) parameters: Parameters,
    origin: Arc<str>,
}

impl Call {
    /// Writes rows for this caller.
    pub(crate) fn encoder(&self, display: DisplayMode) -> Encoder {
        Encoder::new(self.format, display, &self.origin, self.version)
    }

    /// Writes attachments for this caller.
    pub(crate) fn attachment_encoder(&self) -> Encoder {
        Encoder::of_attachments(self.format, &self.origin, self.version)
    }

    /// The URL of something below the versioned path: `…/api/now/v2/table/incident`.
    pub(crate) fn url(&self, below: &str) -> String {
        format!("{}{}/{below}", self.origin, self.version.path())
    }

    /// A reply with that body.
    pub(crate) fn reply(&self, status: StatusCode, body: impl IntoResponse) -> Response {
        let mut response = (status, body).into_response();
        let content_type = HeaderValue::from_static(self.format.content_type());
        response.headers_mut().insert(CONTENT_TYPE, content_type);
        response
    }
}

impl FromRequestParts<Face> for Call {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, face: &Face) -> Result<Self, Failure> {
        let missing = |error| Failure::internal(&error);
        let Extension(session) = Extension::from_request_parts(parts, face).await.map_err(missing)?;
        let Extension(version) = Extension::from_request_parts(parts, face).await.map_err(missing)?;
        Ok(Call {
            session,
            version,
            format: Format::from_request_parts(parts, face).await?,
            parameters: Parameters::from_request_parts(parts, face).await?,
            origin: Arc::clone(&face.origin),
        })
    }
}
