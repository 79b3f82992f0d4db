//! Custom roles.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use async_trait::async_trait;
use prost::Message;
use redis::Script;

use super::Shared;
use crate::error::Error;
use crate::pb;
use crate::store::access::{Result, Roles};
use crate::store::redis::script;

static CREATE: LazyLock<Script> = LazyLock::new(|| script(include_str!("role_create.lua")));
static REPLACE: LazyLock<Script> = LazyLock::new(|| script(include_str!("role_replace.lua")));
static DELETE: LazyLock<Script> = LazyLock::new(|| script(include_str!("role_delete.lua")));

#[async_trait]
impl Roles for Shared {
    async fn roles(&self) -> Result<Vec<pb::Role>> {
        let key = self.redis.key(&["roles"]);
        let kept: BTreeMap<String, Vec<u8>> = self.redis.ask(redis::cmd("HGETALL").arg(key)).await?;
        kept.values().map(|bytes| pb::Role::decode(bytes.as_slice()).map_err(Error::internal)).collect()
    }

    async fn create_role(&self, role: &pb::Role) -> Result<bool> {
        self.write(&CREATE, role).await
    }

    async fn replace_role(&self, role: &pb::Role) -> Result<bool> {
        self.write(&REPLACE, role).await
    }

    async fn delete_role(&self, name: &str) -> Result<bool> {
        let mut call = self.redis.call(&DELETE);
        call.arg(name);
        self.redis.run(&call).await
    }

    async fn role_holders(&self, name: &str) -> Result<u64> {
        let key = self.redis.key(&["holders", name]);
        self.redis.ask(redis::cmd("SCARD").arg(key)).await
    }
}

impl Shared {
    async fn write(&self, script: &Script, role: &pb::Role) -> Result<bool> {
        let mut call = self.redis.call(script);
        call.arg(&role.name).arg(role.encode_to_vec());
        self.redis.run(&call).await
    }
}
