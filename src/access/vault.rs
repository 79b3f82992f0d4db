//! What the gateway keeps of secrets: sealed on the way into the store, opened on the way out.
//!
//! One place for all of it, whatever the store: signing keys, the gateway's own secrets, tokens of linked accounts.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretSlice};

use super::secret;
use crate::error::Error;
use crate::store::{AccessStore, Label, Link, Seal, SigningKey};

const SIGNING_KEY: &str = "signing key";
const SECRET: &str = "secret";
/// Links that are looked at together.
const PAGE: u64 = 200;

/// The store, and what seals.
pub struct Vault {
    store: Arc<dyn AccessStore>,
    seal: Seal,
}

/// Which of the kept secrets are sealed anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reseal {
    /// Those that an earlier version kept open.
    Open,
    /// Those too that are sealed under another key than the first.
    All,
}

impl Vault {
    /// Around a store.
    pub fn new(store: Arc<dyn AccessStore>, seal: Seal) -> Arc<Self> {
        Arc::new(Vault { store, seal })
    }

    /// The store.
    pub(crate) fn store(&self) -> &Arc<dyn AccessStore> {
        &self.store
    }

    /// Seals under the first key.
    pub(crate) fn seal(&self, label: Label<'_>, secret: &[u8]) -> Result<Vec<u8>, Error> {
        self.seal.seal(label, secret)
    }

    /// Opens what was sealed under that label.
    pub(crate) fn open(&self, label: Label<'_>, sealed: &[u8]) -> Result<SecretSlice<u8>, Error> {
        self.seal.open(label, sealed)
    }

    /// The secret of that name; a random one where there is none yet.
    pub(super) async fn secret(&self, name: &str) -> Result<[u8; 32], Error> {
        let label = Label { what: SECRET, whose: name };
        let fresh = self.seal(label, &secret::random())?;
        let opened = self.open(label, &self.store.secret(name, &fresh).await?)?;
        opened.expose_secret().try_into().map_err(|_| Error::internal("a secret has not 32 bytes"))
    }

    /// The keys that sign access tokens, the newest first.
    pub(super) async fn signing_keys(&self) -> Result<Vec<SigningKey>, Error> {
        let open = |key: SigningKey| {
            let opened = self.open(Label { what: SIGNING_KEY, whose: &key.id }, &key.pkcs8)?;
            Ok(SigningKey { pkcs8: opened.expose_secret().to_vec(), ..key })
        };
        self.store.signing_keys().await?.into_iter().map(open).collect()
    }

    /// Adds a key, and forgets those made before `forget`.
    pub(super) async fn add_signing_key(&self, key: &SigningKey, forget: i64) -> Result<(), Error> {
        let pkcs8 = self.seal(Label { what: SIGNING_KEY, whose: &key.id }, &key.pkcs8)?;
        self.store.add_signing_key(&SigningKey { pkcs8, ..key.clone() }, forget).await
    }

    /// Seals what is kept under the first key; how many. What somebody else changes meanwhile is left to them.
    pub async fn reseal(&self, which: Reseal) -> Result<usize, Error> {
        let mut count = 0;
        for key in self.store.signing_keys().await? {
            let label = Label { what: SIGNING_KEY, whose: &key.id };
            if let Some(sealed) = self.again(which, label, &key.pkcs8)? {
                count += usize::from(self.store.reseal_signing_key(&key.id, &key.pkcs8, &sealed).await?);
            }
        }
        for (name, kept) in self.store.secrets().await? {
            let label = Label { what: SECRET, whose: &name };
            if let Some(sealed) = self.again(which, label, &kept)? {
                count += usize::from(self.store.reseal_secret(&name, &kept, &sealed).await?);
            }
        }
        Ok(count + self.reseal_links(which).await?)
    }

