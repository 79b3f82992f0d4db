//! The user behind a token of another issuer.
//!
//! Each gets a row among the users when they first call: so they can be seen, and shut out, by whoever administers the
//! gateway, even while their issuer still trusts them. Its id is the issuer's name and the token's `sub`, which an issuer
//! gives to nobody else; its name is for people and cannot be one that is made here, since it holds a colon. What they may
//! do is in each token; the row tells what the last one said.

use sha2::{Digest, Sha256};

use super::claims::Claims;
use super::{Issuer, token};
use crate::access::Access;
use crate::access::principal::{Credential, Principal};
use crate::error::{Error, Refusal};
use crate::store::User;

/// A user's last call is noted this often; milliseconds.
const TOUCH: i64 = 60 * 60 * 1000;
/// As OpenID Connect bounds it.
const MAX_SUBJECT: usize = 255;
const MAX_USERNAME: usize = 64;

/// What a token says of its user.
struct Identity {
    id: String,
    username: String,
    display_name: String,
    roles: Vec<String>,
}

impl Access {
    /// Who holds a token of another issuer.
    pub(in crate::access) async fn by_issuer(
        &self,
        issuer: &Issuer,
        bearer: &str,
        now: i64,
    ) -> Result<Principal, Error> {
        let verified = token::verify(issuer, bearer, now).await?;
        let identity = identity(issuer, &verified.claims)?;
        let credential = format!("{}|{}", issuer.name, short_hash(bearer));
        let lease = self.live.lease(&credential, &identity.id);
        let roles = self.roles_named(&identity.roles).await?;
        let user = self.known(identity, now).await?;
        if user.disabled {
            return Err(Refusal::TokenRevoked.into());
        }
        Ok(Principal::new(&user, Credential::External(credential), roles, None, verified.expires_at, lease))
    }

    /// The row of a user, made or brought up to date where it has to be.
    async fn known(&self, identity: Identity, now: i64) -> Result<User, Error> {
        let fresh = |user: &User| user.disabled || user.roles == identity.roles;
        let seen = |user: &User| user.last_login_at.is_some_and(|at| now.saturating_sub(at) < TOUCH);
        if let Some(user) = self.store.user(&identity.id).await?.filter(fresh) {
            if user.disabled || seen(&user) {
                return Ok(user);
            }
            let noted = self.store.signed_in(&user.id, now).await?;
            return noted.ok_or_else(|| Refusal::Changed.into());
        }
        let _one = self.store.begin_change().await?;
        if let Some(mut user) = self.store.user(&identity.id).await? {
            if !fresh(&user) {
                user.roles = identity.roles;
                user.last_login_at = Some(now);
                self.store.replace_user(&user).await?;
            }
            return Ok(user);
        }
        let mut user = User {
            username: identity.username,
            display_name: identity.display_name,
            roles: identity.roles,
            disabled: false,
            password_hash: None,
            must_change_password: false,
            created_at: now,
            last_login_at: Some(now),
            id: identity.id,
        };
        if !self.store.create_user(&user).await? {
            // Somebody else of that issuer had the name first.
            let suffix = format!("-{}", &short_hash(&user.id)[..8]);
            user.username.truncate(MAX_USERNAME - suffix.len());
            user.username.push_str(&suffix);
            let made = self.store.create_user(&user).await?;
            if !made {
                // Another gateway on the same store was quicker.
                return self.store.user(&user.id).await?.ok_or_else(|| Refusal::Changed.into());
            }
        }
        Ok(user)
    }
}

fn identity(issuer: &Issuer, claims: &Claims) -> Result<Identity, Error> {
    let settings = &issuer.settings;
    let subject = claims.text("sub").filter(|text| text.len() <= MAX_SUBJECT && text.bytes().all(graphic));
    let subject = subject.ok_or(Refusal::TokenInvalid { why: "the token does not say whose it is (sub)" })?;
    let mut roles = settings.default_roles.clone();
    for value in claims.texts_at(&settings.roles_claim) {
        roles.extend(settings.roles.get(value).into_iter().flatten().cloned());
    }
    roles.sort();
    roles.dedup();
    let name = claims.text(&settings.username_claim).unwrap_or(subject);
    let display_name = claims.text("name").unwrap_or_default();
    Ok(Identity {
        id: format!("{}|{subject}", issuer.name),
        username: username(&issuer.name, name),
        display_name: display_name.chars().filter(|c| !c.is_control()).take(128).collect(),
        roles,
    })
}

/// In the letters of usernames, so that it can be typed and lies in no log as something else.
fn username(issuer: &str, name: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '@');
    let name = name.chars().map(|c| if plain(c) { c.to_ascii_lowercase() } else { '-' });
    format!("{issuer}:").chars().chain(name).take(MAX_USERNAME).collect()
}

fn graphic(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte == b' '
}

fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
