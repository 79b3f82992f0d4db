//! How much a caller may take: calls a second, rows a day, streams at once; and requests a second from one address.
//!
//! Rows are counted per page and written down every [`FLUSH`], so that no row waits for the store. What a killed gateway
//! had not written yet is lost to the count: at most what was read in that time.

mod quota;
mod rate;
mod rows;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::access::{Clock, Principal};
use crate::config;
use crate::error::{Error, Refusal};
use crate::layer::peer::counted;
use crate::store::{AccessStore, RowCount};

pub(crate) use quota::Stated;
pub use quota::{Left, Meter, OpenStream};

use rate::Rate;
use rows::Rows;

/// How often counted rows are written down.
pub const FLUSH: Duration = Duration::from_secs(1);
/// How long counts of past days are kept, in days.
const KEPT: i64 = 40;
const DAY_MILLIS: i64 = 86_400_000;

/// Everybody's limits, and what they have taken.
pub struct Limits {
    settings: config::Limits,
    users: Option<Rate>,
    sources: Option<Rate>,
    store: Arc<dyn AccessStore>,
    clock: Clock,
    usages: Mutex<HashMap<String, Arc<Usage>>>,
}

/// What one user has taken.
struct Usage {
    user_id: String,
    rows: Mutex<Rows>,
    streams: AtomicU64,
}

impl Limits {
    /// As set, nothing taken yet but what the store knows.
    pub fn new(settings: config::Limits, store: Arc<dyn AccessStore>, clock: Clock) -> Arc<Self> {
        Arc::new(Limits {
            users: Rate::new("user", settings.user_requests_per_second),
            sources: Rate::new("source", settings.source_requests_per_second),
            settings,
            store,
            clock,
            usages: Mutex::default(),
        })
    }

    /// Counts a request from an address.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`]
    pub fn request_from(&self, source: IpAddr) -> Result<(), Refusal> {
        self.sources.as_ref().map_or(Ok(()), |rate| rate.check(&counted(source)))
    }

    /// Counts a call of somebody, and gives what meters the rest of it.
    ///
    /// # Errors
    /// [`Refusal::RateLimited`]; the store does not answer.
    pub async fn call_of(self: &Arc<Self>, principal: &Principal) -> Result<Meter, Error> {
        // Where access control is off there is nobody whose share it could be.
        if principal.user_id.is_empty() {
            return Ok(Meter::none());
        }
        if let Some(rate) = &self.users {
            rate.check(&principal.user_id)?;
        }
        self.work_of(principal).await
    }

    /// What meters work in somebody's name that they did not call for just now.
    ///
    /// # Errors
    /// The store does not answer.
    pub async fn work_of(self: &Arc<Self>, principal: &Principal) -> Result<Meter, Error> {
        if principal.user_id.is_empty() {
            return Ok(Meter::none());
        }
        let usage = self.usage(&principal.user_id);
        let today = self.today();
        if usage.lock().needs(today) {
            let before = self.store.rows_read(&principal.user_id, today).await?;
            usage.lock().learn(today, before);
        }
        let stated = Stated::of(principal.roles().iter().map(|role| &role.message));
        Ok(Meter::new(self.clone(), usage, stated.or_else(&self.settings)))
    }

    /// Writes down what was counted; for ever.
    pub async fn keep(self: Arc<Self>) {
        let mut tick = tokio::time::interval(FLUSH);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut forgot = 0;
        loop {
            tick.tick().await;
            let today = self.today();
            if let Err(error) = self.flush().await {
                tracing::warn!("counted rows are not written down yet: {error}");
            } else if forgot != today && self.store.forget_rows(today - KEPT).await.is_ok() {
                forgot = today;
            }
        }
    }

    /// Writes down what was counted. What cannot be written stays to be.
    pub async fn flush(&self) -> Result<(), Error> {
        let usages: Vec<Arc<Usage>> = self.lock().values().cloned().collect();
        let taken: Vec<(Arc<Usage>, i64, u64)> = usages
            .into_iter()
            .flat_map(|usage| {
                let owed = usage.lock().take();
                owed.into_iter().map(move |(day, rows)| (usage.clone(), day, rows))
            })
            .collect();
        if taken.is_empty() {
            self.prune();
            return Ok(());
        }
        let counts = taken.iter().map(|(usage, day, rows)| RowCount {
            user_id: usage.user_id.clone(),
            day: *day,
            rows: *rows,
        });
        match self.store.add_rows_read(counts.collect()).await {
            Ok(totals) => {
                for ((usage, day, _), total) in taken.iter().zip(totals) {
                    usage.lock().written(*day, total);
                }
                Ok(())
            }
            Err(error) => {
                for (usage, day, rows) in &taken {
                    usage.lock().put_back(*day, *rows);
                }
                Err(error)
            }
        }
    }

    /// Forgets who has nothing to write down and nobody who meters.
    fn prune(&self) {
        self.lock().retain(|_, usage| Arc::strong_count(usage) > 1 || !usage.lock().is_written());
    }

    fn usage(&self, user_id: &str) -> Arc<Usage> {
        let mut usages = self.lock();
        if let Some(usage) = usages.get(user_id) {
            return usage.clone();
        }
        let usage = Arc::new(Usage {
            user_id: user_id.to_owned(),
            rows: Mutex::default(),
            streams: AtomicU64::new(0),
        });
        usages.insert(user_id.to_owned(), usage.clone());
        usage
    }

    /// Days since 1970, in UTC.
    fn today(&self) -> i64 {
        self.clock.millis().div_euclid(DAY_MILLIS)
    }

    /// When the next day begins.
    fn until_tomorrow(&self) -> Duration {
        let left = DAY_MILLIS - self.clock.millis().rem_euclid(DAY_MILLIS);
        Duration::from_millis(left.unsigned_abs())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Arc<Usage>>> {
        self.usages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Usage {
    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn streams(&self) -> u64 {
        self.streams.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
