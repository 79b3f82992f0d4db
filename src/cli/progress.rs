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

/// Something that takes a while. Hidden unless stderr is a terminal.
pub(crate) fn step(what: &'static str) -> ProgressBar {
    spinner("{spinner} {msg}, {elapsed}").with_message(what)
}

fn spinner(template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("a constant template");
    let bar = ProgressBar::new_spinner().with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
