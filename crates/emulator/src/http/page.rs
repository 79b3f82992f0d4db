//! Which rows of a list a request asks for.

use super::parameters::Parameters;
use crate::settings::Settings;

/// No table holds more rows, and SQLite counts no further.
const MOST: u64 = i64::MAX as u64;

/// A window on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// Most rows returned. 0 returns none.
    pub(crate) limit: u64,
    /// Rows skipped.
    pub(crate) offset: u64,
}

impl Page {
    /// As [`Page::with_default`], with the instance's limit.
    pub(crate) fn of(parameters: &Parameters, settings: &Settings) -> Self {
        Page::with_default(parameters, settings.default_limit)
    }

    /// `sysparm_limit` and `sysparm_offset`. There is no largest limit; a negative or unreadable limit is the
    /// default one and a negative or unreadable offset is 0.
    pub(crate) fn with_default(parameters: &Parameters, limit: u64) -> Self {
        Page {
            limit: parameters.number("sysparm_limit").unwrap_or(limit).min(MOST),
            offset: parameters.number("sysparm_offset").unwrap_or(0).min(MOST),
        }
    }

    /// How many of `total` rows lie in the window.
    pub(crate) fn rows_of(self, total: u64) -> u64 {
        total.saturating_sub(self.offset).min(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensible_defaults() {
        for (query, limit, offset) in [
            ("", 10_000, 0),
            ("sysparm_limit=32000&sysparm_offset=7", 32_000, 7),
            ("sysparm_limit=-1&sysparm_offset=-5", 10_000, 0),
            ("sysparm_limit=x&sysparm_offset=y", 10_000, 0),
            ("sysparm_limit=0", 0, 0),
            ("sysparm_offset=18446744073709551615", 10_000, MOST),
        ] {
            let page = Page::of(&Parameters::parse(query), &Settings::default());
            assert_eq!(page, Page { limit, offset }, "{query}");
        }
    }

    #[test]
    fn rows_in_the_window() {
        for (limit, offset, total, expected) in
            [(10, 0, 5, 5), (10, 0, 50, 10), (10, 45, 50, 5), (10, 60, 50, 0)]
        {
            assert_eq!(Page { limit, offset }.rows_of(total), expected);
        }
    }
}
