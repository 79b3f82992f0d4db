//! A client's certificate as a proof of who calls, where the configuration says whose it is.
//!
//! The handshake has checked that one of the configured authorities signed it; here it is only looked up. A certificate
//! gives what its user's roles give and no more.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::FromDer;

use super::principal::{Credential, Principal};
use super::{Access, secret};
use crate::config::{Certified, Subject};
use crate::error::{Error, Refusal};

/// What of a client's certificate says whose it is.
#[derive(Debug)]
pub struct ClientCertificate {
    hash: [u8; 32],
    subject: Subject,
    /// As "DNS:robot.example.com".
    names: Vec<String>,
    /// Milliseconds since 1970.
    not_after: i64,
}

impl ClientCertificate {
    /// Reads a certificate; none where it cannot be understood, and so proves nothing.
    pub fn read(der: &CertificateDer<'_>) -> Option<Self> {
        let (_, certificate) = X509Certificate::from_der(der).ok()?;
        let mut attributes = Vec::new();
        for attribute in certificate.subject().iter_attributes() {
            // One that is not text could stand for anything.
            let value = attribute.as_str().ok()?.to_owned();
            let oid = attribute.attr_type();
            let name = oid2abbrev(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned);
            attributes.push((name, value));
        }
        let alternative = certificate.subject_alternative_name().ok()?;
        let names = alternative.iter().flat_map(|names| &names.value.general_names);
        Some(ClientCertificate {
            hash: secret::hash(der),
            subject: Subject::new(attributes),
            names: names.filter_map(name).collect(),
            not_after: certificate.validity().not_after.timestamp().saturating_mul(1000),
        })
    }

    fn is_of(&self, one: &Certified) -> bool {
        let subject = one.subject.as_ref().is_some_and(|subject| *subject == self.subject);
        subject || one.san.as_ref().is_some_and(|san| self.names.contains(san))
    }
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(format!("DNS:{name}")),
        GeneralName::URI(uri) => Some(format!("URI:{uri}")),
        GeneralName::RFC822Name(address) => Some(format!("email:{address}")),
        _ => None,
    }
}

impl Access {
    /// Whose certificate this is; none where the configuration does not say.
    ///
    /// # Errors
    /// [`Refusal::CertificateRefused`]
    pub async fn by_certificate(
        &self,
        certificate: &ClientCertificate,
    ) -> Result<Option<Arc<Principal>>, Error> {
        let Some(mapped) = self.settings.certificates.iter().find(|one| certificate.is_of(one)) else {
            return Ok(None);
        };
        let now = self.now();
        // A connection, or a resumed session, may be older than the certificate's end.
        if certificate.not_after <= now {
            return Err(Refusal::CertificateRefused { why: "the certificate has expired" }.into());
        }
        if let Some(principal) = self.remembered(&certificate.hash, now) {
            return Ok(Some(principal));
        }
        let unknown =
            || Refusal::CertificateRefused { why: "the certificate's user is not there, or disabled" };
        let user = self.store.user_by_name(&mapped.user).await?.ok_or_else(unknown)?;
        let fingerprint: String = certificate.hash.iter().map(|byte| format!("{byte:02x}")).collect();
        let lease = self.live.lease(&format!("certificate {fingerprint}"), &user.id);
        // Again, now that an end would be heard of.
        let user = self.store.user(&user.id).await?.filter(|user| !user.disabled).ok_or_else(unknown)?;
        let roles = self.roles_of(&user).await?;
        let credential = Credential::Certificate(fingerprint);
        let principal =
            Arc::new(Principal::new(&user, credential, roles, None, certificate.not_after, lease));
        self.verified.put(certificate.hash, principal.clone(), now);
        Ok(Some(principal))
    }
}
