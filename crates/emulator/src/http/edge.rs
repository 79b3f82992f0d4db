//! What every reply has in common, and the refusals that need no endpoint.

mod count;
mod headers;
mod missing;
mod override_method;
mod rescue;
mod url_limit;

pub(super) use count::{count, kind};
pub(super) use headers::{LoggedIn, Verbatim, Waited, common_headers};
pub(super) use missing::{no_such_method, no_such_path};
pub(super) use override_method::{effective_method, override_method};
pub(super) use rescue::{panicked, rescue};
pub(super) use url_limit::limit_url;
