//! The credential that calls carry: a token as it is, or a session that is kept alive.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use crate::error::{Error, Result};
use crate::pb::auth_service_client::AuthServiceClient;
use crate::pb::{ErrorReason, RefreshRequest, Tokens};

/// A connection whose calls carry the credential.
pub type Authorized = InterceptedService<Channel, Bearer>;

/// Tokens that are about to expire are refreshed this long before.
const AHEAD: Duration = Duration::from_secs(30);

type Keep = Arc<dyn Fn(&Tokens) + Send + Sync>;

/// Puts the credential into each call. Clones share it, and with it what was refreshed.
#[derive(Clone, Default)]
pub struct Bearer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: RwLock<State>,
    refreshing: tokio::sync::Mutex<()>,
    keep: Option<Keep>,
}

/// What a call carried: where another call refreshed meanwhile, that was enough.
pub(crate) struct Used(State);

#[derive(Clone, Default)]
struct State {
    header: Option<MetadataValue<Ascii>>,
    /// Of a session: what it goes on with.
    refresh_token: Option<String>,
    expires: Option<SystemTime>,
}

impl Bearer {
    /// A token that is used as it is: an API key, or an access token.
    pub(crate) fn token(token: &str) -> Result<Self> {
        let state = State { header: Some(header(token)?), ..State::default() };
        Ok(Bearer(Arc::new(Shared { state: RwLock::new(state), ..Shared::default() })))
    }

    /// A session; `keep` is told of its next tokens.
    pub(crate) fn session(tokens: &Tokens, keep: Keep) -> Result<Self> {
        let state = RwLock::new(State::of(tokens)?);
        Ok(Bearer(Arc::new(Shared { state, keep: Some(keep), ..Shared::default() })))
    }

    /// Refreshes the session where its token is about to expire.
    pub(crate) async fn prepare(&self, channel: &Channel) -> Result<()> {
        let soon = SystemTime::now() + AHEAD;
        let state = self.state();
        if state.refresh_token.is_none() || state.expires.is_some_and(|expires| expires > soon) {
            return Ok(());
        }
        match self.refresh(channel, &state).await {
            // The token that is there does for now.
            Err(error) if error.is_retryable() && state.is_good() => Ok(()),
            done => done,
        }
    }

    /// What the next call carries.
    pub(crate) fn used(&self) -> Used {
        Used(self.state())
    }

    /// Refreshes the session where the gateway did not take its token; whether the call may be sent again.
    pub(crate) async fn recover(&self, channel: &Channel, error: &Error, used: &Used) -> Result<bool> {
        let refused = error.code() == Code::Unauthenticated
            && matches!(error.reason(), ErrorReason::TokenExpired | ErrorReason::TokenInvalid);
        if !refused || self.state().refresh_token.is_none() {
            return Ok(false);
        }
        self.refresh(channel, &used.0).await?;
        Ok(true)
    }

    /// One call at a time refreshes; the others find it done.
    async fn refresh(&self, channel: &Channel, seen: &State) -> Result<()> {
        let _one = self.0.refreshing.lock().await;
        let state = self.state();
        if state.header != seen.header {
            return Ok(());
        }
        let Some(refresh_token) = state.refresh_token else { return Ok(()) };
        let mut stub = AuthServiceClient::new(channel.clone());
        let mut request = Request::new(RefreshRequest { refresh_token });
        request.set_timeout(Duration::from_secs(20));
        let answer = stub.refresh(request).await?.into_inner();
        let tokens = crate::records::some(answer.tokens)?;
        *self.0.state.write().unwrap_or_else(PoisonError::into_inner) = State::of(&tokens)?;
        if let Some(keep) = &self.0.keep {
            keep(&tokens);
        }
        Ok(())
    }

    fn state(&self) -> State {
        self.0.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl State {
    /// Whether the gateway would take it now.
    fn is_good(&self) -> bool {
        self.expires.is_some_and(|expires| expires > SystemTime::now())
    }

    fn of(tokens: &Tokens) -> Result<Self> {
        let expires = tokens.access_expire_time.and_then(|time| SystemTime::try_from(time).ok());
        Ok(State {
            header: Some(header(&tokens.access_token)?),
            refresh_token: Some(tokens.refresh_token.clone()).filter(|token| !token.is_empty()),
            expires,
        })
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> std::result::Result<Request<()>, Status> {
        if let Some(header) = self.state().header {
            request.metadata_mut().insert("authorization", header);
        }
        Ok(request)
    }
}

/// Never the token itself.
impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Bearer").field("set", &state.header.is_some()).finish_non_exhaustive()
    }
}

fn header(token: &str) -> Result<MetadataValue<Ascii>> {
    let mut header: MetadataValue<Ascii> = format!("Bearer {token}")
        .parse()
        .map_err(|_| Error::local(Code::InvalidArgument, "the token has characters that no token has"))?;
    header.set_sensitive(true);
    Ok(header)
}
