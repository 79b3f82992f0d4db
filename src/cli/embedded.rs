//! The embedded instance of `demo` and `emulate`: its data, its certificate, its credentials.

mod data;
mod life;
mod sign_in;

use servicenow_emulator::Running;
use sncgate::config::Log;

pub(crate) use data::{file, kept, private};
pub(crate) use life::{lives, watch};
pub(crate) use sign_in::sign_in;

/// Of the built-in accounts, the one that may do everything.
pub(crate) const USERNAME: &str = "admin";
/// Its password, which is no secret: the instance is reachable from this machine only.
pub(crate) const PASSWORD: &str = "admin";

/// Only what needs attention: these commands talk to a person.
pub(crate) fn quiet() -> Log {
    Log { level: "warn".to_owned(), ..Log::default() }
}

/// The certificate authority's file, as text; empty where it is not kept.
pub(crate) fn ca(running: &Running) -> String {
    running.ca_path().map_or_else(String::new, |path| {
        std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
    })
}
