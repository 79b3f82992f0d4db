//! `sncgate serve`.

use std::io::Write;

use anyhow::Result;
use secrecy::ExposeSecret;
use serde::Serialize;
use sncgate::config::{Config, Flags};
use sncgate::server::Server;

use super::signals::{self, Signals, until_second};
use super::{args, config, logs};

pub(crate) async fn run(arguments: args::Serve) -> Result<()> {
    let flags = Flags { listen: arguments.listen, admin_listen: arguments.admin_listen };
    let config = config::load(arguments.file.config, &flags)?;
    logs::start(&config.log)?;
    let mut signals = Signals::listen()?;
    let server = bind(&config).await?;
    // Before it says that it is there: a SIGHUP that nobody hears ends the process.
    if let Some(bell) = server.certificate_bell() {
        signals::ring_on_hangup(bell)?;
    }
    first_administrator(&server).await?;
    if arguments.print_json {
        print_line(&Addresses::of(&server));
    }
    until_second(server.run_until(async move { signals.next().await })).await
}

pub(crate) async fn bind(config: &Config) -> Result<Server> {
    let server = Server::bind(config).await?;
    tracing::info!(gateway = %server.gateway_addr(), admin = %server.admin_addr(), "listening");
    Ok(server)
}

/// Where there was nobody yet, says once who may sign in: on stderr, and never in the log.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
async fn first_administrator(server: &Server) -> Result<()> {
    if !server.access().is_on() {
        tracing::warn!("access control is off: everybody who reaches the port may do everything");
        return Ok(());
    }
    let Some(first) = server.access().ensure_administrator().await? else { return Ok(()) };
    match first.password {
        Some(password) => eprintln!(
            "The first administrator is {}, with the password {}\n\
             It is shown this once, and must be changed: sncgate login {}, then sncgate passwd",
            first.username,
            password.expose_secret(),
            first.username,
        ),
        None => tracing::info!(username = first.username, "the first administrator was created"),
    }
    Ok(())
}

#[derive(Serialize)]
struct Addresses {
    gateway: String,
    admin: String,
}

impl Addresses {
    fn of(server: &Server) -> Self {
        Self { gateway: server.gateway_url(), admin: server.admin_url() }
    }
}

/// Prints one line of JSON. Whether anybody reads it is no concern of a server.
pub(crate) fn print_line<T: Serialize>(value: &T) {
    let line = serde_json::to_string(value).expect("addresses are text");
    print_text(&line);
}

/// The same for text.
pub(crate) fn print_text(text: &str) {
    let mut out = std::io::stdout();
    let _closed = writeln!(out, "{text}").and_then(|()| out.flush());
}
