//! Access control without a gateway around it, and a clock that is moved by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use sncgate::access::{Access, Caller, Clock, Hand, NewKey, NewUser, Opened, Reseal, SignIn, Tokens, Vault};
use sncgate::error::Error;
use sncgate::store::{AccessStore, Seal, SigningKey};

use crate::backing::Backing;

pub(crate) const PASSWORD: &str = "correct horse battery";

/// It, on a store of its own.
pub(crate) struct House {
    pub(crate) access: Arc<Access>,
    pub(crate) store: Arc<dyn AccessStore>,
    pub(crate) clock: Clock,
    pub(crate) hand: Hand,
    /// The key that signs its tokens.
    pub(crate) pkcs8: Vec<u8>,
    _data: tempfile::TempDir,
}

/// What kept secrets are sealed with.
pub(crate) const SEAL: [u8; 32] = [7; 32];

fn vault(store: &Arc<dyn AccessStore>) -> Arc<Vault> {
    Vault::new(store.clone(), Seal::new(&[SEAL.to_vec().into()]).unwrap())
}

/// Puts a key that tests know where a gateway finds it and signs with it.
pub(crate) async fn plant_key(store: &Arc<dyn AccessStore>) -> Vec<u8> {
    let prefix =
        [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];
    let pkcs8 = [&prefix[..], &[9; 32]].concat();
    let key = SigningKey {
        id: "0123456789ab".to_owned(),
        pkcs8: pkcs8.clone(),
        created_at: Clock::system().millis(),
    };
    store.add_signing_key(&key, 0).await.unwrap();
    assert_eq!(vault(store).reseal(Reseal::Open).await.unwrap(), 1);
    pkcs8
}

/// Whoever calls without having said who they are.
pub(crate) fn caller() -> Caller {
    Caller {
        principal: None,
        address: "192.0.2.1".to_owned(),
        agent: "test".to_owned(),
        note: Arc::default(),
        meter: sncgate::limits::Meter::none(),
    }
}

impl House {
    pub(crate) async fn on(backing: Backing) -> House {
        let data = tempfile::tempdir().unwrap();
        let store = backing.open(data.path()).await;
        let pkcs8 = plant_key(&store).await;
        let (clock, hand) = Clock::by_hand();
        let settings = sncgate::config::Access::default();
        let access = Access::open(settings, &BTreeMap::new(), vault(&store), clock.clone()).await.unwrap();
        House { access, store, clock, hand, pkcs8, _data: data }
    }

    pub(crate) async fn user(&self, username: &str, roles: &[&str]) -> String {
        let new = NewUser {
            username: username.to_owned(),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            password: Some(SecretString::from(PASSWORD)),
            ..NewUser::default()
        };
        self.access.create_user(&self.access.anybody(), new).await.unwrap().id
    }

    pub(crate) async fn login(&self, username: &str) -> Opened {
        self.try_login(username, PASSWORD).await.unwrap()
    }

    pub(crate) async fn try_login(&self, username: &str, password: &str) -> Result<Opened, Error> {
        let sign_in = SignIn {
            username: username.to_owned(),
            password: SecretString::from(password),
            device: String::new(),
            device_token: String::new(),
        };
        self.access.login(&caller(), sign_in).await
    }

    pub(crate) async fn refresh(&self, tokens: &Tokens) -> Tokens {
        self.try_refresh(&tokens.refresh).await.unwrap()
    }

    pub(crate) async fn try_refresh(&self, token: &str) -> Result<Tokens, Error> {
        self.access.refresh(&caller(), token).await
    }

    /// A call by whoever holds that token.
    pub(crate) async fn caller_of(&self, token: &str) -> Result<Caller, Error> {
        Ok(Caller { principal: Some(self.access.authenticate(token).await?), ..caller() })
    }

    /// A key of a user, its id and its text.
    pub(crate) async fn key(&self, username: &str, lives: Duration, tables: &[&str]) -> (String, String) {
        let new = NewKey {
            username: username.to_owned(),
            name: "test".to_owned(),
            expires_at: self.clock.millis() + i64::try_from(lives.as_millis()).unwrap(),
            tables: tables.iter().map(|table| (*table).to_owned()).collect(),
            ..NewKey::default()
        };
        let made = self.access.create_api_key(&self.access.anybody(), new).await.unwrap();
        (made.key.id, made.secret)
    }
}
