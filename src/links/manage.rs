//! Looking at links, and ending them.

use std::time::Duration;

use super::tokens::Kept;
use super::{Links, client_of};
use crate::access::Caller;
use crate::error::Error;
use crate::pb::Permission;
use crate::store::{Link, User};

/// How long the end of a link waits for the instance.
const PATIENCE: Duration = Duration::from_secs(10);

/// A link, and whose it is.
#[derive(Debug)]
pub struct LinkOf {
    /// The user of the gateway.
    pub username: String,
    /// The link.
    pub link: Link,
}

/// What became of a link that was to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unlinked {
    /// There was one.
    pub unlinked: bool,
    /// The instance has ended its tokens.
    pub revoked: bool,
}

impl Links {
    /// The links of the caller, or of somebody else, which needs [`Permission::UsersRead`].
    pub async fn list(&self, caller: &Caller, username: &str) -> Result<Vec<LinkOf>, Error> {
        let (user_id, username) = self.whose(caller, username, Permission::UsersRead).await?;
        let links = self.store().links(&user_id).await?;
        Ok(links.into_iter().map(|link| LinkOf { username: username.clone(), link }).collect())
    }

    /// Ends a link of the caller, or of somebody else, which needs [`Permission::UsersWrite`]. It is gone from here on
    /// whatever the instance says.
    pub async fn unlink(&self, caller: &Caller, name: &str, username: &str) -> Result<Unlinked, Error> {
        // Of an instance that is configured no more, too: by the name that it had.
        let instance = match self.instances.configured(name) {
            Ok(instance) => instance.name().to_owned(),
            Err(unknown) if name.is_empty() => return Err(unknown),
            Err(unknown) => {
                let (user_id, _) = self.whose(caller, username, Permission::UsersWrite).await?;
                self.store().link(&user_id, name).await?.ok_or(unknown)?.instance
            }
        };
        caller.note.set(|noted| noted.instance.clone_from(&instance));
        let (user_id, username) = self.whose(caller, username, Permission::UsersWrite).await?;
        caller.about(&username);
        let Some(link) = self.store().delete_link(&user_id, &instance).await? else {
            return Ok(Unlinked::default());
        };
        self.acting.forget(&user_id, &instance);
        caller.note.set(|noted| noted.acted_as.clone_from(&link.account));
        Ok(Unlinked { unlinked: true, revoked: self.revoke(&link).await })
    }

    /// The links of a user who is about to be deleted, for [`Links::deleted`].
    pub async fn of_user(&self, username: &str) -> Result<Vec<Link>, Error> {
        let user = self.access.user(username).await?;
        self.store().links(&user.id).await
    }

    /// Ends what links of a user who was deleted leave behind.
    pub async fn deleted(&self, links: Vec<Link>) {
        for link in links {
            self.acting.forget(&link.user_id, &link.instance);
            self.revoke(&link).await;
        }
    }

    /// Ends the tokens at the instance, where it answers in time; true where all of them are ended.
    pub(super) async fn revoke(&self, link: &Link) -> bool {
        let end = async {
            let instance = self.instances.configured(&link.instance)?;
            let client = client_of(instance)?;
            let kept = Kept::open(self.vault(), link)?;
            for token in kept.refresh.iter().chain([&kept.access]) {
                let token = token.as_str().into();
                let revoke = instance.own().revoke(&token, &client.client_id, client.client_secret.as_ref());
                instance.call("unlink", crate::instance::Subject::none(), revoke).await?;
            }
            Ok(())
        };
        let ended = tokio::time::timeout(PATIENCE, end).await.unwrap_or(Err(Error::DeadlineExceeded));
        if let Err(error) = &ended {
            tracing::warn!(instance = link.instance, %error, "the tokens of a removed link live on at the instance");
        }
        ended.is_ok()
    }

    async fn whose(
        &self,
        caller: &Caller,
        username: &str,
        needed: Permission,
    ) -> Result<(String, String), Error> {
        let principal = caller.principal()?;
        if username.is_empty() || username.eq_ignore_ascii_case(&principal.username) {
            return Ok((principal.user_id.clone(), principal.username.clone()));
        }
        principal.require(needed)?;
        let User { id, username, .. } = self.access.user(username).await?;
        Ok((id, username))
    }
}
