//! What befalls every request alike: an instance that sleeps or is being upgraded.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::Fault;

/// What an instance is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Its work.
    #[default]
    Awake,
    /// It sleeps, as a developer's instance does: each path answers 200 with a page.
    Hibernating,
    /// It is upgraded or restarted: each path answers 503 with a page.
    Maintenance,
}

/// A word that is no mode.
#[derive(Debug, thiserror::Error)]
#[error("write awake, hibernating or maintenance")]
pub struct UnknownMode;

impl FromStr for Mode {
    type Err = UnknownMode;

    fn from_str(text: &str) -> Result<Self, UnknownMode> {
        match text {
            "awake" => Ok(Mode::Awake),
            "hibernating" => Ok(Mode::Hibernating),
            "maintenance" => Ok(Mode::Maintenance),
            _ => Err(UnknownMode),
        }
    }
}

impl Mode {
    pub(super) fn of(number: u8) -> Self {
        [Mode::Awake, Mode::Hibernating, Mode::Maintenance]
            .into_iter()
            .find(|mode| *mode as u8 == number)
            .unwrap_or_default()
    }

    /// What a request gets in place of an answer.
    pub(crate) fn fault(self) -> Option<Fault> {
        match self {
            Mode::Awake => None,
            Mode::Hibernating => Some(Fault::Hibernating),
            Mode::Maintenance => Some(Fault::Maintenance),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_keep_their_numbers_and_names() {
        for mode in [Mode::Awake, Mode::Hibernating, Mode::Maintenance] {
            assert_eq!(Mode::of(mode as u8), mode);
            let name = serde_json::to_value(mode).unwrap();
            assert_eq!(name.as_str().unwrap().parse::<Mode>().unwrap(), mode);
        }
        assert_eq!(Mode::of(9), Mode::Awake);
        assert!("asleep".parse::<Mode>().is_err());
    }
}
