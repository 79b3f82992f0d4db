//! Who may call: passwords, API keys, OAuth clients, codes and tokens, cookie sessions.
//!
//! It answers "which user name is this?" and nothing about what that user may do; roles and records are the
//! engine's. It holds secrets in memory only and shows none of them in `Debug`.

mod accounts;
mod assertion;
mod basic;
mod certificate;
mod clients;
mod codes;
mod cookies;
mod redirect;
mod secret;
mod token;
mod tokens;

pub use accounts::Accounts;
pub use assertion::KeyError;
pub(crate) use assertion::{addressed_to, subject};
pub(crate) use basic::Basic;
pub(crate) use certificate::CertifiedUser;
pub use clients::OAuthClient;
pub(crate) use clients::OAuthClients;
pub(crate) use codes::{Challenge, Codes, Consent};
pub(crate) use cookies::{CookieSession, CookieSessions};
pub(crate) use redirect::with_answer;
pub(crate) use token::random_hex;
pub(crate) use tokens::{Issued, Tokens};
