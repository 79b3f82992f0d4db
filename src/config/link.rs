//! `[instances.NAME.link]`: how people link their own accounts at an instance, so that calls are made as them.

use secrecy::SecretString;
use serde::Serialize;
use url::Url;

use super::secret;
use super::section::Section;

/// Who the gateway is at an instance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ActAs {
    /// The account of the `auth` table, whoever calls.
    #[default]
    ServiceAccount,
    /// The person who calls, who has linked their account.
    Person,
}

/// The OAuth client that people link their accounts with.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// The id in the instance's application registry.
    pub client_id: String,
    /// That application's secret; a public client has none.
    #[serde(serialize_with = "secret::hide_optional", skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretString>,
    /// Where the instance sends browsers back to: the gateway's /auth/link/callback, as browsers reach it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redirect_uri: Option<String>,
    /// What is asked for; the client's own scopes where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl ActAs {
    pub(super) fn read(section: &mut Section<'_>) -> Self {
        let kind: Option<String> = section.take("act_as");
        match kind.as_deref() {
            None | Some("service_account") => ActAs::ServiceAccount,
            Some("person") => ActAs::Person,
            Some(other) => {
                let fix = "Write \"service_account\" or \"person\".";
                section.problem("act_as", format!("\"{other}\" is nobody to act as"), fix);
                ActAs::ServiceAccount
            }
        }
    }
}

impl Link {
    /// A client with a secret, which comes back to the gateway's own address.
    #[must_use]
    pub fn new(client_id: &str, client_secret: SecretString) -> Self {
        Link {
            client_id: client_id.to_owned(),
            client_secret: Some(client_secret),
            redirect_uri: None,
            scope: None,
        }
    }

    pub(super) fn read(mut section: Section<'_>) -> Self {
        let link = Link {
            client_id: section.require("client_id"),
            client_secret: secret::optional(&mut section, "client_secret", "client_secret_file"),
            redirect_uri: section.take("redirect_uri"),
            scope: section.take("scope"),
        };
        if let Some(uri) = &link.redirect_uri
            && !is_redirect(uri)
        {
            let fix = "Write the gateway's \"https://HOST/auth/link/callback\"; http is for loopback only.";
            section.problem("redirect_uri", "not where a browser can be sent with a code", fix);
        }
        section.finish();
        link
    }
}

/// A code must not travel in the clear.
fn is_redirect(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    let loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    (url.scheme() == "https" || (url.scheme() == "http" && loopback)) && url.fragment().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_do_not_travel_in_the_clear() {
        for (text, good) in [
            ("https://gate.example/auth/link/callback", true),
            ("http://127.0.0.1:8080/auth/link/callback", true),
            ("http://[::1]:8080/x", true),
            ("http://localhost/x", true),
            ("http://gate.example/auth/link/callback", false),
            ("http://127.0.0.1.example/x", false),
            ("https://gate.example/x#y", false),
            ("javascript:alert(1)", false),
            ("gate.example", false),
        ] {
            assert_eq!(is_redirect(text), good, "{text}");
        }
    }
}
