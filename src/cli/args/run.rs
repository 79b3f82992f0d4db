//! Commands that need no gateway.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Check, show or write the configuration of `serve`
#[derive(Args, Debug)]
pub(crate) struct Config {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Report every problem at once
    Check(ConfigFile),
    /// Print what is in force, defaults included and secrets hidden
    Show(ConfigFile),
    /// Print a commented file with every key and its default
    Default,
}

/// The configuration's file.
#[derive(Args, Debug)]
pub(crate) struct ConfigFile {
    /// The configuration [default: sncgate.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
}

/// Print a shell's completion script
#[derive(Args, Debug)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}
