//! How callers sign in to the embedded instance, as the flags say.

use anyhow::{Context, Result};
use servicenow_emulator::settings::Settings;
use servicenow_emulator::{Accounts, Builder};

use crate::cli::args::SignIn;

/// The builder with the accounts, clients and authorities of the flags. Called after the settings are set.
pub(crate) fn sign_in(builder: Builder, flags: &SignIn) -> Result<Builder> {
    let mut accounts = Accounts::demo();
    for pair in &flags.api_key {
        let (user, key) = pair.parts().context("--api-key: write USER=KEY, as itil=some-long-key")?;
        accounts = accounts.with_api_key(user, key);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(api_key: &str) -> SignIn {
        SignIn {
            token_seconds: Some(2),
            api_key: vec![api_key.into()],
            redirect_uri: Vec::new(),
            client_ca: None,
        }
    }

    #[test]
    fn a_key_that_is_malformed_is_not_shown() {
        for (text, right) in [("itil=a=b", true), ("itil", false), ("=s3cret", false), ("itil=", false)] {
            let flags = flags(text);
            let built = sign_in(servicenow_emulator::Emulator::builder(), &flags);
            assert_eq!(built.is_ok(), right, "{text}");
            let told =
                format!("{flags:?} {}", built.err().map(|error| error.to_string()).unwrap_or_default());
            assert!(!told.contains("s3cret") && !told.contains("a=b"), "{told}");
        }
    }

    #[test]
    fn an_authority_that_cannot_be_read_is_named() {
        let flags = SignIn { client_ca: Some("/no/such/ca.pem".into()), ..flags("itil=key") };
        let error =
            sign_in(servicenow_emulator::Emulator::builder(), &flags).err().map(|error| error.to_string());
        assert_eq!(error.as_deref(), Some("cannot read /no/such/ca.pem"));
    }
}
