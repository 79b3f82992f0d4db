//! Ways to the instance: TLS with an authority of its own, client certificates, a proxy.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use servicenow::{Client, ClientBuilder, Error, List, Record, RetryPolicy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};

use crate::server::{Server, json};

const REPLY: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"result\":[]}";

/// An authority and what it signs.
struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Authority {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().clone());
        Authority { pem, der, issuer: Issuer::new(params, key) }
    }

    fn sign(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }
}

/// An instance behind TLS that knows only client certificates of `authority`, if it asks for them.
async fn instance(authority: &Authority, asks: bool) -> ClientBuilder {
    let (certificate, key) = authority.sign("127.0.0.1");
    let provider = Arc::new(crypto::ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions().unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(authority.der.clone()).unwrap();
    let builder = match asks {
        true => builder.with_client_cert_verifier(
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap(),
        ),
        false => builder.with_no_client_auth(),
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = builder.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            // Clients that do not trust it, or that it does not trust, are part of the test.
            let Ok(mut connection) = acceptor.accept(connection).await else { continue };
            let mut request = [0; 4096];
            let received = connection.read(&mut request).await.unwrap();
            assert!(received > 0);
            connection.write_all(REPLY).await.unwrap();
            connection.shutdown().await.unwrap();
        }
    });
    Client::builder(&url).retry(RetryPolicy::never())
}

async fn read(builder: ClientBuilder) -> Result<usize, Error> {
    let client = builder.build()?;
    client.list::<Record>("incident", &List::default()).await.map(|page| page.rows.len())
}

#[tokio::test]
async fn an_authority_is_trusted_only_if_it_is_given() {
    let authority = Authority::new();
    let given = instance(&authority, false).await.ca_certificate(authority.pem.clone());
    assert_eq!(read(given).await, Ok(0));

    let stranger = Authority::new();
    let other = instance(&authority, false).await.ca_certificate(stranger.pem);
    assert!(matches!(read(other).await, Err(Error::Connect(_))));
}

#[tokio::test]
async fn a_client_certificate_is_shown() {
    let authority = Authority::new();
    let (certificate, key) = authority.sign("client");
    let both = format!("{}{}", certificate.pem(), key.serialize_pem());
    let with =
        instance(&authority, true).await.ca_certificate(authority.pem.clone()).client_certificate(both);
    assert_eq!(read(with).await, Ok(0));

    let without = instance(&authority, true).await.ca_certificate(authority.pem.clone());
    assert!(read(without).await.is_err());
}

#[tokio::test]
async fn a_proxy_takes_every_request() {
    let proxy = Server::start(|_, _| json(200, r#"{"result":[]}"#)).await;
    let builder = Client::builder("http://instance.invalid").retry(RetryPolicy::never());
    assert_eq!(read(builder.proxy(proxy.url.clone())).await, Ok(0));
    let asked = &proxy.asked()[0];
    assert_eq!(
        (asked.header("host"), asked.path.as_str()),
        (Some("instance.invalid"), "/api/now/table/incident")
    );
}
