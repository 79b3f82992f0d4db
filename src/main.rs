//! The sncgate command.
fn main() {}
