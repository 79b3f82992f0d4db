//! The listeners: HTTP and HTTPS at once, on loopback only.
//!
//! The instance has no access control worth exposing (demo passwords, administrative endpoints), so any other
//! address is refused. HTTP/1.1 only: what every ServiceNow client speaks.

mod authority;
mod connection;
mod listener;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

pub(crate) use authority::Authority;
pub(crate) use connection::Connections;
pub(crate) use listener::Listener;

/// Why the instance could not be served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address would be reachable from other machines.
    #[error(
        "refusing to listen on {0}: the embedded instance serves loopback addresses only (127.0.0.1 or ::1)"
    )]
    NotLoopback(SocketAddr),
    /// The port is taken, or the system refused it.
    #[error("cannot listen on {address}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system answered.
        source: io::Error,
    },
    /// The certificate authority's files could not be read or written.
    #[error("cannot use the certificate file {path}")]
    CertificateFile {
        /// Which file.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The certificates of the authorities of clients cannot be used.
    #[error("cannot use the certificate authority of clients: {0}")]
    ClientAuthority(String),
    /// A certificate could not be made, or the kept key is not one.
    #[error("cannot make the HTTPS certificate: {0}")]
    Certificate(String),
}
