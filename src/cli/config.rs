//! `sncgate config`.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Result;
use sncgate::config::{Config, DEFAULT_FILE, Flags};

use super::args::{self, ConfigCommand};

const FILE: &str = "sncgate.toml";

#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) fn run(arguments: &args::Config) -> Result<()> {
    let mut out = std::io::stdout();
    match &arguments.command {
        ConfigCommand::Check(file) => {
            load(file.config.clone(), &Flags::default())?;
            eprintln!("the configuration has no problem");
        }
        ConfigCommand::Show(file) => {
            let config = load(file.config.clone(), &Flags::default())?;
            out.write_all(config.to_redacted_toml().as_bytes())?;
        }
        ConfigCommand::Default => out.write_all(DEFAULT_FILE.as_bytes())?,
    }
    Ok(())
}

/// The file named; or sncgate.toml, if there is one; then the environment and the flags.
pub(crate) fn load(file: Option<PathBuf>, flags: &Flags) -> Result<Config> {
    let file = file.or_else(|| Path::new(FILE).is_file().then(|| PathBuf::from(FILE)));
    Ok(Config::load(file.as_deref(), flags)?)
}
