//! How callers sign in to the embedded instance, as the flags say.

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use servicenow_emulator::settings::Settings;
use servicenow_emulator::{Accounts, Builder};

use crate::cli::args::SignIn;

/// The builder with the accounts, clients and authorities of the flags. Called after the settings are set.
pub(crate) fn sign_in(builder: Builder, flags: &SignIn) -> Result<Builder> {
    let accounts = flags
        .api_key
        .iter()
        .fold(Accounts::demo(), |accounts, pair| accounts.with_api_key(&pair.user, pair.key.expose_secret()));
    let mut builder = builder.accounts(accounts);
    if let Some(seconds) = flags.token_seconds {
        builder = builder.token_seconds(seconds, Settings::default().refresh_token_seconds);
    }
    builder =
        builder.demo_client(|demo| flags.redirect_uri.iter().fold(demo, |demo, uri| demo.redirect_uri(uri)));
    if let Some(path) = &flags.client_ca {
        let pem = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        builder = builder.client_ca(pem);
    }
    Ok(builder)
}
