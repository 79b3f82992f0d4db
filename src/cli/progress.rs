//! What goes on, on stderr, where a person watches.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(200);
const BYTES: &str = "{spinner} {bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";

/// How many rows have come. Hidden unless stderr is a terminal and stdout is not.
pub(crate) fn rows() -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    spinner("{spinner} {human_pos} rows, {per_sec}, {elapsed}")
}

/// Rows of an export, of a number that was counted. Hidden unless stderr is a terminal.
pub(crate) fn export(rows: u64) -> ProgressBar {
    let bar = spinner("{spinner} {bar:30} {human_pos} of {human_len} rows, {per_sec}, {msg}, {eta} left");
    bar.set_length(rows);
    bar
}

/// Rows being made or loaded, of a number that is known. Hidden unless stderr is a terminal.
pub(crate) fn steps() -> ProgressBar {
    let bar = spinner("{spinner} {bar:30} {human_pos} of {human_len} rows, {eta} left, {msg}");
    bar.with_message("preparing the embedded instance")
}

/// Bytes on their way, of a number that may be known. Shown where it takes more than a moment.
pub(crate) fn bytes(total: Option<u64>) -> ProgressBar {
    let bar = late(match total {
        Some(_) => BYTES,
        None => "{spinner} {bytes}, {bytes_per_sec}, {elapsed}",
    });
    if let Some(total) = total {
        bar.set_length(total);
    }
    bar
}

/// The same for bytes that go to stdout. Hidden where that is the terminal.
pub(crate) fn bytes_to_stdout(total: Option<u64>) -> ProgressBar {
    if stdout().is_terminal() { ProgressBar::hidden() } else { bytes(total) }
}

/// Rows that are sent, of a number that may be known. Hidden where their results fill the terminal.
pub(crate) fn rows_of(total: Option<u64>) -> ProgressBar {
    let Some(total) = total else { return rows() };
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = late("{spinner} {bar:30} {human_pos} of {human_len} rows, {per_sec}, {eta} left");
    bar.set_length(total);
    bar
}

/// Events of a log that have happened. Hidden unless stderr is a terminal.
pub(crate) fn events() -> ProgressBar {
    spinner("{spinner} {bar:30} {human_pos} of {human_len} events, {per_sec}, {eta} left")
}

/// A line for a person, on stderr. That nobody reads it is no failure.
pub(crate) fn say(line: &str) {
    let _ = writeln!(stderr(), "{line}");
}

/// Shows how far a step is.
pub(crate) fn step(bar: &ProgressBar, step: &'static str, rows: u64, total: u64) {
    bar.set_length(total);
    bar.set_position(rows);
    bar.set_message(step);
}

/// A bar that appears after a second: what takes less needs none.
fn late(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_style(style(template));
    let shown = bar.downgrade();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if let Some(bar) = shown.upgrade().filter(|bar| !bar.is_finished()) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("a constant template")
}

fn spinner(template: &str) -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_style(style(template));
    bar.enable_steady_tick(TICK);
    bar
}
