//! A client of Redis from the settings, and whether what answers can be used.

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, IntoConnectionInfo, TlsCertificates};
use secrecy::ExposeSecret;

use super::{ConnectError, Redis};
use crate::config;
use crate::error::Error;

pub(super) fn client(settings: &config::Store) -> Result<Client, ConnectError> {
    let wrong = |what: &dyn std::fmt::Display| ConnectError::Settings(what.to_string());
    let url = settings.url.clone().ok_or_else(|| wrong(&"there is no url"))?;
    let is_tls = url.scheme() == "rediss";
    let info = url.into_connection_info().map_err(|error| wrong(&error))?;
    let mut sign_in = info.redis_settings().clone();
    if let Some(username) = &settings.username {
        sign_in = sign_in.set_username(username);
    }
    if let Some(password) = &settings.password {
        sign_in = sign_in.set_password(password.expose_secret());
    }
    let info = info.set_redis_settings(sign_in);
    if !is_tls {
        return Client::open(info).map_err(|error| wrong(&error));
    }
    let read = |path: &std::path::PathBuf| {
        std::fs::read(path).map_err(|error| wrong(&format_args!("{}: {error}", path.display())))
    };
    let root_cert = settings.ca_file.as_ref().map(read).transpose()?;
    Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert })
        .map_err(|error| wrong(&error))
}

/// Connects with the first command, and again when a connection breaks. A call does not wait for many attempts: it
/// fails, and the next one finds what the attempts came to.
pub(super) fn manager(client: &Client, settings: &config::Store) -> Result<ConnectionManager, ConnectError> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(1)
        .set_connection_timeout(Some(settings.connect_timeout))
        .set_response_timeout(Some(settings.timeout));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
        .map_err(|error| ConnectError::Settings(error.to_string()))
}

/// Redis answers, and does not drop keys.
pub(super) async fn check(redis: &Redis, settings: &config::Store) -> Result<(), ConnectError> {
    let url = settings.url.as_ref().map(ToString::to_string).unwrap_or_default();
    let unreachable = |error: Error| {
        let source = match error {
            Error::StoreUnavailable(source) | Error::Internal(source) => source,
            other => other.into(),
        };
        ConnectError::Unreachable { url: url.clone(), source }
    };
    let (mut manager, ping) = (redis.0.manager.clone(), redis::cmd("PING"));
    let within = settings.connect_timeout + settings.timeout;
    match tokio::time::timeout(within, ping.query_async::<String>(&mut manager)).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => return Err(unreachable(Error::store_unavailable(error))),
        Err(elapsed) => return Err(unreachable(Error::store_unavailable(elapsed))),
    }
    // A service may forbid to look; its documents say what it does then.
    let info: Result<String, Error> = redis.ask(redis::cmd("INFO").arg("memory")).await;
    let policy = info.ok().and_then(|info| {
        info.lines()
            .find_map(|line| line.strip_prefix("maxmemory_policy:"))
            .map(|policy| policy.trim().to_owned())
    });
    match policy {
        Some(policy) if policy != "noeviction" => Err(ConnectError::Evicts { url, policy }),
        _ => Ok(()),
    }
}
