//! The first step: where the person goes to consent.

use secrecy::ExposeSecret;
use servicenow::AuthorizationRequest;

use super::attempt::{Away, Began, LIFE, state_key};
use super::{CALLBACK, Links, client_of};
use crate::access::{Caller, Credential};
use crate::error::{Error, Refusal};

/// What stands in for a session where another issuer's tokens are used; no session's id has a space.
pub(super) const USER: &str = "user ";

/// A link that was begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the person signs in.
    pub url: String,
    /// When it must be confirmed; milliseconds.
    pub expires_at: i64,
}

impl Links {
    /// Begins to link the caller's account at an instance.
    ///
    /// # Errors
    /// [`Error::InstanceUnknown`], [`Refusal::LinksOff`], and [`Error::Invalid`] without a session.
    pub async fn begin(&self, caller: &Caller, name: &str) -> Result<Begun, Error> {
        let instance = self.instances.configured(name)?;
        caller.note.set(|noted| instance.name().clone_into(&mut noted.instance));
        let began = began(caller, instance.name())?;
        let client = client_of(instance)?;
        let redirect_uri = match &client.redirect_uri {
            Some(uri) => uri.clone(),
            None => self.own_callback()?,
        };
        let request = AuthorizationRequest::new(
            instance.own().base_url(),
            &client.client_id,
            client.client_secret.clone(),
            &redirect_uri,
            client.scope.as_deref(),
        );
        let request = request.map_err(Error::internal)?;
        let verifier = request.code_verifier().expose_secret().to_owned();
        let expires_at = self.now().saturating_add(LIFE);
        let away = Away { verifier, redirect_uri };
        self.keep(state_key(request.state()), &began, &away, expires_at).await?;
        Ok(Begun { url: request.url().to_owned(), expires_at })
    }

    fn own_callback(&self) -> Result<String, Error> {
        let url = self.url.get().ok_or_else(|| Error::internal("the gateway does not listen yet"))?;
        Ok(format!("{url}{CALLBACK}"))
    }
}

/// Who begins, or goes on: a person in a session. A key is a program, which cannot consent.
pub(super) fn began(caller: &Caller, instance: &str) -> Result<Began, Error> {
    let principal = caller.principal()?;
    let session_id = match &principal.credential {
        Credential::Session(id) => id.clone(),
        // The issuer's tokens change every few minutes; what stays is the user.
        Credential::External(_) => format!("{USER}{}", principal.user_id),
        Credential::Key(_) | Credential::Certificate(_) | Credential::None => {
            let problem = "accounts are linked by a person, not with an API key: sign in";
            return Err(Error::invalid("authorization", problem));
        }
    };
    if principal.must_change_password {
        return Err(Refusal::PasswordChangeRequired.into());
    }
    Ok(Began { user_id: principal.user_id.clone(), session_id, instance: instance.to_owned() })
}
