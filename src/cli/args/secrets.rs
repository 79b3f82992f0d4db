//! The keys that seal what the gateway keeps of secrets.

use clap::{Args, Subcommand};

use super::run::ConfigFile;

/// Make keys that seal the secrets in the gateway's store, and seal everything anew
#[derive(Args, Debug)]
pub(crate) struct Secrets {
    #[command(subcommand)]
    pub(crate) command: SecretsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Print a new key, as [secrets] keys_file has it
    GenerateKey,
    /// Seal everything under the first key, so that the others can be removed; the gateway must be stopped
    ///
    /// Prints how many secrets were sealed anew. It may be repeated.
    Rotate(ConfigFile),
}
