//! Signing in, refreshing, and ending sessions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use secrecy::{ExposeSecret, SecretString};

use super::clock::millis;
use super::principal::{Caller, Credential, Principal};
use super::roles::API_ONLY;
use super::throttle::Attempt;
use super::{Access, password, secret, token, users};
use crate::error::{Error, Refusal};
use crate::pb::Permission;
use crate::store::{NewSession, Rotation, RotationRequest, Session, User};

/// How long ended sessions are remembered, so that their tokens are told as revoked and not as unknown; milliseconds.
pub(super) const REMEMBERED: i64 = 30 * 24 * 60 * 60 * 1000;

/// A name and a password.
pub struct SignIn {
    /// In any letter case.
    pub username: String,
    /// The password.
    pub password: SecretString,
    /// What signs in.
    pub device: String,
    /// Of an earlier sign-in; may be empty.
    pub device_token: String,
}

/// What a client keeps to stay signed in. Times are milliseconds.
pub struct Tokens {
    /// For calls.
    pub access: String,
    /// When it ends.
    pub access_expires_at: i64,
    /// For the next tokens.
    pub refresh: String,
    /// When it ends if it is not used.
    pub refresh_expires_at: i64,
}

/// A session that was opened.
pub struct Opened {
    /// Its tokens.
    pub tokens: Tokens,
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub user: User,
    /// Shows with the next sign-in that the device is known.
    pub device_token: String,
}

impl Access {
    /// Opens a session.
    ///
    /// # Errors
    /// [`Refusal::CredentialsInvalid`] after the same work whatever was wrong; [`Refusal::AttemptsExceeded`].
    pub async fn login(&self, caller: &Caller, sign_in: SignIn) -> Result<Opened, Error> {
        let name: String = sign_in.username.to_ascii_lowercase().chars().take(64).collect();
        caller.note.set(|noted| noted.username.clone_from(&name));
        let user = match users::username(&name) {
            Ok(name) => self.store.user_by_name(&name).await?,
            Err(_) => None, // no user has such a name
        };
        let user = self.check_password(caller, &name, user, sign_in.password, &sign_in.device_token).await?;
        let device = if sign_in.device.is_empty() { caller.agent.clone() } else { sign_in.device };
        self.open_session(user, device, &caller.address).await
    }

    /// Gets the next tokens for a refresh token.
    pub async fn refresh(&self, caller: &Caller, refresh: &str) -> Result<Tokens, Error> {
        if !secret::is_refresh_token(refresh) {
            return Err(Refusal::TokenInvalid { why: "it is no refresh token of this gateway" }.into());
        }
        let successor = secret::successor(&self.chain, refresh);
        let request = RotationRequest {
            token: secret::hash(refresh),
            successor: secret::hash(&successor),
            now: self.now(),
            idle: millis(self.settings.session_idle),
            grace: millis(self.settings.refresh_grace),
        };
        match self.store.rotate(request).await? {
            Rotation::Unknown => {
                Err(Refusal::TokenInvalid { why: "it is no refresh token of this gateway" }.into())
            }
            Rotation::Expired => Err(Refusal::TokenExpired.into()),
            Rotation::Revoked => Err(Refusal::TokenRevoked.into()),
            Rotation::Reused(session) => {
                caller.about(&session.id);
                tracing::warn!(session = session.id, "a refresh token was used twice; its session is ended");
                self.live.end(&session.id);
                Err(Refusal::TokenRevoked.into())
            }
            Rotation::Rotated(session) | Rotation::Repeated(session) => {
                caller.about(&session.id);
                let user = self.store.user(&session.user_id).await?.filter(|user| !user.disabled);
                let user = user.ok_or(Refusal::TokenRevoked)?;
                caller.note.set(|noted| noted.username = user.username);
                self.tokens(&session, successor).await
            }
        }
    }

