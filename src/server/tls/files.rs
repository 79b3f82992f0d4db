//! From the files of `[server.tls]` to what rustls works with. Files that do not fit together are refused as a whole.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, ensure};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig, version};
use x509_parser::prelude::{FromDer, X509Certificate};

use crate::config::{ClientAuth, Tls, TlsVersion};

/// What the files hold.
pub(super) struct Loaded {
    /// For handshakes.
    pub(super) config: Arc<ServerConfig>,
    /// When the certificate is no longer good; seconds since 1970.
    pub(super) expires: i64,
}

/// Reads the files.
pub(super) fn load(settings: &Tls) -> Result<Loaded> {
    let chain = certificates(&settings.cert_file)?;
    let expires = expires(&chain[0]).with_context(|| named(&settings.cert_file))?;
    let key = PrivateKeyDer::from_pem_slice(&read(&settings.key_file)?)
        .with_context(|| format!("{}: not a private key in PEM", settings.key_file.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions: &[_] = match settings.min_version {
        TlsVersion::V1_2 => &[&version::TLS13, &version::TLS12],
        TlsVersion::V1_3 => &[&version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(provider.clone()).with_protocol_versions(versions)?;
    let builder = match client_verifier(settings, provider)? {
        Some(verifier) => builder.with_client_cert_verifier(verifier),
        None => builder.with_no_client_auth(),
    };
    let mut config = builder.with_single_cert(chain, key).with_context(|| {
        format!("{} is not the key of {}", settings.key_file.display(), settings.cert_file.display())
    })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Loaded { config: Arc::new(config), expires })
}

/// Checks callers' certificates; none where they are not asked for one.
fn client_verifier(
    settings: &Tls,
    provider: Arc<CryptoProvider>,
) -> Result<Option<Arc<dyn ClientCertVerifier>>> {
    if settings.client_auth == ClientAuth::None {
        return Ok(None);
    }
    let path = settings.client_ca_file.as_deref().context("server.tls.client_ca_file is missing")?;
    let mut roots = RootCertStore::empty();
    for authority in certificates(path)? {
        roots.add(authority).with_context(|| named(path))?;
    }
    let builder = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
    let builder = match settings.client_auth {
        ClientAuth::Required => builder,
        ClientAuth::Optional | ClientAuth::None => builder.allow_unauthenticated(),
    };
    Ok(Some(builder.build().with_context(|| named(path))?))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let pem = read(path)?;
    let all: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().with_context(|| named(path))?;
    ensure!(!all.is_empty(), "{}", named(path));
    Ok(all)
}

fn expires(certificate: &CertificateDer<'_>) -> Result<i64> {
    let (_, parsed) = X509Certificate::from_der(certificate)?;
    Ok(parsed.validity().not_after.timestamp())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn named(path: &Path) -> String {
    format!("{}: not certificates in PEM", path.display())
}
