//! A request for an authorization code, checked.

use super::form::Form;
use crate::auth::{Challenge, OAuthClient, with_answer};
use crate::http::face::Face;

/// What a client asks a person for.
pub(super) struct Asked<'a> {
    pub(super) client: &'a OAuthClient,
    pub(super) redirect_uri: String,
    pub(super) state: Option<String>,
    pub(super) challenge: Option<Challenge>,
}

/// Why it asks in vain.
pub(super) enum Unfit {
    /// Nobody can be trusted with the answer: the person is told.
    Told(&'static str),
    /// The client is told, at this URI.
    Returned(String),
}

impl<'a> Asked<'a> {
    /// Reads the query string of `/oauth_auth.do`.
    pub(super) fn read(face: &'a Face, query: Option<&str>) -> Result<Self, Unfit> {
        let form = Form::of_query(query);
        let client = form.filled("client_id").and_then(|id| face.instance.clients.get(id));
        let client = client.ok_or(Unfit::Told("The application is not registered: client_id is unknown."))?;
        let redirect_uri = form
            .filled("redirect_uri")
            .filter(|uri| client.may_return_to(uri))
            .ok_or(Unfit::Told("The redirect_uri is not one that is registered for the application."))?;
        let state = form.filled("state").map(str::to_owned);
        if state.is_none() && face.instance.settings.oauth_state_required {
            return Err(Unfit::Told("Missing State parameter in request"));
        }
        let mut asked = Asked { client, redirect_uri: redirect_uri.to_owned(), state, challenge: None };
        let refuse = |error, description| {
            Unfit::Returned(asked.answer(&[("error", error), ("error_description", description)]))
        };
        if form.find("response_type") != Some("code") {
            return Err(refuse("unsupported_response_type", "response_type must be code"));
        }
        let challenge = match form.filled("code_challenge") {
            Some(challenge) => {
                let challenge = Challenge::new(challenge, form.filled("code_challenge_method"));
                Some(challenge.ok_or_else(|| {
                    refuse("invalid_request", "code_challenge or code_challenge_method is malformed")
                })?)
            }
            None if client.is_public() => {
                return Err(refuse("invalid_request", "a public client must send a code_challenge"));
            }
            None => None,
        };
        asked.challenge = challenge;
        Ok(asked)
    }

    /// Where the browser goes with an answer; the state goes with it.
    pub(super) fn answer(&self, pairs: &[(&str, &str)]) -> String {
        let state = self.state.as_deref().map(|state| ("state", state));
        let pairs: Vec<_> = pairs.iter().copied().chain(state).collect();
        with_answer(&self.redirect_uri, &pairs)
    }
}
