//! Users: created, changed, disabled, deleted, their passwords reset.

use secrecy::{ExposeSecret, SecretString};

use super::principal::Principal;
use super::roles::{ADMIN, may_give};
use super::{Access, password, secret};
use crate::error::{Error, Refusal};
use crate::store::User;

const MAX_ROLES: usize = 32;

/// A user to be created.
#[derive(Debug, Default)]
pub struct NewUser {
    /// As given.
    pub username: String,
    /// For people.
    pub display_name: String,
    /// Names of roles.
    pub roles: Vec<String>,
    /// Nobody can act as them.
    pub disabled: bool,
    /// None: no password.
    pub password: Option<SecretString>,
}

/// What is to be changed of a user; what is none stays.
#[derive(Debug, Default)]
pub struct Change {
    /// For people.
    pub display_name: Option<String>,
    /// Names of roles.
    pub roles: Option<Vec<String>>,
    /// Nobody can act as them.
    pub disabled: Option<bool>,
}

impl Access {
    /// The user of that name. Fails with [`Refusal::NameUnknown`].
    pub async fn user(&self, username: &str) -> Result<User, Error> {
        let found = self.store.user_by_name(&username.to_ascii_lowercase()).await?;
        found.ok_or_else(|| unknown(username))
    }

    /// Users by name, those after `after`.
    pub async fn users(&self, after: &str, limit: u64) -> Result<Vec<User>, Error> {
        self.store.users(after, limit).await
    }

    /// Creates a user, whose password must be changed where it has one.
    pub async fn create_user(&self, by: &Principal, new: NewUser) -> Result<User, Error> {
        let username = username(&new.username)?;
        display_name(&new.display_name)?;
        if let Some(password) = &new.password {
            password::check_policy(password.expose_secret(), &username)?;
        }
        let password_hash = match new.password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let _one = self.change(by).await?;
        self.check_roles(by, &new.roles).await?;
        let user = User {
            id: secret::id(),
            username,
            display_name: new.display_name,
            roles: new.roles,
            disabled: new.disabled,
            must_change_password: password_hash.is_some(),
            password_hash,
            created_at: self.now(),
            last_login_at: None,
        };
        if !self.store.create_user(&user).await? {
            return Err(Refusal::NameTaken { kind: "user", name: user.username }.into());
        }
        Ok(user)
    }

    /// Changes a user. What runs as them is looked at again.
    pub async fn update_user(&self, by: &Principal, username: &str, change: Change) -> Result<User, Error> {
        let _one = self.change(by).await?;
        let mut user = self.manageable(by, username).await?;
        let was_administrator = is_administrator(&user);
        if let Some(name) = change.display_name {
            display_name(&name)?;
            user.display_name = name;
        }
        if let Some(roles) = change.roles {
            of_this_gateway(&user)?;
            self.check_roles(by, &roles).await?;
            user.roles = roles;
        }
        user.disabled = change.disabled.unwrap_or(user.disabled);
        if was_administrator && !is_administrator(&user) {
            self.another_administrator(&user.id).await?;
        }
        self.store.replace_user(&user).await?;
        self.live.end_user(&user.id);
        Ok(user)
    }

    /// Sets a password that must be changed, and ends all sessions; how many.
    pub async fn reset_password(
        &self,
        by: &Principal,
        username: &str,
        password: SecretString,
    ) -> Result<usize, Error> {
        password::check_policy(password.expose_secret(), &username.to_ascii_lowercase())?;
        let hash = self.passwords.hash(password).await?;
        let _one = self.change(by).await?;
        let mut user = self.manageable(by, username).await?;
        of_this_gateway(&user)?;
        user.password_hash = Some(hash);
        user.must_change_password = true;
        self.store.replace_user(&user).await?;
        let ended = self.store.end_sessions(&user.id, None, self.now()).await?;
        self.live.end_user(&user.id);
        Ok(ended.len())
    }

    /// A password that passes, for one that an administrator does not want to make up.
    pub fn make_password(&self) -> SecretString {
        secret::password().into()
    }

    /// Deletes a user with sessions and keys.
    pub async fn delete_user(&self, by: &Principal, username: &str) -> Result<(), Error> {
        let _one = self.change(by).await?;
        let user = self.manageable(by, username).await?;
        if is_administrator(&user) {
            self.another_administrator(&user.id).await?;
        }
        self.store.delete_user(&user.id).await?;
        self.live.end_user(&user.id);
        Ok(())
    }

    /// A user whose roles the caller could have given: nobody changes those who may do more.
    pub(super) async fn manageable(&self, by: &Principal, username: &str) -> Result<User, Error> {
        let user = self.user(username).await?;
        for role in self.roles_of(&user).await? {
            may_give(by, &role)?;
        }
        Ok(user)
    }

    async fn check_roles(&self, by: &Principal, names: &[String]) -> Result<(), Error> {
        if names.len() > MAX_ROLES {
            return Err(Error::invalid("user.roles", format!("there are more than {MAX_ROLES}")));
        }
        let roles = self.roles_named(names).await?;
        for name in names {
            let Some(role) = roles.iter().find(|role| role.name() == name) else {
                return Err(Refusal::NameUnknown { kind: "role", name: name.clone() }.into());
            };
            may_give(by, role)?;
        }
        Ok(())
    }

    /// Fails where nobody but that user is an administrator who can sign in.
    async fn another_administrator(&self, but: &str) -> Result<(), Error> {
        let mut after = String::new();
        loop {
            let users = self.store.users(&after, 500).await?;
            let Some(last) = users.last() else { break };
            after.clone_from(&last.username);
            if users.iter().any(|user| user.id != but && is_administrator(user)) {
                return Ok(());
            }
        }
        let why = "no enabled administrator would be left; give somebody else the role admin first";
        Err(Refusal::Conflict { why: why.to_owned() }.into())
    }
}

/// What a user of another issuer has comes with each of their tokens: neither a password nor a key may outlive that.
pub(super) fn of_this_gateway(user: &User) -> Result<(), Error> {
    let Some(issuer) = user.issuer() else { return Ok(()) };
    let why = format!(
        "{} signs in at the issuer {issuer}: roles come from there, and passwords and keys are for users of this gateway; \
         the account can be disabled here",
        user.username
    );
    Err(Refusal::Conflict { why }.into())
}

/// Somebody who can sign in whatever other issuers do.
fn is_administrator(user: &User) -> bool {
    !user.disabled && user.issuer().is_none() && user.roles.iter().any(|role| role == ADMIN)
}

/// A name in the one spelling that is kept.
pub(super) fn username(text: &str) -> Result<String, Error> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '@');
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if !begins || text.len() > 64 || !text.chars().all(plain) {
        let problem = "must be 1 to 64 small letters, digits and . _ - @, beginning with a letter or digit";
        return Err(Error::invalid("user.username", problem));
    }
    Ok(text.to_owned())
}

fn display_name(text: &str) -> Result<(), Error> {
    if text.chars().count() > 128 || text.chars().any(char::is_control) {
        let problem = "must be at most 128 characters, without control characters";
        return Err(Error::invalid("user.display_name", problem));
    }
    Ok(())
}

fn unknown(username: &str) -> Error {
    Refusal::NameUnknown { kind: "user", name: username.chars().take(64).collect() }.into()
}
