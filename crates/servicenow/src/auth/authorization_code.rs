//! The authorization code grant with PKCE: a person signs in at the instance, in a browser.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom as _, SystemRandom};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::Credentials;
use crate::Error;
use crate::address::{self, Params};

/// A request for consent: show its URL to a person, and give [`AuthorizationRequest::accept`] what comes to the
/// redirect URI.
#[derive(Debug)]
pub struct AuthorizationRequest {
    url: Url,
    client_id: String,
    client_secret: Option<SecretString>,
    redirect_uri: String,
    state: String,
    code_verifier: SecretString,
}

impl AuthorizationRequest {
    /// Prepares a request to an instance: its URL, host or name, as for [`Client::builder`](crate::Client::builder).
    /// The verifier and the state are drawn at random.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the instance's or the redirect URI is none.
    pub fn new(
        instance: &str,
        client_id: &str,
        client_secret: Option<SecretString>,
        redirect_uri: &str,
        scope: Option<&str>,
    ) -> Result<AuthorizationRequest, Error> {
        Url::parse(redirect_uri)
            .map_err(|error| Error::InvalidInput(format!("the redirect URI is invalid: {error}")))?;
        let (state, verifier) = (random()?, random()?);
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
        let mut params = Params::default();
        params.push("response_type", "code");
        params.push("client_id", client_id);
        params.push("redirect_uri", redirect_uri);
        params.push("state", &state);
        if let Some(scope) = scope {
            params.push("scope", scope);
        }
        params.push("code_challenge", &challenge);
        params.push("code_challenge_method", "S256");
        Ok(AuthorizationRequest {
            url: address::request(&address::instance(instance)?, &["oauth_auth.do"], &params)?,
            client_id: client_id.to_owned(),
            client_secret,
            redirect_uri: redirect_uri.to_owned(),
            state,
            code_verifier: verifier.into(),
        })
    }

    /// Where the person signs in.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }

    /// What comes back with the answer, so that it is known as this request's. Nobody else may learn it.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// What proves, when the code is traded, that it was asked for here.
    pub fn code_verifier(&self) -> &SecretString {
        &self.code_verifier
    }

    /// Takes the URL to which the browser was sent back, whole or from its `?` on, and makes credentials of the
    /// code in it. The code is traded for tokens at the first request.
    ///
    /// # Errors
    /// [`Error::Auth`] if the person or the instance refused; [`Error::InvalidInput`] if the state is not this
    /// request's, which may be an attack, or there is no code.
    pub fn accept(self, redirected_to: &str) -> Result<Credentials, Error> {
        let query = redirected_to.split_once('?').map_or(redirected_to, |(_, query)| query);
        let query = query.split('#').next().unwrap_or_default();
        let value = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|pair| pair.0 == name)
                .map(|pair| pair.1.into_owned())
        };
        if value("state").as_deref() != Some(self.state.as_str()) {
            return Err(Error::InvalidInput("the answer to the sign-in has another state".to_owned()));
        }
        if let Some(error) = value("error") {
            let description = value("error_description").unwrap_or_default();
            let host = address::host(&self.url);
            return Err(Error::Auth { host, grant: "authorization code", status: 302, error, description });
        }
        let code = value("code").filter(|code| !code.is_empty());
        let code =
            code.ok_or_else(|| Error::InvalidInput("the answer to the sign-in has no code".to_owned()))?;
        Ok(Credentials::OAuthAuthorizationCode {
            client_id: self.client_id,
            client_secret: self.client_secret,
            code: code.into(),
            redirect_uri: self.redirect_uri,
            code_verifier: Some(SecretString::from(self.code_verifier.expose_secret())),
        })
    }
}

/// 43 characters that nobody can guess.
fn random() -> Result<String, Error> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::InvalidInput("the system gives no random numbers".to_owned()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn request() -> AuthorizationRequest {
        let secret = Some(SecretString::from("s"));
        AuthorizationRequest::new("http://a:1/x", "id", secret, "http://localhost:9/cb", Some("useraccount"))
            .unwrap()
    }

    #[test]
    fn the_url_holds_a_challenge_and_a_state() {
        let request = request();
        assert!(request.url().starts_with("http://a:1/x/oauth_auth.do?response_type=code&client_id=id&"));
        let pairs: BTreeMap<_, _> = request.url.query_pairs().into_owned().collect();
        assert_eq!(pairs["redirect_uri"], "http://localhost:9/cb");
        assert_eq!(pairs["code_challenge_method"], "S256");
        let challenge =
            URL_SAFE_NO_PAD.encode(digest(&SHA256, request.code_verifier.expose_secret().as_bytes()));
        assert_eq!(pairs["code_challenge"], challenge);
        assert_eq!(pairs["state"].len(), 43);
        assert_ne!(pairs["state"], request.code_verifier.expose_secret());
        assert_ne!(request.state, self::request().state);
    }

    #[test]
    fn only_its_own_answer_is_accepted() {
        let own = request();
        let answer = format!("http://localhost:9/cb?code=a%2Fb&state={}", own.state);
        let Ok(Credentials::OAuthAuthorizationCode { code, code_verifier, .. }) = own.accept(&answer) else {
            panic!("refused")
        };
        assert_eq!(code.expose_secret(), "a/b");
        assert!(code_verifier.is_some());
        assert!(
            matches!(request().accept(&answer), Err(Error::InvalidInput(_))),
            "the state of another request"
        );
        let own = request();
        let no_code = format!("?state={}", own.state);
        assert!(matches!(own.accept(&no_code), Err(Error::InvalidInput(_))));
        let own = request();
        let denied = format!("?error=access_denied&state={}", own.state);
        assert!(matches!(own.accept(&denied), Err(Error::Auth { error, .. }) if error == "access_denied"));
    }
}
