//! API keys: made, listed, rotated, deleted.

use std::time::Duration;

use super::clock::millis;
use super::glob::Glob;
use super::policy::{Question, matches_any};
use super::principal::{Credential, Principal};
use super::users::of_this_gateway;
use super::{Access, role, secret};
use crate::error::{Error, Refusal};
use crate::pb::Permission;
use crate::store::{ApiKey, User};

const MOST_FOR_USER: usize = 50;
const LONGEST_LIFE: Duration = Duration::from_secs(2 * 366 * 24 * 60 * 60);
const LONGEST_OVERLAP: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What a key may not go beyond.
#[derive(Clone, Debug)]
pub struct KeyBounds {
    tables: Vec<Glob>,
    operations: u8,
}

/// A key to be made.
#[derive(Clone, Debug, Default)]
pub struct NewKey {
    /// Whose; empty: the caller's.
    pub username: String,
    /// For people.
    pub name: String,
    /// When it ends; milliseconds.
    pub expires_at: i64,
    /// Globs of tables.
    pub tables: Vec<String>,
    /// Numbers of operations.
    pub operations: Vec<i32>,
}

/// A key that was made, and its text, which is nowhere else.
pub struct MadeKey {
    /// The key.
    pub key: ApiKey,
    /// Whose it is.
    pub username: String,
    /// Its text.
    pub secret: String,
}

impl KeyBounds {
    /// The bounds of a key; none where it has none.
    pub(super) fn of(key: &ApiKey) -> Result<Option<Self>, Error> {
        if key.tables.is_empty() && key.operations.is_empty() {
            return Ok(None);
        }
        let tables = role::globs("api_key.tables", &key.tables)?;
        let operations = role::operations("api_key.operations", &key.operations)?;
        Ok(Some(KeyBounds { tables, operations }))
    }

    pub(super) fn allow(&self, question: Question<'_>) -> bool {
        let table = self.tables.is_empty() || matches_any(&self.tables, question.lineage);
        table && self.operations & question.operation.bit() != 0
    }
}

impl Access {
    /// The keys of a user; of the caller for an empty name.
    pub async fn api_keys(&self, by: &Principal, username: &str) -> Result<(User, Vec<ApiKey>), Error> {
        let user = self.key_owner(by, username, Permission::UsersRead).await?;
        let keys = self.store.api_keys(&user.id).await?;
        Ok((user, keys))
    }

    /// Makes a key.
    pub async fn create_api_key(&self, by: &Principal, new: NewKey) -> Result<MadeKey, Error> {
        let now = self.now();
        if new.name.is_empty() || new.name.chars().count() > 64 || new.name.chars().any(char::is_control) {
            return Err(Error::invalid("api_key.name", "must have 1 to 64 characters"));
        }
        if new.expires_at <= now || new.expires_at > now.saturating_add(millis(LONGEST_LIFE)) {
            return Err(Error::invalid("api_key.expire_time", "must be within two years from now"));
        }
        let _one = self.change(by).await?;
        let owner = self.key_owner(by, &new.username, Permission::UsersWrite).await?;
        of_this_gateway(&owner)?;
        let id = secret::id();
        let text = secret::api_key(&id);
        let key = ApiKey {
            hash: secret::hash(&text),
            id,
            user_id: owner.id,
            name: new.name,
            expires_at: new.expires_at,
            tables: new.tables,
            operations: new.operations,
            created_at: now,
            last_used_at: None,
        };
        KeyBounds::of(&key)?; // they are well-formed
        self.add_key(key, owner.username, text).await
    }

    /// Makes a key with the same bounds and lifetime; the old one ends after `overlap`.
    pub async fn rotate_api_key(
        &self,
        by: &Principal,
        id: &str,
        overlap: Duration,
    ) -> Result<MadeKey, Error> {
        if overlap > LONGEST_OVERLAP {
            return Err(Error::invalid("overlap", "must be at most 30 days"));
        }
        let now = self.now();
        let _one = self.change(by).await?;
        let (owner, old) = self.own_key(by, id).await?;
        let id = secret::id();
        let text = secret::api_key(&id);
        let key = ApiKey {
            hash: secret::hash(&text),
            id,
            expires_at: now.saturating_add(old.expires_at - old.created_at),
            created_at: now,
            last_used_at: None,
            ..old.clone()
        };
        let made = self.add_key(key, owner.username, text).await?;
        self.store.shorten_api_key(&old.id, now.saturating_add(millis(overlap))).await?;
        self.live.end(&old.id);
        Ok(made)
    }

    /// Deletes a key; what runs on it ends.
    pub async fn delete_api_key(&self, by: &Principal, id: &str) -> Result<(), Error> {
        let _one = self.change(by).await?;
        let (_, key) = self.own_key(by, id).await?;
        self.store.delete_api_key(&key.id).await?;
        self.live.end(&key.id);
        Ok(())
    }

    async fn add_key(&self, key: ApiKey, username: String, secret: String) -> Result<MadeKey, Error> {
        if !self.store.create_api_key(&key, MOST_FOR_USER).await? {
            let why = format!("{username} has {MOST_FOR_USER} keys already; delete one first");
            return Err(Refusal::Conflict { why }.into());
        }
        Ok(MadeKey { key, username, secret })
    }

    /// The user whose keys are meant: the caller, or one whom the caller manages.
    async fn key_owner(&self, by: &Principal, username: &str, others: Permission) -> Result<User, Error> {
        unbounded(by)?;
        if username.is_empty() || username.eq_ignore_ascii_case(&by.username) {
            let own = self.store.user(&by.user_id).await?;
            return own
                .ok_or_else(|| Error::invalid("api_key.username", "is required: the caller is no user"));
        }
        by.require(others)?;
        match others {
            Permission::UsersRead => self.user(username).await,
            _ => self.manageable(by, username).await,
        }
    }

    /// A key of the caller's, or of one whom the caller manages. Anybody else's is not there.
    async fn own_key(&self, by: &Principal, id: &str) -> Result<(User, ApiKey), Error> {
        unbounded(by)?;
        let unknown =
            || Error::from(Refusal::NameUnknown { kind: "API key", name: id.chars().take(64).collect() });
        let key = self.store.api_key(id).await?.ok_or_else(unknown)?;
        let owner = self.store.user(&key.user_id).await?.ok_or_else(unknown)?;
        if owner.id != by.user_id {
            if !by.holds(Permission::UsersWrite) {
                return Err(unknown());
            }
            self.manageable(by, &owner.username).await?;
        }
        Ok((owner, key))
    }
}

/// A key with bounds must not make one without.
fn unbounded(by: &Principal) -> Result<(), Error> {
    if matches!(by.credential, Credential::Key(_)) && by.bounds.is_some() {
        let why = "a key with bounds manages no keys; sign in, or use one without bounds";
        return Err(Refusal::Restricted { table: "*".to_owned(), why }.into());
    }
    Ok(())
}
