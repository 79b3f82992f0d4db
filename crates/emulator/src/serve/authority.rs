//! The instance's own certificate authority.
//!
//! Its certificate and key stay in the data folder, if there is one, so a client that trusts `ca.pem` keeps
//! trusting the instance after a restart. The server's certificate is made anew at each start and never stored.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::Error;

/// What the server's certificate is good for.
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate authority that a client can trust by its `ca.pem`.
pub(crate) struct Authority {
    pem: String,
    path: Option<PathBuf>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    /// Reads the authority kept in `folder`, or makes one and keeps it there as `ca.pem` and `ca-key.pem`.
    /// Without a folder it is made anew and kept nowhere.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self, Error> {
        let Some(folder) = folder else { return Authority::create() };
        let (path, key_path) = (folder.join("ca.pem"), folder.join("ca-key.pem"));
        let authority = if path.exists() && key_path.exists() {
            Authority::read(&path, &key_path)?
        } else {
            let made = Authority::create()?;
            // The certificate is written last: finding it means that the key is there too.
            write(&key_path, &made.issuer.key().serialize_pem(), true)?;
            write(&path, &made.pem, false)?;
            made
        };
        Ok(Authority { path: Some(path), ..authority })
    }

    fn create() -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(unmade)?;
        let pem = authority_params().self_signed(&key).map_err(unmade)?.pem();
        Ok(Authority { pem, path: None, issuer: Issuer::new(authority_params(), key) })
    }

    fn read(path: &Path, key_path: &Path) -> Result<Self, Error> {
        let read = |path: &Path| fs::read_to_string(path).map_err(|source| unusable(path, source));
        let key = KeyPair::from_pem(&read(key_path)?).map_err(unmade)?;
        Ok(Authority { pem: read(path)?, path: None, issuer: Issuer::new(authority_params(), key) })
    }

    /// The certificate that clients are to trust.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// The file that holds it, if one does.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// A TLS configuration with a fresh certificate for the loopback names. Clients may show a certificate that one of
    /// the authorities in `client_ca` (PEM) has signed; without it none is asked for.
    pub(crate) fn server_config(&self, client_ca: Option<&str>) -> Result<Arc<ServerConfig>, Error> {
        let key = KeyPair::generate().map_err(unmade)?;
        let mut params = CertificateParams::new(NAMES.map(str::to_owned)).map_err(unmade)?;
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        valid_for_long(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).map_err(unmade)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = match client_ca {
            Some(pem) => client_verifier(pem, Arc::clone(&provider))?,
            None => WebPkiClientVerifier::no_client_auth(),
        };
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                let config = config.with_client_cert_verifier(verifier);
                config.with_single_cert(vec![certificate.der().clone()], key)
            })
            .map_err(|error| Error::Certificate(error.to_string()))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

/// Takes certificates of these authorities, and clients without one.
fn client_verifier(pem: &str, provider: Arc<CryptoProvider>) -> Result<Arc<dyn ClientCertVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| Error::ClientAuthority(error.to_string()))?;
        roots.add(certificate).map_err(|error| Error::ClientAuthority(error.to_string()))?;
    }
    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| Error::ClientAuthority(error.to_string()))
}

/// The authority's certificate but for its key. It must never change for a given key: certificates signed
/// after a restart name it as their issuer.
fn authority_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "Embedded ServiceNow instance CA");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    valid_for_long(&mut params);
    params
}

/// Tests and demos have odd clocks; the key never leaves this machine.
fn valid_for_long(params: &mut CertificateParams) {
    params.not_before = date_time_ymd(2000, 1, 1);
    params.not_after = date_time_ymd(2099, 12, 31);
}

/// Writes a file that only its owner reads, if it is private.
fn write(path: &Path, text: &str, private: bool) -> Result<(), Error> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    if private {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    #[cfg(not(unix))]
    let _ = private;
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| unusable(path, source))
}

fn unusable(path: &Path, source: io::Error) -> Error {
    Error::CertificateFile { path: path.to_owned(), source }
}

fn unmade(error: rcgen::Error) -> Error {
    Error::Certificate(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_authority_survives_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let first = Authority::open(Some(folder.path())).unwrap();
        let second = Authority::open(Some(folder.path())).unwrap();
        assert_eq!(first.pem(), second.pem());
        assert_eq!(fs::read_to_string(second.path().unwrap()).unwrap(), first.pem());
        second.server_config(None).unwrap();
        second.server_config(Some(first.pem())).unwrap();
        assert!(matches!(second.server_config(Some("no PEM")), Err(Error::ClientAuthority(_))));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_key() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Authority::open(Some(folder.path())).unwrap();
        let mode = fs::metadata(folder.path().join("ca-key.pem")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_spoilt_key_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        Authority::open(Some(folder.path())).unwrap();
        fs::write(folder.path().join("ca-key.pem"), "no key").unwrap();
        assert!(matches!(Authority::open(Some(folder.path())), Err(Error::Certificate(_))));
    }
}
