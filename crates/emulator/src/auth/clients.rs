//! The applications that may ask for OAuth tokens: the instance's `oauth_entity` records.

use std::collections::BTreeMap;

use super::secret::Secret;

/// An application registered for OAuth.
#[derive(Clone, Debug)]
pub struct OAuthClient {
    id: String,
    secret: Secret,
    user: Option<String>,
}

impl OAuthClient {
    /// A client that may use the password and refresh-token grants.
    pub fn new(id: impl Into<String>, secret: &str) -> Self {
        OAuthClient { id: id.into(), secret: Secret::new(secret), user: None }
    }

    /// Lets the client use the client-credentials grant, acting as this user.
    pub fn acting_as(mut self, user_name: impl Into<String>) -> Self {
        self.user = Some(user_name.into());
        self
    }

    /// The user name that stands behind client credentials.
    pub(crate) fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Public name of the client.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }
}

/// The registered clients by id.
#[derive(Clone, Debug, Default)]
pub(crate) struct OAuthClients(BTreeMap<String, OAuthClient>);

/// Id and secret of the client that every demo instance has.
const DEMO: &str = "demo";

impl OAuthClients {
    /// The client `demo` with the secret `demo`, acting as `admin`.
    pub(crate) fn demo() -> Self {
        let mut clients = OAuthClients::default();
        clients.insert(OAuthClient::new(DEMO, DEMO).acting_as("admin"));
        clients
    }

    /// Registers a client, or replaces the one of that id.
    pub(crate) fn insert(&mut self, client: OAuthClient) {
        self.0.insert(client.id.clone(), client);
    }

    /// The client, when the secret is its own.
    pub(crate) fn verify(&self, id: &str, secret: &str) -> Option<&OAuthClient> {
        self.0.get(id).filter(|client| client.secret.matches(secret))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verifies_id_and_secret() {
        let mut clients = OAuthClients::default();
        clients.insert(OAuthClient::new("app", "hush").acting_as("itil"));
        assert_eq!(clients.verify("app", "hush").and_then(OAuthClient::user), Some("itil"));
        assert!(clients.verify("app", "Hush").is_none());
        assert!(clients.verify("other", "hush").is_none());
        assert!(!format!("{clients:?}").contains("hush"));
    }
}
