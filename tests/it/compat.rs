//! ServiceNow clients that nobody here wrote, unmodified and pinned, drive the embedded instance.
//!
//! Each test starts an instance of its own and runs the script of one client, which says of each check what it saw, or
//! what it expected and found. `docs/compatibility.md` says what is exercised, and what a client cannot do.

use std::path::Path;
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

use crate::demo::EmbeddedInstance;
use crate::program::{root, run, tool};

#[test]
fn pysnc() {
    let said = python("pysnc", "pysnc/check.py");
    assert!(said.contains("pysnc 1.2.1 against https://"), "{said}");
}

#[test]
fn pysnc_asyncio() {
    let said = python("pysnc", "pysnc_asyncio/check.py");
    assert!(said.contains("pysnc 1.2.1 against https://"), "{said}");
}

#[test]
fn pysnow() {
    let said = python("snow", "pysnow/check.py");
    assert!(said.contains("pysnow 0.7.17 against https://"), "{said}");
}

#[test]
fn aiosnow() {
    let said = python("snow", "aiosnow/check.py");
    assert!(said.contains("aiosnow 0.6.0 against https://"), "{said}");
}

#[test]
fn servicenow_rest_api() {
    let folder = root().join("tests/compat/servicenow-rest-api");
    assert!(folder.join("node_modules").exists(), "its package is not installed: run `make setup`");
    let said = checked(Command::new("node").arg(folder.join("check.cjs")));
    assert!(said.contains("servicenow-rest-api 1.2.2 against https://"), "{said}");
}

#[test]
fn servicenow_rs() {
    let said = checked(&mut Command::new(tool("bin/check-servicenow_rs")));
    assert!(said.contains("servicenow_rs 0.2.1 against https://"), "{said}");
}

#[test]
fn go_servicenow() {
    let said = checked(&mut Command::new(tool("bin/check-go-servicenow")));
    assert!(said.contains("go-servicenow v0.0.1 against https://"), "{said}");
}

/// Runs a script with the Python of a virtual environment; returns what it printed, if all its checks passed.
fn python(environment: &str, script: &str) -> String {
    let scripts = root().join("tests/compat");
    let mut command = Command::new(tool(&format!("{environment}/bin/python")));
    command
        .arg(scripts.join(script))
        .env("PYTHONPATH", scripts.join("python"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    checked(&mut command)
}

/// A key that stands for the user `itil`.
const API_KEY: &str = "a-key-of-the-tests";

/// Runs a script on a new instance; fails with all that it said where it, or one of its checks, fails.
fn checked(script: &mut Command) -> String {
    let folder = tempfile::tempdir().unwrap();
    let [authority, certificate, key] = certificate_of("itil", folder.path());
    let key_of_itil = format!("itil={API_KEY}");
    let flags = ["--records", "120", "--api-key", &key_of_itil, "--client-ca", &authority];
    let instance = EmbeddedInstance::start(&flags);
    let at = &instance.at;
    script
        .env("INSTANCE_HTTP", &at.emulator)
        .env("INSTANCE_HTTPS", &at.emulator_tls)
        .env("INSTANCE_CA", &at.ca)
        .env("INSTANCE_USERNAME", &at.username)
        .env("INSTANCE_PASSWORD", &at.password)
        // Each embedded instance has this OAuth client.
        .env("INSTANCE_CLIENT_ID", "demo")
        .env("INSTANCE_CLIENT_SECRET", "demo")
        .env("INSTANCE_API_KEY", API_KEY)
        .env("INSTANCE_CERTIFICATE", certificate)
        .env("INSTANCE_CERTIFICATE_KEY", key)
        // For clients that have no option for it.
        .env("SSL_CERT_FILE", &at.ca)
        .env("NODE_EXTRA_CA_CERTS", &at.ca)
        // No proxy stands between loopback addresses.
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    let said = run(script).text();
    let summary = said.lines().last().unwrap_or_default();
    assert!(summary.ends_with(" passed, 0 failed") && !summary.starts_with("0 "), "{said}");
    said
}

/// Files of an authority, a certificate of a user that it signed, and the certificate's key.
fn certificate_of(user: &str, folder: &Path) -> [String; 3] {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = Issuer::new(authority, authority_key);

    let key = KeyPair::generate().unwrap();
    let mut certificate = CertificateParams::default();
    certificate.distinguished_name.push(DnType::CommonName, user);
    let pem = certificate.signed_by(&key, &issuer).unwrap().pem();
    [("authority.pem", authority_pem), ("certificate.pem", pem), ("key.pem", key.serialize_pem())].map(
        |(name, text)| {
            let path = folder.join(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().expect("the path is text").to_owned()
        },
    )
}
