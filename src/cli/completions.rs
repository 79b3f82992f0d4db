//! `sncgate completions`.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory;

use super::args::{self, Cli};

pub(crate) fn run(arguments: &args::Completions) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "sncgate", &mut script);
    Ok(std::io::stdout().write_all(&script)?)
}
