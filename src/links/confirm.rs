//! The last step: the one who consented shows that they are the one who began.

use super::attempt::{Unconfirmed, code_key};
use super::begin::began;
use super::{LinkOf, Links, code};
use crate::access::{self, Caller, LINK};
use crate::error::{Error, Refusal};
use crate::store::{Label, Link};

impl Links {
    /// Links the account that consented, in the session that began.
    ///
    /// # Errors
    /// [`Refusal::LinkInvalid`] for a code that is not known here, was used or has expired.
    pub async fn confirm(&self, caller: &Caller, name: &str, typed: &str) -> Result<LinkOf, Error> {
        let instance = self.instances.configured(name)?;
        caller.note.set(|noted| instance.name().clone_into(&mut noted.instance));
        let here = began(caller, instance.name())?;
        let code = code::read(typed).ok_or(Refusal::LinkInvalid)?;
        let (began, kept, _) = self.take::<Unconfirmed>(code_key(&here, &code)).await?;
        if began.user_id != here.user_id {
            return Err(Refusal::LinkInvalid.into()); // a session is one user's: it cannot be
        }
        let place = access::place(&here.user_id, &here.instance);
        let text = kept.tokens.to_text()?;
        let now = self.now();
        let link = Link {
            tokens: self.vault().seal(Label { what: LINK, whose: &place }, &text)?,
            user_id: here.user_id,
            instance: here.instance,
            id: access::random_id(),
            account: kept.account,
            version: 1,
            created_at: now,
            renewed_at: now,
            broken_at: None,
        };
        let before = self.store().put_link(&link).await?;
        self.acting.forget(&link.user_id, &link.instance);
        caller.note.set(|noted| noted.acted_as.clone_from(&link.account));
        // Of the same account they may be the very tokens that were just given: an instance gives those in force again.
        if let Some(before) = before.filter(|before| before.account != link.account) {
            self.revoke(&before).await;
        }
        Ok(LinkOf { username: caller.principal()?.username.clone(), link })
    }
}
