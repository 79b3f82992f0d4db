//! Logs of the commands that serve: on stderr, for people or for programs.

use std::io::{IsTerminal, stderr};

use anyhow::{Result, anyhow};
use sncgate::config::{Format, Log};
use tracing_subscriber::EnvFilter;

/// Begins to log. Colors are for terminals only, and not where NO_COLOR is set.
pub(crate) fn start(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level)?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    let started = match (log.format, stderr().is_terminal()) {
        (Format::Json, _) => logs.json().try_init(),
        (Format::Text, true) => logs.try_init(),
        (Format::Text, false) => logs.with_ansi(false).try_init(),
    };
    started.map_err(|error| anyhow!("cannot begin to log: {error}"))
}
