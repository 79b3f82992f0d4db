//! Sessions and tokens as messages.

use std::time::SystemTime;

use crate::access;
use crate::grpc::request::timestamp;
use crate::limits::Left;
use crate::pb::{Quota, Session, Tokens};
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

pub(super) fn quota(left: Left) -> Quota {
    let whole = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let small = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    Quota {
        rows_per_day: left.rows_per_day.map_or(0, whole),
        rows_read: whole(left.rows_read),
        rows_reset_time: Some((SystemTime::now() + left.resets_in).into()),
        concurrent_streams: left.concurrent_streams.map_or(0, small),
        open_streams: small(left.open_streams),
        requests_per_second: left.requests_per_second.map_or(0, small),
    }
}
