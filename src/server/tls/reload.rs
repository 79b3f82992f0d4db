//! Reads the files again when they change, and when asked to. What does not fit together is told, and what is in use
//! stays: a broken renewal must not take the port away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Result;
use arc_swap::ArcSwap;
use rustls::ServerConfig;
use tokio::sync::Notify;

use super::files::{Loaded, load};
use crate::config::Tls;

const DAY: f64 = 86_400.0;

/// Reads the files of `[server.tls]` again.
pub(crate) struct Reloader {
    settings: Tls,
    current: Arc<ArcSwap<ServerConfig>>,
    expires: i64,
    seen: Vec<Option<Stamp>>,
    asked: Arc<Notify>,
}

/// What changes with a file, links on the way to it included.
type Stamp = (SystemTime, u64, u64);

impl Reloader {
    pub(super) fn open(settings: &Tls) -> Result<(Self, Arc<ArcSwap<ServerConfig>>)> {
        describe();
        // Looked at before they are read: what changes meanwhile is noticed later.
        let seen = stamps(settings);
        let Loaded { config, expires } = load(settings)?;
        let current = Arc::new(ArcSwap::new(config));
        let asked = Arc::new(Notify::new());
        let reloader =
            Reloader { settings: settings.clone(), current: current.clone(), expires, seen, asked };
        reloader.measure();
        Ok((reloader, current))
    }

    /// Asks for the files to be read now.
    pub(crate) fn bell(&self) -> Arc<Notify> {
        self.asked.clone()
    }

    /// Looks at the files for ever.
    pub(crate) async fn run(mut self) {
        let period: Duration = self.settings.reload_interval;
        loop {
            let asked = tokio::select! {
                () = self.asked.notified() => true,
                () = tokio::time::sleep(period) => false,
            };
            self = match tokio::task::spawn_blocking(move || self.looked(asked)).await {
                Ok(reloader) => reloader,
                Err(error) => return tracing::error!("certificates are not reloaded any more: {error}"),
            };
        }
    }

    fn looked(mut self, asked: bool) -> Self {
        let stamps = stamps(&self.settings);
        if asked || stamps != self.seen {
            self.seen = stamps;
            self.reload();
        }
        self.measure();
        self
    }

    fn reload(&mut self) {
        match load(&self.settings) {
            Ok(Loaded { config, expires }) => {
                self.current.store(config);
                self.expires = expires;
                metrics::counter!("sncgate_tls_reloads_total", "outcome" => "ok").increment(1);
                tracing::info!(days = self.days_left(), "the certificate was read again");
            }
            Err(error) => {
                metrics::counter!("sncgate_tls_reloads_total", "outcome" => "failed").increment(1);
                tracing::warn!("the certificate in use stays, for the new files do not hold: {error:#}");
            }
        }
    }

    fn measure(&self) {
        let days = self.days_left();
        metrics::gauge!("sncgate_tls_certificate_expires_days").set(days);
        if days < 0.0 {
            tracing::warn!("the certificate of server.tls has expired; callers will refuse it");
        }
    }

    fn days_left(&self) -> f64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (self.expires as f64 - now.as_secs_f64()) / DAY
    }
}

fn describe() {
    metrics::describe_gauge!(
        "sncgate_tls_certificate_expires_days",
        "Days until the certificate of the port is no longer good; negative after that."
    );
    metrics::describe_counter!(
        "sncgate_tls_reloads_total",
        "How often the certificate's files were read again, by outcome."
    );
}

fn stamps(settings: &Tls) -> Vec<Option<Stamp>> {
    let files: [Option<&PathBuf>; 3] =
        [Some(&settings.cert_file), Some(&settings.key_file), settings.client_ca_file.as_ref()];
    files.into_iter().flatten().map(|path| stamp(path)).collect()
}

fn stamp(path: &std::path::Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(&metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Some((metadata.modified().ok()?, metadata.len(), inode))
}
