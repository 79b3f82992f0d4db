//! Credentials that the caller brings: a vault, a token broker, a scheme of a proxy.

use std::fmt;

use futures::future::BoxFuture;
use http::header::HeaderName;
use secrecy::{ExposeSecret, SecretString};

use super::{Authorization, sensitive};
use crate::Error;

/// A header that signs a request.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The header's name, such as `Authorization`.
    pub header: String,
    /// Its value, such as `Bearer …`.
    pub value: SecretString,
    /// Set where another may be had if the instance refuses this one: then the request is signed anew, once.
    /// The number tells signatures apart.
    pub generation: Option<u64>,
}

/// Signs requests. It is asked before each, so it should keep what it has.
pub trait CredentialsProvider: Send + Sync {
    /// The signature for the next request.
    ///
    /// # Errors
    /// Its error becomes that of the call.
    fn sign(&self) -> BoxFuture<'_, Result<Signature, Error>>;

    /// The instance refused a signature of that generation.
    fn refused(&self, _generation: u64) {}
}

impl fmt::Debug for dyn CredentialsProvider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialsProvider")
    }
}

impl Signature {
    pub(super) fn authorization(self) -> Result<Authorization, Error> {
        let name = HeaderName::from_bytes(self.header.as_bytes())
            .map_err(|_| Error::InvalidInput("a signature's header has no valid name".to_owned()))?;
        let header = Some((name, sensitive(self.value.expose_secret())?));
        Ok(Authorization { header, generation: self.generation })
    }
}
