//! SIGINT and SIGTERM: the first asks to end well, the second to end at once.

use anyhow::{Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The two signals, from now on.
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(crate) fn listen() -> Result<Self> {
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    /// The next of either.
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Runs `work`, which ends some time after the first signal; gives it up at the second.
pub(crate) async fn until_second(work: impl Future<Output = Result<()>>) -> Result<()> {
    let mut signals = Signals::listen()?;
    let second = async {
        signals.next().await;
        signals.next().await;
    };
    tokio::select! {
        ended = work => ended,
        () = second => bail!("ended at once, at the second signal"),
    }
}
