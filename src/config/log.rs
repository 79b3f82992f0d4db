//! `[log]`: what is logged, and how it looks.

use serde::Serialize;
use toml::Value;
use tracing_subscriber::EnvFilter;

use super::section::Section;
use super::setting::Setting;

/// What is logged, and how it looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Log {
    /// For people or for programs.
    pub format: Format,
    /// A level, or directives as "info,sncgate=debug".
    pub level: String,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One line of text for each event.
    #[default]
    Text,
    /// One JSON object for each event.
    Json,
}

impl Setting for Format {
    const EXPECTED: &'static str = "a log format";
    const EXAMPLE: &'static str = "\"text\" or \"json\"";

    fn read(value: &Value) -> Option<Self> {
        match value.as_str()? {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: Format::default(), level: "info".to_owned() }
    }
}

impl Log {
    pub(super) fn read(mut section: Section<'_>) -> Self {
        let default = Self::default();
        let log = Self {
            format: section.take("format").unwrap_or(default.format),
            level: section.take("level").unwrap_or(default.level),
        };
        if EnvFilter::try_new(&log.level).is_err() {
            let what = format!("\"{}\" is not a level or a list of directives", log.level);
            section.problem("level", what, "Write \"error\", \"warn\", \"info\", \"debug\" or \"trace\".");
        }
        section.finish();
        log
    }
}
