//! API keys as messages.

use crate::access::KEY_PREFIX;
use crate::grpc::request::timestamp;
use crate::pb;
use crate::store;

/// Without what could be used.
pub(super) fn api_key(key: store::ApiKey, username: &str) -> pb::ApiKey {
    pb::ApiKey {
        prefix: format!("{KEY_PREFIX}{}", key.id),
        id: key.id,
        username: username.to_owned(),
        name: key.name,
        expire_time: timestamp(key.expires_at),
        tables: key.tables,
        operations: key.operations,
        create_time: timestamp(key.created_at),
        last_use_time: key.last_used_at.and_then(timestamp),
    }
}
