//! What is wrong with a configuration, in words for the person who wrote it.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The key's path, as "server.listen"; or a file's.
    pub key: String,
    /// What is wrong. Never a secret.
    pub what: String,
    /// What to do.
    pub fix: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}. {}", self.key, self.what, self.fix)
    }
}

/// Everything that is wrong.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// All of them, in the order of the file's sections.
    #[must_use]
    pub fn list(&self) -> &[Problem] {
        &self.0
    }

    pub(super) fn add(&mut self, key: &str, what: impl Into<String>, fix: impl Into<String>) {
        self.0.push(Problem { key: key.to_owned(), what: what.into(), fix: fix.into() });
    }

    /// `value` where there are no problems.
    pub(super) fn none_or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.len() {
            1 => write!(f, "The configuration has a problem:")?,
            count => write!(f, "The configuration has {count} problems:")?,
        }
        for problem in &self.0 {
            write!(f, "\n  {problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
