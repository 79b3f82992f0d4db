//! The gateways' own secrets.

use std::collections::HashMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use redis::Script;

use super::Shared;
use crate::error::Error;
use crate::store::access::{Keyring, Result, SigningKey};
use crate::store::redis::script;

static ADD: LazyLock<Script> = LazyLock::new(|| script(include_str!("signing_key_add.lua")));
static RESEAL_KEY: LazyLock<Script> = LazyLock::new(|| script(include_str!("signing_key_reseal.lua")));
static RESEAL: LazyLock<Script> = LazyLock::new(|| script(include_str!("secret_reseal.lua")));
static SECRET: LazyLock<Script> = LazyLock::new(|| script(include_str!("secret.lua")));

#[async_trait]
impl Keyring for Shared {
    async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let key = self.redis.key(&["signing_keys"]);
        let kept: HashMap<String, Vec<u8>> = self.redis.ask(redis::cmd("HGETALL").arg(key)).await?;
        let keys: Result<Vec<_>> = kept.into_iter().map(|(id, value)| read(id, &value)).collect();
        let mut keys = keys?;
        keys.sort_by(|one, other| (other.created_at, &one.id).cmp(&(one.created_at, &other.id)));
        Ok(keys)
    }

    async fn add_signing_key(&self, key: &SigningKey, forget: i64) -> Result<()> {
        let value = [format!("{}:", key.created_at).as_bytes(), &key.pkcs8].concat();
        let mut call = self.redis.call(&ADD);
        call.arg(&key.id).arg(value).arg(forget);
        self.redis.run(&call).await
    }

    async fn reseal_signing_key(&self, id: &str, from: &[u8], to: &[u8]) -> Result<bool> {
        let mut call = self.redis.call(&RESEAL_KEY);
        call.arg(id).arg(from).arg(to);
        self.redis.run(&call).await
    }

    async fn secret(&self, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
        let mut call = self.redis.call(&SECRET);
        call.arg(name).arg(fresh);
        self.redis.run(&call).await
    }

    async fn secrets(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let kept: HashMap<String, Vec<u8>> =
            self.redis.ask(redis::cmd("HGETALL").arg(self.redis.key(&["secrets"]))).await?;
        let mut secrets: Vec<_> = kept.into_iter().collect();
        secrets.sort();
        Ok(secrets)
    }

    async fn reseal_secret(&self, name: &str, from: &[u8], to: &[u8]) -> Result<bool> {
        let mut call = self.redis.call(&RESEAL);
        call.arg(name).arg(from).arg(to);
        self.redis.run(&call).await
    }
}

/// "MILLISECONDS:PKCS8".
fn read(id: String, value: &[u8]) -> Result<SigningKey> {
    let broken = || Error::internal("a signing key in Redis is malformed");
    let colon = value.iter().position(|byte| *byte == b':').ok_or_else(broken)?;
    let created_at = std::str::from_utf8(&value[..colon]).ok().and_then(|text| text.parse().ok());
    Ok(SigningKey { id, pkcs8: value[colon + 1..].to_vec(), created_at: created_at.ok_or_else(broken)? })
}
