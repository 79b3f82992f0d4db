//! `[server]`: listeners, limits and deadlines.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::duration;
use super::networks::{ForwardedHeader, Networks};
use super::origins::Origins;
use super::section::Section;
use super::tls::Tls;

/// Listeners, limits and deadlines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Server {
    /// Where all faces listen.
    pub listen: SocketAddr,
    /// Where /livez, /readyz and /metrics listen.
    pub admin_listen: SocketAddr,
    /// Where the gateway keeps what must outlive a restart.
    pub data_dir: PathBuf,
    /// Largest request message, in bytes.
    pub max_message_bytes: usize,
    /// Most concurrent calls on one connection.
    pub max_concurrent_streams: u32,
    /// The deadline of a call that brings none.
    #[serde(serialize_with = "duration::serialize")]
    pub default_deadline: Duration,
    /// The longest deadline; one that is longer is cut to it.
    #[serde(serialize_with = "duration::serialize")]
    pub max_deadline: Duration,
    /// How long calls may go on after SIGTERM.
    #[serde(serialize_with = "duration::serialize")]
    pub drain: Duration,
    /// Whose web pages may call with grpc-web.
    pub cors_origins: Origins,
    /// `listen` may be any address without TLS.
    pub allow_plaintext: bool,
    /// `admin_listen` may be any address.
    pub allow_remote_admin: bool,
    /// Proxies whose word on where a call comes from is taken.
    pub trusted_proxies: Networks,
    /// The header in which they say it.
    pub forwarded_header: ForwardedHeader,
    /// The port's certificate; none: no TLS.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Tls>,
}

/// What flags set over the file and the environment.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// Over `server.listen`.
    pub listen: Option<SocketAddr>,
    /// Over `server.admin_listen`.
    pub admin_listen: Option<SocketAddr>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            admin_listen: SocketAddr::from(([127, 0, 0, 1], 9090)),
            data_dir: PathBuf::from("sncgate-data"),
            max_message_bytes: 8 * 1024 * 1024,
            max_concurrent_streams: 256,
            default_deadline: Duration::from_secs(60),
            max_deadline: Duration::from_secs(3600),
            drain: Duration::from_secs(10),
            cors_origins: Origins::default(),
            allow_plaintext: false,
            allow_remote_admin: false,
            trusted_proxies: Networks::default(),
            forwarded_header: ForwardedHeader::default(),
            tls: None,
        }
    }
}

impl Server {
    pub(super) fn read(mut section: Section<'_>, flags: &Flags) -> Self {
        let default = Self::default();
        let listen = section.take("listen");
        let admin_listen = section.take("admin_listen");
        let server = Self {
            listen: flags.listen.or(listen).unwrap_or(default.listen),
            admin_listen: flags.admin_listen.or(admin_listen).unwrap_or(default.admin_listen),
            data_dir: section.take("data_dir").unwrap_or(default.data_dir),
            max_message_bytes: section.take("max_message_bytes").unwrap_or(default.max_message_bytes),
            max_concurrent_streams: section
                .take("max_concurrent_streams")
                .unwrap_or(default.max_concurrent_streams),
            default_deadline: section.take("default_deadline").unwrap_or(default.default_deadline),
            max_deadline: section.take("max_deadline").unwrap_or(default.max_deadline),
            drain: section.take("drain").unwrap_or(default.drain),
            cors_origins: section.take("cors_origins").unwrap_or(default.cors_origins),
            allow_plaintext: section.take("allow_plaintext").unwrap_or(default.allow_plaintext),
            allow_remote_admin: section.take("allow_remote_admin").unwrap_or(default.allow_remote_admin),
            trusted_proxies: section.take("trusted_proxies").unwrap_or(default.trusted_proxies),
            forwarded_header: section.take("forwarded_header").unwrap_or(default.forwarded_header),
            tls: Tls::read(section.section("tls")),
        };
        server.check(&mut section);
        section.finish();
        server
    }

    fn check(&self, section: &mut Section<'_>) {
        for refused in self.exposed() {
            section.problem(refused.key, refused.what, refused.fix);
        }
        if self.listen == self.admin_listen && self.listen.port() != 0 {
            section.problem("admin_listen", "the same address as server.listen", "Choose another port.");
        }
        if self.default_deadline > self.max_deadline {
            let what = "longer than server.max_deadline";
            section.problem("default_deadline", what, "Shorten it, or lengthen max_deadline.");
        }
    }

    /// Addresses that others can reach, and that nothing protects. Who embeds the gateway sets addresses after the
    /// file was read, so the server asks again.
    #[must_use]
    pub fn exposed(&self) -> Vec<Exposed> {
        let mut exposed = Vec::new();
        if !self.listen.ip().is_loopback() && self.tls.is_none() && !self.allow_plaintext {
            exposed.push(Exposed {
                key: "listen",
                what: format!(
                    "{} is not a loopback address, and without TLS tokens would travel in the clear",
                    self.listen
                ),
                fix: format!(
                    "Set up [server.tls], or use 127.0.0.1:{port}, or write allow_plaintext = true where something \
                     in front of the gateway speaks TLS.",
                    port = self.listen.port()
                ),
            });
        }
        if !self.admin_listen.ip().is_loopback() && !self.allow_remote_admin {
            exposed.push(Exposed {
                key: "admin_listen",
                what: format!(
                    "{} is not a loopback address, and metrics are shown to whoever reaches it",
                    self.admin_listen
                ),
                fix: format!(
                    "Use 127.0.0.1:{port}, or write allow_remote_admin = true.",
                    port = self.admin_listen.port()
                ),
            });
        }
        exposed
    }
}

/// An address that others can reach, and that nothing protects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// Its key in `[server]`.
    pub key: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    pub fix: String,
}
