//! One instance, several people: clients that sign in as somebody else and share everything but what that one sees.

use std::sync::Arc;

use http::Method;
use secrecy::{ExposeSecret, SecretString};

use super::{Client, Inner};
use crate::address::{self, Params};
use crate::auth::{Authenticator, Grantor};
use crate::{Credentials, Error, Granted};

/// An answer to a revocation is empty, or a page.
const MAX_BODY: usize = 64 * 1024;

impl Client {
    /// A client of the same instance that signs in with other credentials. Connections, the retry budget and the turns
    /// are shared, since they protect the instance; schemas are not, since what one may see of the dictionary
    /// another may not.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] where the credentials cannot be used.
    pub fn signed_in_by(&self, credentials: Credentials) -> Result<Client, Error> {
        let auth = Authenticator::new(credentials, &self.inner.transport.base)?;
        let transport = self.inner.transport.signed_in_by(auth);
        let schemas = self.inner.schemas.fresh();
        Ok(Client { inner: Arc::new(Inner { transport, schemas }), class: self.class })
    }

    /// Trades credentials of OAuth for tokens, which are the caller's to keep: a code for the first ones, a refresh token
    /// for the next. It is sent once: a code is spent by the first try.
    ///
    /// # Errors
    /// [`Error::Auth`] where the instance refuses.
    pub async fn grant(&self, credentials: Credentials) -> Result<Granted, Error> {
        let transport = &self.inner.transport;
        Grantor::new(credentials, &transport.base)?.request(&transport.http, None).await
    }

    /// Ends a token at the instance; one that it does not know is as good as ended.
    pub async fn revoke(
        &self,
        token: &SecretString,
        client_id: &str,
        client_secret: Option<&SecretString>,
    ) -> Result<(), Error> {
        let transport = &self.inner.transport;
        let endpoint = address::request(&transport.base, &["oauth_revoke_token.do"], &Params::default())?;
        let mut form = vec![("token", token.expose_secret()), ("client_id", client_id)];
        form.extend(client_secret.map(|secret| ("client_secret", secret.expose_secret())));
        let request = transport.http.request(Method::POST, &endpoint).form(&form);
        let (head, body) = transport.http.fetch(request, MAX_BODY).await?;
        if head.status.is_success() { Ok(()) } else { head.check(&body) }
    }
}
