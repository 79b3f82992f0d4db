//! Client certificates: whom one that the listener has verified stands for.

use std::sync::Arc;

/// The user whom a verified client certificate names: its common name is a user name. Set per connection.
#[derive(Clone, Debug)]
pub(crate) struct CertifiedUser(pub(crate) Arc<str>);

impl CertifiedUser {
    /// Reads a certificate; `None` where it has no common name.
    pub(crate) fn of(der: &[u8]) -> Option<Self> {
        let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let name = certificate.subject().iter_common_name().next()?.as_str().ok()?;
        Some(CertifiedUser(name.into()))
    }
}
