//! Measures the generator: `cargo run --release -p servicenow-emulator --example generate -- RECORDS [FILE]`.
//!
//! Prints seconds, rows per second, the file's size and the most memory the process held.
#![expect(clippy::print_stdout, reason = "the measurement is its output")]

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use servicenow_emulator::generate::{self, Plan};
use servicenow_emulator::store::Store;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let records = arguments.next().unwrap_or_else(|| "100000".to_owned()).parse()?;
    let file = arguments.next().map(PathBuf::from);
    let started = Instant::now();
    let store = Store::open(file.as_deref())?;
    let mut step = "";
    let summary = generate::fill(&store, &Plan { seed: 42, records, now: None }, &mut |progress| {
        if progress.step != step {
            step = progress.step;
            println!(
                "{:7.2} s {step} at {} of {}",
                started.elapsed().as_secs_f64(),
                progress.rows,
                progress.total
            );
        }
    })?;
    let seconds = started.elapsed().as_secs_f64();
    let rows: u64 = summary.rows.values().sum();
    let size = std::fs::metadata(store.path())?.len();
    println!("{rows} rows in {seconds:.1} s, file {} MiB, most memory {}", size >> 20, most_memory());
    Ok(())
}

fn most_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or_else(|| "unknown".to_owned(), |size| size.trim().to_owned())
}
