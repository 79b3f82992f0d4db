//! Sessions and tokens as messages.

use crate::access;
use crate::grpc::request::timestamp;
use crate::pb::{Session, Tokens};
use crate::store;

/// A session of that user; `current` is the call's own.
pub(super) fn session(session: store::Session, username: &str, current: Option<&str>) -> Session {
    Session {
        current: current == Some(session.id.as_str()),
        id: session.id,
        username: username.to_owned(),
        device: session.device,
        address: session.address,
        create_time: timestamp(session.created_at),
        last_use_time: timestamp(session.last_used_at),
        idle_expire_time: timestamp(session.idle_expires_at),
        expire_time: timestamp(session.expires_at),
    }
}

pub(super) fn tokens(tokens: access::Tokens) -> Tokens {
    Tokens {
        access_token: tokens.access,
        access_expire_time: timestamp(tokens.access_expires_at),
        refresh_token: tokens.refresh,
        refresh_expire_time: timestamp(tokens.refresh_expires_at),
    }
}
