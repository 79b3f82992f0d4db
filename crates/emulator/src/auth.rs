//! Who may call: passwords, OAuth clients and tokens, cookie sessions.
//!
//! It answers "which user name is this?" and nothing about what that user may do; roles and records are the
//! engine's. It holds secrets in memory only and shows none of them in `Debug`.

mod accounts;
mod basic;
mod clients;
mod cookies;
mod secret;
mod token;
mod tokens;

pub use accounts::Accounts;
pub(crate) use basic::Basic;
pub use clients::OAuthClient;
pub(crate) use clients::OAuthClients;
pub(crate) use cookies::{CookieSession, CookieSessions};
pub(crate) use token::random_hex;
pub(crate) use tokens::{Issued, Tokens};
