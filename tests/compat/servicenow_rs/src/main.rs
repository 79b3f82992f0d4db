//! Drives the embedded instance with servicenow_rs, unmodified from crates.io, over HTTPS, and over HTTP where it says
//! so.
//!
//! It has no option for an authority of one's own: it trusts the one in `SSL_CERT_FILE`.

mod checks;
mod reads;
mod writes;

use std::process::ExitCode;
use std::time::Duration;

use checks::{Instance, Run};

/// Ends a script whose client waits for ever; below the deadline of the test that runs it.
const DEADLINE: Duration = Duration::from_secs(100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let instance = Instance::from_environment();
    println!("servicenow_rs 0.2.1 against {}", instance.https);
    let mut run = Run::default();
    let all = async {
        reads::all(&mut run, &instance).await;
        writes::all(&mut run, &instance).await;
    };
    if tokio::time::timeout(DEADLINE, all).await.is_err() {
        println!("FAIL   a check waits for ever");
        return ExitCode::FAILURE;
    }
    run.summary()
}
