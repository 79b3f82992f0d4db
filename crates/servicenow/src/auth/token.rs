//! The current access token: renewed ahead of its expiry, by one request at a time.

use std::sync::Mutex;
use std::time::Duration;

use http::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::Url;

use super::grant::Grantor;
use super::{Authorization, Credentials, sensitive};
use crate::Error;
use crate::transport::Http;

/// How long before its expiry a token is renewed; half its life if that is shorter.
const AHEAD: Duration = Duration::from_secs(60);

pub(crate) struct Tokens {
    grantor: Grantor,
    /// Held only to look or to replace, never while waiting.
    current: Mutex<Option<Token>>,
    /// Held while a token is being asked for.
    renewal: tokio::sync::Mutex<Renewal>,
}

#[derive(Clone)]
struct Token {
    authorization: Authorization,
    renew_at: Instant,
    expires_at: Instant,
}

impl Token {
    fn new(authorization: Authorization, now: Instant, lifetime: Duration) -> Token {
        let renew_at = now + lifetime.saturating_sub(AHEAD).max(lifetime / 2);
        Token { authorization, renew_at, expires_at: now + lifetime }
    }
}

#[derive(Default)]
struct Renewal {
    refresh_token: Option<SecretString>,
    issued: u64,
}

impl Tokens {
    pub(super) fn new(credentials: Credentials, base: &Url) -> Result<Tokens, Error> {
        Ok(Tokens {
            grantor: Grantor::new(credentials, base)?,
            current: Mutex::default(),
            renewal: tokio::sync::Mutex::default(),
        })
    }

    pub(super) async fn authorization(&self, http: &Http) -> Result<Authorization, Error> {
        let usable = self.current().filter(|token| Instant::now() < token.expires_at);
        match usable {
            Some(token) if Instant::now() < token.renew_at => Ok(token.authorization),
            Some(token) => Ok(self.renew_ahead(http, token).await),
            None => self.renew_now(http).await,
        }
    }

    pub(super) fn refused(&self, generation: u64) {
        let mut current = self.lock();
        if current.as_ref().is_some_and(|token| token.authorization.generation == Some(generation)) {
            *current = None;
        }
    }

    /// The old token still works: who finds a renewal under way does not wait for it, and a failure is no
    /// failure yet.
    async fn renew_ahead(&self, http: &Http, token: Token) -> Authorization {
        let Ok(mut renewal) = self.renewal.try_lock() else { return token.authorization };
        match self.renew(http, &mut renewal).await {
            Ok(authorization) => authorization,
            Err(error) => {
                tracing::warn!(%error, "could not renew the access token ahead of its expiry");
                self.put_off(&token);
                token.authorization
            }
        }
    }

    /// Lets half of the token's remaining life pass before the next try, so that a token endpoint that is down
    /// does not slow every request.
    fn put_off(&self, token: &Token) {
        let now = Instant::now();
        let later = now + token.expires_at.saturating_duration_since(now) / 2;
        let generation = token.authorization.generation;
        if let Some(current) = self.lock().as_mut().filter(|one| one.authorization.generation == generation) {
            current.renew_at = later;
        }
    }

    async fn renew_now(&self, http: &Http) -> Result<Authorization, Error> {
        let mut renewal = self.renewal.lock().await;
        // Whoever held the lock before may have brought one.
        if let Some(token) = self.current().filter(|token| Instant::now() < token.expires_at) {
            return Ok(token.authorization);
        }
        self.renew(http, &mut renewal).await
    }

    async fn renew(&self, http: &Http, renewal: &mut Renewal) -> Result<Authorization, Error> {
        let granted = match &renewal.refresh_token {
            Some(refresh) => {
                match self.grantor.request(http, Some(refresh)).await {
                    // The refresh token is spent; what it was got with may still do.
                    Err(Error::Auth { .. }) => {
                        renewal.refresh_token = None;
                        self.grantor.request(http, None).await?
                    }
                    other => other?,
                }
            }
            None => self.grantor.request(http, None).await?,
        };
        renewal.issued += 1;
        let lifetime = granted.lifetime();
        let header = sensitive(&format!("Bearer {}", granted.access_token.expose_secret()))?;
        let authorization =
            Authorization { header: Some((AUTHORIZATION, header)), generation: Some(renewal.issued) };
        let token = Token::new(authorization.clone(), Instant::now(), lifetime);
        if let Some(refresh) = granted.refresh_token {
            renewal.refresh_token = Some(refresh);
        }
        *self.lock() = Some(token);
        Ok(authorization)
    }

    fn current(&self) -> Option<Token> {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.current.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(seconds: u64) -> Token {
        let authorization = Authorization { header: None, generation: Some(1) };
        Token::new(authorization, Instant::now(), Duration::from_secs(seconds))
    }

    #[test]
    fn a_token_is_renewed_a_minute_ahead_or_half_way() {
        for (seconds, ahead) in [(1799, 60), (100, 50), (10, 5), (0, 0)] {
            let token = token(seconds);
            assert_eq!(token.expires_at - token.renew_at, Duration::from_secs(ahead), "{seconds}");
        }
    }

    #[tokio::test]
    async fn a_failed_renewal_ahead_leaves_the_token_in_use() {
        let credentials =
            Credentials::OAuthClientCredentials { client_id: "id".into(), client_secret: "s".into() };
        // Nobody listens on the port of a listener that is gone.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = Url::parse(&format!("http://127.0.0.1:{port}")).unwrap();
        let tokens = Tokens::new(credentials, &base).unwrap();
        let mut old = token(100);
        old.renew_at = Instant::now();
        *tokens.lock() = Some(old);
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let wait = Duration::from_secs(10);
        let http = Http { client, read_timeout: wait, total_timeout: wait };
        let authorization = tokens.authorization(&http).await.unwrap();
        assert_eq!(authorization.generation, Some(1));
        let token = tokens.current().unwrap();
        assert!(token.renew_at > Instant::now() + Duration::from_secs(40), "the next try is put off");
    }
}
