//! Passwords that are typed, or come from stdin; never from the command line, which others can see.

use std::io::{BufRead, IsTerminal, stdin};

use anyhow::{Context, Result};

use super::exit::Usage;

/// Asks for a password without showing it; reads a line of stdin where that is wished for.
pub(crate) fn ask(prompt: &str, from_stdin: bool) -> Result<String> {
    if from_stdin {
        let mut line = String::new();
        stdin().lock().read_line(&mut line).context("cannot read stdin")?;
        return Ok(line.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !stdin().is_terminal() {
        return Err(Usage("there is no terminal to ask for a password; give it on stdin".to_owned()).into());
    }
    rpassword::prompt_password(format!("{prompt}: ")).context("cannot ask for a password")
}
