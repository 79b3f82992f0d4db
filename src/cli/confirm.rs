//! Asks before what cannot be undone.

use std::io::{IsTerminal, stderr, stdin};

use anyhow::{Result, bail};

use super::exit::Usage;

/// Goes on where a person says yes. Where nobody can be asked, --yes must have said so before.
#[expect(clippy::print_stderr, reason = "stderr is where a command talks")]
pub(crate) fn ask(question: &str) -> Result<()> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return Err(Usage("nobody is there to ask: repeat the command with --yes".to_owned()).into());
    }
    eprint!("{question} [y/N] ");
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => bail!("nothing was done"),
    }
}
