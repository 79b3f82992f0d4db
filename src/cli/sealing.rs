//! `sncgate secrets`: the keys that seal what the gateway keeps of secrets. It works on the store, not on a gateway.

use anyhow::{Context, Result};
use secrecy::ExposeSecret;
use serde::Serialize;
use sncgate::access::{Reseal, Vault};
use sncgate::config::Flags;
use sncgate::store::{self, Memory, Store};

use super::args::{ConfigFile, Secrets, SecretsCommand};
use super::{config, serve};

#[derive(Serialize)]
struct Rotated {
    resealed: usize,
}

pub(crate) async fn run(arguments: Secrets) -> Result<()> {
    match arguments.command {
        SecretsCommand::GenerateKey => {
            serve::print_text(store::generate_key().expose_secret());
            Ok(())
        }
        SecretsCommand::Rotate(file) => rotate(file).await,
    }
}

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
async fn rotate(file: ConfigFile) -> Result<()> {
    let config = config::load(file.config, &Flags::default())?;
    let directory = config.server.data_dir.clone();
    anyhow::ensure!(directory.exists(), "there is no data directory {}", directory.display());
    let memory =
        Memory { window: config.idempotency.window, max_request_ids: config.idempotency.max_request_ids };
    let opened = tokio::task::spawn_blocking(move || {
        let store = Store::open(&directory, memory, Store::clock())?;
        let seal = store::seal(&config.secrets, &directory)?;
        Ok::<_, store::OpenError>((store, seal))
    });
    let (store, seal) = opened.await?.context("the gateway must be stopped meanwhile")?;
    let resealed = Vault::new(store.access, seal).reseal(Reseal::All).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(ToString::to_string);
        anyhow::anyhow!("not everything could be sealed anew: {}", cause.unwrap_or_else(|| error.to_string()))
    })?;
    eprintln!("everything is sealed under the first key; the others can be removed");
    serve::print_line(&Rotated { resealed });
    Ok(())
}