    async fn reseal_links(&self, which: Reseal) -> Result<usize, Error> {
        let (mut count, mut after) = (0, (String::new(), String::new()));
        loop {
            let links = self.store.links_after(&after.0, &after.1, PAGE).await?;
            let Some(last) = links.last() else { return Ok(count) };
            after = (last.user_id.clone(), last.instance.clone());
            for link in links {
                let place = place(&link.user_id, &link.instance);
                let label = Label { what: LINK, whose: &place };
                let Some(tokens) = self.again(which, label, &link.tokens)? else { continue };
                let version = link.version + 1;
                count += usize::from(self.store.replace_link(&Link { tokens, version, ..link }).await?);
            }
        }
    }

    /// What is to take the place of these bytes; none where they are as they should be.
    fn again(&self, which: Reseal, label: Label<'_>, kept: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if !Seal::is_sealed(kept) {
            return self.seal(label, kept).map(Some);
        }
        if which == Reseal::Open || self.seal.is_current(kept) {
            return Ok(None);
        }
        self.seal(label, self.open(label, kept)?.expose_secret()).map(Some)
    }
}

/// What tokens of a link are sealed as.
pub(crate) const LINK: &str = "link";

/// Whose they are.
pub(crate) fn place(user_id: &str, instance: &str) -> String {
    format!("{user_id}\n{instance}")
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::store::{Memory, Store};

    fn seal(keys: &[u8]) -> Seal {
        let keys: Vec<_> = keys.iter().map(|byte| SecretSlice::from(vec![*byte; 32])).collect();
        Seal::new(&keys).unwrap()
    }

    /// What was kept open, sealed under an old key, and sealed under the present one, before and after.
    #[tokio::test]
    async fn everything_comes_under_the_first_key() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory { window: Duration::from_secs(1), max_request_ids: 1 };
        let store = Store::open(folder.path(), memory, Store::clock()).unwrap().access;
        // As versions before this one did.
        store.secret("refresh chain", &[5; 32]).await.unwrap();
        let open = SigningKey { id: "k0".to_owned(), pkcs8: vec![0x30; 48], created_at: 1 };
        store.add_signing_key(&open, 0).await.unwrap();

        let old = Vault::new(store.clone(), seal(&[1]));
        assert!(old.secret("refresh chain").await.is_err(), "what is not sealed is not trusted");
        assert_eq!(old.reseal(Reseal::Open).await.unwrap(), 2);
        assert_eq!(old.reseal(Reseal::All).await.unwrap(), 0);
        assert_eq!(old.secret("refresh chain").await.unwrap(), [5; 32]);
        assert_eq!(old.signing_keys().await.unwrap(), [open]);
        let user = crate::store::User {
            id: "u".to_owned(),
            username: "u".to_owned(),
            display_name: String::new(),
            roles: Vec::new(),
            disabled: false,
            password_hash: None,
            must_change_password: false,
            created_at: 1,
            last_login_at: None,
        };
        store.create_user(&user).await.unwrap();
        let place = place("u", "prod");
        let label = Label { what: LINK, whose: &place };
        let link = Link {
            user_id: "u".to_owned(),
            instance: "prod".to_owned(),
            id: "l".to_owned(),
            account: "u".to_owned(),
            tokens: old.seal(label, b"tokens").unwrap(),
            version: 1,
            created_at: 1,
            renewed_at: 1,
            broken_at: None,
        };
        store.put_link(&link).await.unwrap();

        let both = Vault::new(store.clone(), seal(&[2, 1]));
        assert_eq!(both.reseal(Reseal::Open).await.unwrap(), 0, "nothing is open any more");
        assert_eq!(both.reseal(Reseal::All).await.unwrap(), 3);
        assert_eq!(both.reseal(Reseal::All).await.unwrap(), 0, "it is done");
        let new = Vault::new(store.clone(), seal(&[2]));
        assert_eq!(new.secret("refresh chain").await.unwrap(), [5; 32]);
        assert_eq!(new.signing_keys().await.unwrap().len(), 1);
        let kept = store.link("u", "prod").await.unwrap().unwrap();
        assert_eq!(new.open(label, &kept.tokens).unwrap().expose_secret(), b"tokens");
        assert!(old.secret("refresh chain").await.is_err(), "the old key is of no use");
    }
}
