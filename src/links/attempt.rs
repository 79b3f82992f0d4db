//! The steps of a link that is being made: what is kept from one to the next, and for how long.

use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Links;
use super::begin::USER;
use super::tokens::Kept;
use crate::error::{Error, Refusal};
use crate::store::{Label, LinkAttempt};

/// From the first step to the last; milliseconds.
pub(super) const LIFE: i64 = 10 * 60 * 1000;
/// Steps of one user that wait at once.
const MOST: usize = 5;

/// What is kept while the person is at the instance.
#[derive(Serialize, Deserialize)]
pub(super) struct Away {
    pub(super) verifier: String,
    pub(super) redirect_uri: String,
}

/// What is kept until the link is confirmed.
#[derive(Serialize, Deserialize)]
pub(super) struct Unconfirmed {
    pub(super) account: String,
    pub(super) tokens: Kept,
}

/// Who began, and with which instance.
#[derive(Clone, Debug)]
pub(super) struct Began {
    pub(super) user_id: String,
    pub(super) session_id: String,
    pub(super) instance: String,
}

/// The key of the step that a state leads to.
pub(super) fn state_key(state: &str) -> [u8; 32] {
    key(&["state", state])
}

/// The key of the step that a code leads to: in another session it leads nowhere.
pub(super) fn code_key(began: &Began, code: &str) -> [u8; 32] {
    key(&["code", &began.session_id, &began.instance, code])
}

impl Links {
    /// Keeps a step.
    pub(super) async fn keep<T: Serialize>(
        &self,
        key: [u8; 32],
        began: &Began,
        what: &T,
        expires_at: i64,
    ) -> Result<(), Error> {
        let text = serde_json::to_vec(what).map_err(Error::internal)?;
        let attempt = LinkAttempt {
            sealed: self.vault().seal(label(&hexadecimal(&key)), &text)?,
            key,
            user_id: began.user_id.clone(),
            session_id: began.session_id.clone(),
            instance: began.instance.clone(),
            expires_at,
        };
        self.store().add_link_attempt(&attempt, self.now(), MOST).await
    }

    /// Takes a step, which is then gone, where the session that it was begun in still lives.
    pub(super) async fn take<T: DeserializeOwned>(&self, key: [u8; 32]) -> Result<(Began, T, i64), Error> {
        let taken = self.store().take_link_attempt(&key, self.now()).await?;
        let attempt = taken.ok_or(Refusal::LinkInvalid)?;
        let session = Some(attempt.session_id.as_str()).filter(|id| !id.starts_with(USER));
        if !self.access.lives(&attempt.user_id, session).await? {
            return Err(Refusal::LinkInvalid.into());
        }
        let opened = self.vault().open(label(&hexadecimal(&key)), &attempt.sealed)?;
        let what = serde_json::from_slice(opened.expose_secret()).map_err(|_| unreadable())?;
        let LinkAttempt { user_id, session_id, instance, expires_at, .. } = attempt;
        Ok((Began { user_id, session_id, instance }, what, expires_at))
    }
}

fn key(parts: &[&str]) -> [u8; 32] {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    digest.finalize().into()
}

fn label(whose: &str) -> Label<'_> {
    Label { what: "link attempt", whose }
}

fn hexadecimal(key: &[u8; 32]) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Without the parser's words, which may quote what it read.
fn unreadable() -> Error {
    Error::internal("a kept step of a link cannot be read")
}
