//! What goes on, on stderr, where a person watches.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How many rows have come. Hidden unless stderr is a terminal and stdout is not.
pub(crate) fn rows() -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    spinner("{spinner} {human_pos} rows, {per_sec}, {elapsed}")
}

/// Rows being made or loaded, of a number that is known. Hidden unless stderr is a terminal.
pub(crate) fn steps() -> ProgressBar {
    let bar = spinner("{spinner} {bar:30} {human_pos} of {human_len} rows, {eta} left, {msg}");
    bar.with_message("preparing the embedded instance")
}

/// Shows how far a step is.
pub(crate) fn step(bar: &ProgressBar, step: &'static str, rows: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(rows);
    bar.set_message(step);
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("a constant template");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
