//! How many rows have come, on stderr, where a person watches and the rows themselves go elsewhere.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// Hidden unless stderr is a terminal and stdout is not.
pub(crate) fn rows() -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}, {elapsed}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("a constant template"));
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
