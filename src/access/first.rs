//! The first administrator, and the one of the demo.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::keys::NewKey;
use super::roles::ADMIN;
use super::{Access, password, secret, users};
use crate::error::Error;
use crate::store::User;

/// An administrator who was created because there was nobody.
pub struct FirstAdministrator {
    /// The name.
    pub username: String,
    /// The password, where it was made up: it is shown once, and must be changed.
    pub password: Option<SecretString>,
}

impl Access {
    /// Creates the first administrator where there is no user yet, with the password of the configuration, or one that
    /// is made up and must be changed.
    ///
    /// # Errors
    /// The configured password is weak, or the store does not answer.
    pub async fn ensure_administrator(&self) -> Result<Option<FirstAdministrator>, Error> {
        let _one = self.store.begin_change().await?;
        if !self.store.users("", 1).await?.is_empty() {
            return Ok(None);
        }
        let username = users::username(&self.settings.admin_username)?;
        let given = self.settings.admin_password.clone();
        let made_up = given.is_none();
        let password = given.unwrap_or_else(|| secret::password().into());
        password::check_policy(password.expose_secret(), &username)?;
        let user = User {
            id: secret::id(),
            username: username.clone(),
            display_name: "The first administrator".to_owned(),
            roles: vec![ADMIN.to_owned()],
            disabled: false,
            password_hash: Some(self.passwords.hash(password.clone()).await?),
            must_change_password: made_up,
            created_at: self.now(),
            last_login_at: None,
        };
        self.store.create_user(&user).await?;
        Ok(Some(FirstAdministrator { username, password: made_up.then_some(password) }))
    }

    /// A new API key of an administrator, for the demo and for tests. Those made before under that name are deleted.
    ///
    /// # Errors
    /// There is no such user.
    pub async fn administrator_key(self: &Arc<Self>, username: &str, name: &str) -> Result<String, Error> {
        let owner = self.user(username).await?;
        for key in self.store.api_keys(&owner.id).await?.into_iter().filter(|key| key.name == name) {
            self.store.delete_api_key(&key.id).await?;
            self.live.end(&key.id);
        }
        let a_year = self.now().saturating_add(365 * 24 * 60 * 60 * 1000);
        let new = NewKey {
            username: username.to_owned(),
            name: name.to_owned(),
            expires_at: a_year,
            ..NewKey::default()
        };
        Ok(self.create_api_key(&self.anybody(), new).await?.secret)
    }
}
