//! The variable parts of a path, percent-decoded.

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path};

use super::failure::Failure;

/// As [`Path`], but a path that is no text names no resource instead of getting the library's own page.
#[derive(FromRequestParts)]
#[from_request(via(Path), rejection(Failure))]
pub(crate) struct Segments<T>(pub(crate) T);

impl From<PathRejection> for Failure {
    fn from(_: PathRejection) -> Self {
        Failure::unknown_resource()
    }
}
