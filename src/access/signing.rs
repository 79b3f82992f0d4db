//! The keys that sign access tokens: Ed25519, replaced from time to time, published while tokens of theirs live.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{DecodingKey, EncodingKey};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Serialize;

use super::clock::{Clock, millis};
use super::secret;
use super::vault::Vault;
use crate::error::Error;
use crate::store::SigningKey;

/// PKCS #8 of an Ed25519 key is this and the 32 bytes of its seed.
const PKCS8: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

pub(super) struct Signing {
    vault: Arc<Vault>,
    ttl: i64,
    keys: ArcSwap<Vec<Arc<Key>>>,
    replacing: tokio::sync::Mutex<()>,
}

pub(super) struct Key {
    pub(super) id: String,
    pub(super) encoding: EncodingKey,
    pub(super) decoding: DecodingKey,
    public: String,
    created_at: i64,
}

#[derive(Serialize)]
struct KeySet<'a> {
    keys: Vec<PublicKey<'a>>,
}

#[derive(Serialize)]
struct PublicKey<'a> {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    r#use: &'static str,
    kid: &'a str,
    x: &'a str,
}

impl Signing {
    pub(super) async fn open(vault: Arc<Vault>, clock: &Clock, ttl: Duration) -> Result<Self, Error> {
        let keys = load(&vault).await?;
        let signing = Signing {
            vault,
            ttl: millis(ttl),
            keys: ArcSwap::from_pointee(keys),
            replacing: tokio::sync::Mutex::new(()),
        };
        signing.current(clock.millis()).await?;
        Ok(signing)
    }

    /// The key that signs now. One that is too old is replaced first; it goes on verifying.
    pub(super) async fn current(&self, now: i64) -> Result<Arc<Key>, Error> {
        if let Some(key) = self.fresh(now) {
            return Ok(key);
        }
        let _one = self.replacing.lock().await;
        if let Some(key) = self.fresh(now) {
            return Ok(key); // another call was quicker
        }
        self.keys.store(Arc::new(load(&self.vault).await?));
        if let Some(key) = self.fresh(now) {
            return Ok(key); // another gateway was
        }
        let key = generate(now);
        // No token lives half as long as a key.
        self.vault.add_signing_key(&key, now.saturating_sub(self.ttl.saturating_mul(2))).await?;
        self.keys.store(Arc::new(load(&self.vault).await?));
        self.fresh(now).ok_or_else(|| Error::internal("a new signing key is not there"))
    }

    /// Looks whether other gateways made or forgot keys.
    pub(super) async fn reload(&self) -> Result<(), Error> {
        let _one = self.replacing.lock().await;
        self.keys.store(Arc::new(load(&self.vault).await?));
        Ok(())
    }

    /// Looks for a key that another gateway may have made a moment ago.
    pub(super) async fn look_for(&self, id: &str) -> Result<(), Error> {
        if self.by_id(id).is_some() { Ok(()) } else { self.reload().await }
    }

    /// The key of that id.
    pub(super) fn by_id(&self, id: &str) -> Option<Arc<Key>> {
        self.keys.load().iter().find(|key| key.id == id).cloned()
    }

    pub(super) fn key_set(&self) -> String {
        let keys = self.keys.load();
        let public = |key: &'_ Arc<Key>| -> (String, String) { (key.id.clone(), key.public.clone()) };
        let pairs: Vec<_> = keys.iter().map(public).collect();
        let keys = pairs
            .iter()
            .map(|(kid, x)| PublicKey { kty: "OKP", crv: "Ed25519", alg: "EdDSA", r#use: "sig", kid, x })
            .collect();
        serde_json::to_string(&KeySet { keys }).expect("texts serialize")
    }

    fn fresh(&self, now: i64) -> Option<Arc<Key>> {
        let keys = self.keys.load();
        keys.first().filter(|key| now < key.created_at.saturating_add(self.ttl)).cloned()
    }
}

async fn load(vault: &Vault) -> Result<Vec<Arc<Key>>, Error> {
    vault.signing_keys().await?.into_iter().map(|key| read(key).map(Arc::new)).collect()
}

fn read(key: SigningKey) -> Result<Key, Error> {
    let seed = key
        .pkcs8
        .strip_prefix(&PKCS8[..])
        .ok_or_else(|| Error::internal("a signing key is no Ed25519 key"))?;
    let pair =
        Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| Error::internal("a signing key is broken"))?;
    let public = URL_SAFE_NO_PAD.encode(pair.public_key());
    let decoding = DecodingKey::from_ed_components(&public).map_err(Error::internal)?;
    Ok(Key {
        id: key.id,
        encoding: EncodingKey::from_ed_der(&key.pkcs8),
        decoding,
        public,
        created_at: key.created_at,
    })
}

fn generate(now: i64) -> SigningKey {
    let pkcs8 = [&PKCS8[..], &secret::random()].concat();
    SigningKey { id: secret::id(), pkcs8, created_at: now }
}
