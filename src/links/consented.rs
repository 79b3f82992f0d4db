//! The second step: the browser comes back from the instance. It brings no token, only the state.

use std::sync::Arc;

use futures::future::BoxFuture;
use secrecy::{ExposeSecret, SecretString};
use servicenow::query::{Operator, Query};
use servicenow::{Client, Credentials, CredentialsProvider, List, Page, Read, Record, Signature};

use super::attempt::{Away, Unconfirmed, code_key, state_key};
use super::tokens::Kept;
use super::{CALLBACK, Links, client_of, code};
use crate::error::{Error, Peer, Refusal};
use crate::instance::Subject;
use crate::status::short_name;
use crate::store::{Event, User};

/// What the browser brought.
pub enum Answer {
    /// The person consented.
    Code(SecretString),
    /// They did not, or the instance did not let them.
    Refused,
}

/// An account that waits to be confirmed, for the person to see.
#[derive(Debug)]
pub struct Consented {
    /// The user of the gateway who began.
    pub username: String,
    /// The user of the instance who consented.
    pub account: String,
    /// The instance.
    pub instance: String,
    /// What is to be typed where it was begun.
    pub code: String,
}

impl Links {
    /// Takes the browser's answer; none where the person did not consent. A state is good once.
    ///
    /// # Errors
    /// [`Refusal::LinkInvalid`] for a state that is not known, was used, has expired, or whose session has ended; and
    /// what the instance does.
    pub async fn consented(
        &self,
        state: &str,
        answer: Answer,
        address: &str,
    ) -> Result<Option<Consented>, Error> {
        let mut event =
            Event { method: format!("GET {CALLBACK}"), address: address.to_owned(), ..Event::default() };
        let outcome = self.take_answer(state, answer, &mut event).await;
        event.at = self.now();
        event.outcome = match &outcome {
            Ok(Some(_)) => "OK".to_owned(),
            Ok(None) => "DECLINED".to_owned(),
            Err(error) => short_name(error.reason()).to_owned(),
        };
        if event.username.is_empty() {
            self.access.audit().note(event); // anybody can send a state that is none: nobody waits for that
        } else {
            self.access.audit().record(event).await?;
        }
        outcome
    }

    async fn take_answer(
        &self,
        state: &str,
        answer: Answer,
        event: &mut Event,
    ) -> Result<Option<Consented>, Error> {
        let (began, away, expires_at) = self.take::<Away>(state_key(state)).await?;
        let user: User = self.store().user(&began.user_id).await?.ok_or(Refusal::LinkInvalid)?;
        event.username.clone_from(&user.username);
        event.credential.clone_from(&began.session_id);
        event.instance.clone_from(&began.instance);
        let Answer::Code(code) = answer else { return Ok(None) };

        let instance = self.instances.configured(&began.instance)?;
        let link = client_of(instance)?;
        let credentials = Credentials::OAuthAuthorizationCode {
            client_id: link.client_id.clone(),
            client_secret: link.client_secret.clone(),
            code,
            redirect_uri: away.redirect_uri,
            code_verifier: Some(away.verifier.into()),
        };
        let trade = instance.own().grant(credentials);
        let granted = instance.call("link", Subject::none(), trade).await?;
        let person = instance.own().signed_in_by(Credentials::Custom(Arc::new(Bearer(
            format!("Bearer {}", granted.access_token.expose_secret()).into(),
        ))));
        let who = who(person.map_err(Error::internal)?);
        let account = instance.call("link", Subject::table("sys_user"), who).await?.ok_or_else(|| {
            // Without a name nobody could see who is linked.
            Error::Instance { instance: began.instance.clone(), peer: Peer::BadResponse, source: None }
        })?;
        event.acted_as.clone_from(&account);
        let code = code::random();
        let read = code::read(&code).ok_or_else(|| Error::internal("a code is not one"))?;
        let tokens = Kept::of(granted, None, self.now());
        let kept = Unconfirmed { account: account.clone(), tokens };
        self.keep(code_key(&began, &read), &began, &kept, expires_at).await?;
        Ok(Some(Consented { username: user.username, account, instance: began.instance, code }))
    }
}

/// Asks the instance whom it takes the client for. One's own row of `sys_user` can be read by everybody.
async fn who(client: Client) -> Result<Option<String>, servicenow::Error> {
    let list = List {
        query: Query::new().and("sys_id", Operator::Is, "javascript:gs.getUserID()"),
        read: Read { fields: vec!["user_name".to_owned()], ..Read::default() },
        limit: 2,
        ..List::default()
    };
    let page: Page<Record> = client.list("sys_user", &list).await?;
    // Two rows: the instance did not understand the question, and answered another one.
    let [row] = page.rows.as_slice() else { return Ok(None) };
    Ok(row.value("user_name").filter(|name| !name.is_empty()).map(str::to_owned))
}

/// One token, for one question.
struct Bearer(SecretString);

impl CredentialsProvider for Bearer {
    fn sign(&self) -> BoxFuture<'_, Result<Signature, servicenow::Error>> {
        let signature =
            Signature { header: "Authorization".to_owned(), value: self.0.clone(), generation: None };
        Box::pin(std::future::ready(Ok(signature)))
    }
}
