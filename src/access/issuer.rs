//! Tokens of other issuers: OpenID Connect providers that the configuration names.
//!
//! A token says whose it is (`iss`); that issuer's own keys, fetched and remembered here, say whether that is true. What
//! its claims give are roles of this gateway. It signs nobody in: how a caller got the token is no concern of it.

mod claims;
mod fetch;
mod keys;
mod token;
mod user;

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use jsonwebtoken::Algorithm;

use crate::config;
use crate::error::{Error, Refusal};
use fetch::Source;
use keys::Keys;

/// Longest token of another issuer that is looked at: they carry what its users belong to.
pub(super) const MAX_BYTES: usize = 8192;

/// An issuer whose tokens are taken.
pub(super) struct Issuer {
    name: String,
    settings: config::Issuer,
    algorithms: Vec<Algorithm>,
    keys: Arc<Keys>,
}

/// All of them.
pub(super) struct Issuers(Vec<Issuer>);

impl Issuers {
    /// Asks nobody for anything yet: an issuer that is away must not keep the gateway from starting.
    pub(super) fn new(settings: &BTreeMap<String, config::Issuer>) -> Result<Self, Error> {
        let open = |(name, settings): (&String, &config::Issuer)| {
            let why =
                |problem: String| Refusal::Conflict { why: format!("access.issuers.{name}: {problem}") };
            let source = Source::new(settings).map_err(why)?;
            let algorithms = settings.algorithms.iter().map(|text| Algorithm::from_str(text));
            Ok(Issuer {
                name: name.clone(),
                algorithms: algorithms.collect::<Result<_, _>>().map_err(|error| why(error.to_string()))?,
                keys: Keys::new(name, source, settings),
                settings: settings.clone(),
            })
        };
        Ok(Issuers(settings.iter().map(open).collect::<Result<_, Error>>()?))
    }

    /// Whose token it says it is; none where it is not a token of any of them.
    pub(super) fn of(&self, text: &str) -> Option<&Issuer> {
        if self.0.is_empty() {
            return None;
        }
        let claimed = token::claimed_issuer(text)?;
        self.0.iter().find(|issuer| issuer.settings.url == claimed)
    }
}
