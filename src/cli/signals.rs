//! SIGINT and SIGTERM: the first asks to end well, the second to end at once. SIGHUP asks for the certificate to be read
//! again, where there is one.

use std::sync::Arc;

use anyhow::{Result, bail};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

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

/// Rings the bell at each SIGHUP, for as long as the process lives.
pub(crate) fn ring_on_hangup(bell: Arc<Notify>) -> Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            bell.notify_one();
        }
    });
    Ok(())
}
