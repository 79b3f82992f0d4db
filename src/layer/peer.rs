//! Where a call comes from.

use std::net::SocketAddr;

use http::{Extensions, Request};

/// The address of the connection's other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

/// Notes where the call comes from. Nothing that a caller sends can say otherwise.
pub fn with_peer<B>(mut request: Request<B>, peer: SocketAddr) -> Request<B> {
    request.extensions_mut().insert(Peer(peer));
    request
}

/// The address without its port; empty where it is not known.
pub fn address(extensions: &Extensions) -> String {
    extensions.get::<Peer>().map_or_else(String::new, |peer| peer.0.ip().to_string())
}
