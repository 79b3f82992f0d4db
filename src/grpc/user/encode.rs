//! Users as messages.

use crate::error::Error;
use crate::grpc::request::timestamp;
use crate::pb;
use crate::store;

pub(super) fn user(user: store::User) -> pb::User {
    pb::User {
        issuer: user.issuer().unwrap_or_default().to_owned(),
        id: user.id,
        username: user.username,
        display_name: user.display_name,
        roles: user.roles,
        disabled: user.disabled,
        password_change_required: user.must_change_password,
        create_time: timestamp(user.created_at),
        last_login_time: user.last_login_at.and_then(timestamp),
    }
}

/// The user of a request. What only the gateway sets must not be there: it would be taken for set.
pub(super) fn wanted(message: Option<pb::User>) -> Result<pb::User, Error> {
    let user = message.ok_or_else(|| Error::invalid("user", "is required"))?;
    let set = [
        ("user.id", !user.id.is_empty()),
        ("user.issuer", !user.issuer.is_empty()),
        ("user.password_change_required", user.password_change_required),
        ("user.create_time", user.create_time.is_some()),
        ("user.last_login_time", user.last_login_time.is_some()),
    ];
    match set.into_iter().find(|(_, is_set)| *is_set) {
        Some((field, _)) => Err(Error::invalid(field, "is for the gateway to set; leave it out")),
        None => Ok(user),
    }
}