    /// Ends the session of the call, or all of the caller's; how many.
    pub async fn logout(&self, by: &Principal, all: bool) -> Result<usize, Error> {
        let Credential::Session(id) = &by.credential else {
            let problem = "an API key, a certificate or another issuer's token has no session to end";
            return Err(Error::invalid("all_sessions", problem));
        };
        if !all {
            return Ok(usize::from(self.end_session(id).await?));
        }
        self.end_sessions(&by.user_id, None).await
    }

    /// Changes the caller's password, and ends their other sessions; how many.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: SecretString,
        new: SecretString,
    ) -> Result<usize, Error> {
        let by = caller.principal()?;
        let Credential::Session(session) = &by.credential else {
            let problem =
                "an API key, a certificate or another issuer's token has no password; sign in first";
            return Err(Error::invalid("current_password", problem));
        };
        let user = self.store.user(&by.user_id).await?;
        let user = self.check_password(caller, &by.username, user, current, "").await?;
        password::check_policy(new.expose_secret(), &user.username)?;
        let hash = self.passwords.hash(new).await?;
        let _one = self.change(by).await?;
        let mut user = self.store.user(&by.user_id).await?.ok_or(Refusal::TokenRevoked)?;
        user.password_hash = Some(hash);
        user.must_change_password = false;
        self.store.replace_user(&user).await?;
        let ended = self.end_sessions(&by.user_id, Some(session)).await?;
        self.live.end(session); // what it may do has changed
        Ok(ended)
    }

    /// The living sessions of a user; of the caller for an empty name.
    pub async fn sessions(&self, by: &Principal, username: &str) -> Result<(User, Vec<Session>), Error> {
        let user = if username.is_empty() || username.eq_ignore_ascii_case(&by.username) {
            let own = self.store.user(&by.user_id).await?;
            own.ok_or_else(|| Error::invalid("username", "is required: the caller is no user"))?
        } else {
            by.require(Permission::UsersRead)?;
            self.user(username).await?
        };
        let sessions = self.store.sessions(&user.id, self.now()).await?;
        Ok((user, sessions))
    }

    /// Ends a session of the caller's, or of one whom the caller manages. Anybody else's is not there.
    pub async fn revoke_session(&self, by: &Principal, id: &str) -> Result<(), Error> {
        let unknown =
            || Error::from(Refusal::NameUnknown { kind: "session", name: id.chars().take(64).collect() });
        let session = self.store.session(id).await?.ok_or_else(unknown)?;
        if session.user_id != by.user_id {
            if !by.holds(Permission::UsersWrite) {
                return Err(unknown());
            }
            let owner = self.store.user(&session.user_id).await?.ok_or_else(unknown)?;
            self.manageable(by, &owner.username).await?;
        }
        self.end_session(id).await?;
        Ok(())
    }

    /// A session of that id.
    pub async fn session(&self, id: &str) -> Result<Option<Session>, Error> {
        self.store.session(id).await
    }

    async fn end_session(&self, id: &str) -> Result<bool, Error> {
        let ended = self.store.end_session(id, self.now()).await?;
        self.live.end(id);
        Ok(ended)
    }

    async fn end_sessions(&self, user_id: &str, except: Option<&str>) -> Result<usize, Error> {
        let ended = self.store.end_sessions(user_id, except, self.now()).await?;
        for id in &ended {
            self.live.end(id);
        }
        Ok(ended.len())
    }

    /// Whether that user, and that session of theirs, still live: for what is done without a token.
    pub(crate) async fn lives(&self, user_id: &str, session: Option<&str>) -> Result<bool, Error> {
        let now = self.now();
        let lives = |session: &Session| {
            session.user_id == user_id
                && session.revoked_at.is_none()
                && now < session.expires_at
                && now < session.idle_expires_at
        };
        if let Some(id) = session
            && !self.store.session(id).await?.as_ref().is_some_and(lives)
        {
            return Ok(false);
        }
        Ok(self.store.user(user_id).await?.is_some_and(|user| !user.disabled))
    }

    /// The user, where the password is theirs and they may sign in with one. Failures are counted.
    async fn check_password(
        &self,
        caller: &Caller,
        name: &str,
        user: Option<User>,
        password: SecretString,
        device_token: &str,
    ) -> Result<User, Error> {
        let known_device = self.known_device(name, device_token);
        let attempt = Attempt { username: name, address: &caller.address, known_device };
        self.check_attempt(&attempt).await?;
        // Counted before it is looked at, so that attempts at the same time do not all pass the check above.
        self.count_failure(&attempt).await?;
        let hash = user.as_ref().and_then(|user| user.password_hash.clone());
        // Nobody chose such a one, and hashing it would take longer.
        let password = if password.expose_secret().len() > 4096 { "".into() } else { password };
        let right = self.passwords.verify(password, hash).await?;
        let may = |user: &User| right && !user.disabled && !user.roles.iter().any(|role| role == API_ONLY);
        let user = user.filter(may).ok_or(Refusal::CredentialsInvalid)?;
        self.count_success(&attempt).await?;
        Ok(user)
    }

    /// Opens a session for a user who was found to be who they say, as they were then.
    pub(super) async fn open_session(
        &self,
        found: User,
        device: String,
        address: &str,
    ) -> Result<Opened, Error> {
        let _one = self.store.begin_change().await?;
        // Read again: meanwhile the password may have been changed, which ends the sessions that it opened, or the user
        // disabled or deleted.
        let same = |present: &User| !present.disabled && present.password_hash == found.password_hash;
        let present = self.store.user(&found.id).await?.filter(same);
        let mut user = present.ok_or(Refusal::CredentialsInvalid)?;
        let now = self.now();
        let expires_at = now.saturating_add(millis(self.settings.session_lifetime));
        let session = Session {
            id: secret::id(),
            user_id: user.id.clone(),
            device: device.chars().filter(|c| !c.is_control()).take(200).collect(),
            address: address.to_owned(),
            created_at: now,
            last_used_at: now,
            idle_expires_at: now.saturating_add(millis(self.settings.session_idle)).min(expires_at),
            expires_at,
            revoked_at: None,
        };
        let refresh = secret::refresh_token();
        let most = self.settings.max_sessions;
        let new = NewSession { session: session.clone(), token: secret::hash(&refresh), most };
        for ended in self.store.open_session(&new).await? {
            self.live.end(&ended);
        }
        if let Some(present) = self.store.signed_in(&user.id, now).await? {
            user = present;
        }
        let device_token = self.device_token(&user.username);
        Ok(Opened { tokens: self.tokens(&session, refresh).await?, session, user, device_token })
    }

    async fn tokens(&self, session: &Session, refresh: String) -> Result<Tokens, Error> {
        let now = self.now();
        let key = self.signing.current(now).await?;
        let access_expires_at =
            now.saturating_add(millis(self.settings.access_token_ttl)).min(session.expires_at);
        Ok(Tokens {
            access: token::sign(&key, &session.user_id, &session.id, now, access_expires_at)?,
            access_expires_at,
            refresh,
            refresh_expires_at: session.idle_expires_at,
        })
    }

    /// Proves that a device signed in as that user; kept by the device alone.
    fn device_token(&self, username: &str) -> String {
        let id = secret::id();
        let tag = hmac::sign(&self.device_key(), device_text(&id, username).as_bytes());
        format!("{id}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn known_device<'a>(&self, username: &str, token: &'a str) -> Option<&'a str> {
        let (id, tag) = token.split_once('.')?;
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        hmac::verify(&self.device_key(), device_text(id, username).as_bytes(), &tag).ok().map(|()| id)
    }

    fn device_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &self.chain)
    }
}

/// What is signed. Nothing else that is signed with the same key has lines.
fn device_text(id: &str, username: &str) -> String {
    format!("device\n{id}\n{username}")
}
