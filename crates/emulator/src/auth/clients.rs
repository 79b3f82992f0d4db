//! The applications that may ask for OAuth tokens: the instance's `oauth_entity` records.

use std::collections::BTreeMap;

use super::assertion::{KeyError, SigningKey};
use super::redirect;
use super::secret::Secret;

/// An application registered for OAuth.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    id: String,
    /// None for a public client.
    secret: Option<Secret>,
    user: Option<String>,
    redirect_uris: Vec<String>,
    keys: Vec<SigningKey>,
}

impl OAuthClient {
    /// A client that may use the password and refresh-token grants.
    pub fn new(id: impl Into<String>, secret: &str) -> Self {
        OAuthClient { secret: Some(Secret::new(secret)), ..OAuthClient::public(id) }
    }

    /// A client that can keep no secret: an application on a person's machine. It may use authorization codes with
    /// PKCE, assertions that its key signs, and the refresh tokens it was given.
    pub fn public(id: impl Into<String>) -> Self {
        let (redirect_uris, keys) = (Vec::new(), Vec::new());
        OAuthClient { id: id.into(), secret: None, user: None, redirect_uris, keys }
    }

    /// Lets the client use the client-credentials grant, acting as this user.
    pub fn acting_as(mut self, user_name: impl Into<String>) -> Self {
        self.user = Some(user_name.into());
        self
    }

    /// Registers where a browser may be sent with an authorization code. It must match to the letter, except that a
    /// loopback URI without a port (`http://127.0.0.1/callback`) stands for every port.
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Registers a key whose assertions the JWT bearer grant takes: a public key or a certificate, in PEM.
    ///
    /// # Errors
    /// [`KeyError`] if there is no RSA key of 2048 bits or more in it.
    pub fn jwt_key(mut self, key_id: impl Into<String>, pem: &str) -> Result<Self, KeyError> {
        self.keys.push(SigningKey::new(key_id.into(), pem)?);
        Ok(self)
    }

    /// The user name that stands behind client credentials.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Public name of the client.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Whether it has no secret.
    pub(crate) fn is_public(&self) -> bool {
        self.secret.is_none()
    }

    /// Whether a browser may be sent there.
    pub(crate) fn may_return_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| redirect::matches(registered, uri))
    }

    /// The keys it signs with.
    pub(crate) fn keys(&self) -> &[SigningKey] {
        &self.keys
    }
}

/// The registered clients by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct OAuthClients(BTreeMap<String, OAuthClient>);

/// Id and secret of the client that every demo instance has.
pub(crate) const DEMO: &str = "demo";

impl OAuthClients {
    /// The client `demo` with the secret `demo`, acting as `admin`; it may come back to any loopback port.
    pub(crate) fn demo() -> Self {
        let mut clients = OAuthClients::default();
        let demo = OAuthClient::new(DEMO, DEMO).acting_as("admin");
        let callbacks = ["127.0.0.1", "localhost", "[::1]"].map(|host| format!("http://{host}/callback"));
        clients.insert(callbacks.into_iter().fold(demo, OAuthClient::redirect_uri));
        clients
    }

    /// Registers a client, or replaces the one of that id.
    pub(crate) fn insert(&mut self, client: OAuthClient) {
        self.0.insert(client.id.clone(), client);
    }

    /// Changes the client `demo`, if it is there.
    pub(crate) fn change_demo(&mut self, change: impl FnOnce(OAuthClient) -> OAuthClient) {
        if let Some(client) = self.0.remove(DEMO) {
            self.insert(change(client));
        }
    }

    /// The client of that id, whoever asks.
    pub(crate) fn get(&self, id: &str) -> Option<&OAuthClient> {
        self.0.get(id)
    }

    /// The client, when the secret is its own. A public client has none and gives none.
    pub(crate) fn verify(&self, id: &str, secret: &str) -> Option<&OAuthClient> {
        self.0.get(id).filter(|client| match &client.secret {
            Some(own) => own.matches(secret),
            None => secret.is_empty(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_id_and_secret() {
        let mut clients = OAuthClients::default();
        clients.insert(OAuthClient::new("app", "hush").acting_as("itil"));
        clients.insert(OAuthClient::public("native"));
        assert_eq!(clients.verify("app", "hush").and_then(OAuthClient::user), Some("itil"));
        for (id, secret, known) in [
            ("app", "Hush", false),
            ("app", "", false),
            ("other", "hush", false),
            ("native", "", true),
            ("native", "hush", false),
        ] {
            assert_eq!(clients.verify(id, secret).is_some(), known, "{id} {secret}");
        }
        assert!(!format!("{clients:?}").contains("hush"));
    }
}
