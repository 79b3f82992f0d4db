//! Where a call comes from, and what its connection proved.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use http::{Extensions, HeaderMap, Request};

use crate::access::ClientCertificate;
use crate::config::{ForwardedHeader, Networks};

/// Addresses of one header that are looked at; nobody has more proxies in a row.
const MOST: usize = 32;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Its address: of the caller, or of the last proxy.
    pub address: SocketAddr,
    /// The certificate that it showed.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// Nobody on the way reads along.
    pub encrypted: bool,
}

/// Whose word on where a call comes from is taken.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// Theirs.
    pub trusted: Networks,
    /// If they say it here.
    pub header: ForwardedHeader,
}

/// Where a call comes from.
#[derive(Clone, Copy, Debug)]
pub struct Source(pub IpAddr);

/// Notes where the call comes from. What a caller sends can say otherwise only where a trusted proxy passes it on.
pub fn with_peer<B>(mut request: Request<B>, peer: &Peer, proxies: &Proxies) -> Request<B> {
    let source = proxies.source(peer.address.ip().to_canonical(), request.headers());
    request.extensions_mut().insert(Source(source));
    request.extensions_mut().insert(peer.clone());
    request
}

/// The address without a port; empty where it is not known.
pub fn address(extensions: &Extensions) -> String {
    extensions.get::<Source>().map_or_else(String::new, |source| source.0.to_string())
}

/// The certificate of the connection. One that a proxy shows is the proxy's.
pub fn certificate(extensions: &Extensions) -> Option<&Arc<ClientCertificate>> {
    extensions.get::<Peer>()?.certificate.as_ref()
}

/// Whether the connection is encrypted.
pub fn is_encrypted(extensions: &Extensions) -> bool {
    extensions.get::<Peer>().is_some_and(|peer| peer.encrypted)
}

/// What limits per address count under: of IPv6 the network that one customer has, who may have any address in it.
pub fn counted(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

impl Proxies {
    /// Each proxy adds at the right whom it heard; so it is the right-most that is not a proxy's own. What is left of
    /// that was written by the caller, and means nothing.
    fn source(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut source = peer;
        if !self.trusted.contain(source) {
            return source;
        }
        let lines = headers.get_all(self.header.name());
        let lines: Vec<&str> = lines.iter().map(|line| line.to_str().unwrap_or("?")).collect();
        for entry in lines.join(",").rsplit(',').take(MOST) {
            // What a proxy wrote that cannot be read hides who called it: the proxy stands for them.
            let Some(address) = self.read(entry.trim()) else { break };
            source = address.to_canonical();
            if !self.trusted.contain(source) {
                break;
            }
        }
        source
    }

    fn read(&self, entry: &str) -> Option<IpAddr> {
        match self.header {
            ForwardedHeader::XForwardedFor => with_or_without_port(entry),
            ForwardedHeader::Forwarded => {
                let pairs = entry.split(';').filter_map(|pair| pair.split_once('='));
                let mut of_for = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
                with_or_without_port(of_for.next()?.1.trim().trim_matches('"'))
            }
        }
    }
}

fn with_or_without_port(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse().ok().map(|address: SocketAddr| address.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn proxies(header: &str) -> Proxies {
        let text = format!(
            "[server]\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\nforwarded_header = \"{header}\"\n\
             [instances.a]\nurl = \"https://a.example\"\nauth = {{type = \"basic\", username = \"u\", password = \"p\"}}"
        );
        let server = Config::from_text(&text).unwrap().server;
        Proxies { trusted: server.trusted_proxies, header: server.forwarded_header }
    }

    #[test]
    fn only_proxies_say_where_a_call_comes_from() {
        let x = "x-forwarded-for";
        // The header that is read, the connection's end, what the header says, who it is.
        let cases: [(&str, &str, &str, &[&str], &str); 16] = [
            (x, "192.0.2.1", x, &["198.51.100.7"], "192.0.2.1"),
            (x, "10.0.0.1", x, &[], "10.0.0.1"),
            (x, "10.0.0.1", x, &["198.51.100.7"], "198.51.100.7"),
            (x, "::ffff:10.0.0.1", x, &["198.51.100.7"], "198.51.100.7"),
            (x, "10.0.0.1", x, &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            (x, "10.0.0.1", x, &["203.0.113.9", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            (x, "10.0.0.1", x, &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            (x, "10.0.0.1", x, &["198.51.100.7, nonsense"], "10.0.0.1"),
            (x, "10.0.0.1", x, &["198.51.100.7, nonsense, 10.0.0.2"], "10.0.0.2"),
            (x, "10.0.0.1", x, &["198.51.100.7:1234"], "198.51.100.7"),
            (x, "::1", x, &["[2001:db8::1]:1234"], "2001:db8::1"),
            // The other header is the caller's own.
            (x, "10.0.0.1", "forwarded", &["for=203.0.113.9"], "10.0.0.1"),
            ("forwarded", "10.0.0.1", x, &["203.0.113.9"], "10.0.0.1"),
            (
                "forwarded",
                "10.0.0.1",
                "forwarded",
                &["for=203.0.113.9, For=198.51.100.7;proto=https"],
                "198.51.100.7",
            ),
            ("forwarded", "10.0.0.1", "forwarded", &["by=x;for=\"[2001:db8::1]:80\""], "2001:db8::1"),
            ("forwarded", "10.0.0.1", "forwarded", &["for=203.0.113.9, for=unknown"], "10.0.0.1"),
        ];
        for (read, peer, name, lines, expected) in cases {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(http::HeaderName::from_bytes(name.as_bytes()).unwrap(), line.parse().unwrap());
            }
            let source = proxies(read).source(peer.parse::<IpAddr>().unwrap().to_canonical(), &headers);
            assert_eq!(source, expected.parse::<IpAddr>().unwrap(), "{read} {peer} {name} {lines:?}");
        }
    }

    #[test]
    fn a_customers_network_counts_as_one() {
        let counted = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(counted("192.0.2.1"), "192.0.2.1");
        assert_eq!(counted("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(counted("2001:db8:1:2:3::4"), "2001:db8:1:2::");
    }
}
