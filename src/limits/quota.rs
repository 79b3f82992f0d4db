//! What one user may take in a day and at once, and what is left of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Limits, Usage};
use crate::config;
use crate::error::{Error, Refusal};
use crate::pb;

/// What roles say of quotas; none where they say nothing. Inside: none where there is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) rows_per_day: Option<Option<u64>>,
    pub(crate) concurrent_streams: Option<Option<u64>>,
}

/// What holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Quota {
    rows_per_day: Option<u64>,
    concurrent_streams: Option<u64>,
}

impl Stated {
    /// Roles add up: of those that say something the most generous counts.
    pub(crate) fn of<'a>(roles: impl Iterator<Item = &'a pb::Role>) -> Self {
        let mut stated = Stated::default();
        for quota in roles.filter_map(|role| role.quota.as_ref()) {
            let number = |number: i64| u64::try_from(number).ok().filter(|number| *number > 0);
            stated.rows_per_day = most(stated.rows_per_day, quota.rows_per_day.map(number));
            stated.concurrent_streams =
                most(stated.concurrent_streams, quota.concurrent_streams.map(i64::from).map(number));
        }
        stated
    }

    /// Whether `other` allows more than this in anything that this says something of.
    pub(crate) fn is_exceeded_by(self, other: Self) -> bool {
        let exceeds = |mine: Option<Option<u64>>, theirs: Option<Option<u64>>| match (mine, theirs) {
            (Some(Some(mine)), Some(theirs)) => theirs.is_none_or(|theirs| theirs > mine),
            _ => false,
        };
        exceeds(self.rows_per_day, other.rows_per_day)
            || exceeds(self.concurrent_streams, other.concurrent_streams)
    }

    pub(super) fn or_else(self, settings: &config::Limits) -> Quota {
        Quota {
            rows_per_day: self.rows_per_day.unwrap_or(settings.rows_per_day.get()),
            concurrent_streams: self.concurrent_streams.unwrap_or(settings.concurrent_streams.get()),
        }
    }
}

fn most(one: Option<Option<u64>>, other: Option<Option<u64>>) -> Option<Option<u64>> {
    match (one, other) {
        (Some(Some(one)), Some(Some(other))) => Some(Some(one.max(other))),
        (Some(_), Some(_)) => Some(None),
        (one, other) => one.or(other),
    }
}

/// Meters what a call takes. Clones meter for the same user.
#[derive(Clone, Default)]
pub struct Meter(Option<Inner>);

#[derive(Clone)]
struct Inner {
    limits: Arc<Limits>,
    usage: Arc<Usage>,
    quota: Quota,
}

/// A stream that counts as open, until it is dropped.
pub struct OpenStream(Arc<Usage>);

/// What a user has and has taken, for them to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Rows a day; none: no limit.
    pub rows_per_day: Option<u64>,
    /// Rows read today.
    pub rows_read: u64,
    /// When the next day begins.
    pub resets_in: Duration,
    /// Streams at once; none: no limit.
    pub concurrent_streams: Option<u64>,
    /// Streams that are open.
    pub open_streams: u64,
    /// Calls a second; none: no limit.
    pub requests_per_second: Option<u64>,
}

impl Meter {
    pub(super) fn new(limits: Arc<Limits>, usage: Arc<Usage>, quota: Quota) -> Self {
        Meter(Some(Inner { limits, usage, quota }))
    }

    /// Of nobody: there is nothing to count.
    pub fn none() -> Self {
        Meter(None)
    }

    /// Whether there are rows left. Asked before each page, so that the last one may go over by itself, and no further.
    ///
    /// # Errors
    /// [`Refusal::RowQuotaExceeded`]
    pub fn may_read(&self) -> Result<(), Error> {
        let Some(Inner { limits, usage, quota }) = &self.0 else { return Ok(()) };
        let Some(limit) = quota.rows_per_day else { return Ok(()) };
        if usage.lock().total(limits.today()) < limit {
            return Ok(());
        }
        metrics::counter!("sncgate_quota_exceeded_total", "quota" => "rows").increment(1);
        Err(Refusal::RowQuotaExceeded { limit, retry_after: limits.until_tomorrow() }.into())
    }

    /// So many rows went to the user.
    pub fn read(&self, rows: usize) {
        if let Some(Inner { limits, usage, .. }) = &self.0 {
            usage.lock().count(limits.today(), rows as u64);
        }
    }

    /// Counts one operation of many when there is room for it: a batch that was refused in the middle would be half
    /// done.
    pub async fn pace(&self) {
        if let Some(Inner { limits, usage, .. }) = &self.0
            && let Some(rate) = &limits.users
        {
            rate.wait(&usage.user_id).await;
        }
    }

    /// Opens a stream; none where there is nobody to count it for.
    ///
    /// # Errors
    /// [`Refusal::StreamQuotaExceeded`]
    pub fn open_stream(&self) -> Result<Option<OpenStream>, Error> {
        let Some(Inner { usage, quota, .. }) = &self.0 else { return Ok(None) };
        let open = usage.streams.fetch_add(1, Ordering::Relaxed);
        let stream = OpenStream(usage.clone()); // gives the place back where it was none
        match quota.concurrent_streams {
            Some(limit) if open >= limit => {
                metrics::counter!("sncgate_quota_exceeded_total", "quota" => "streams").increment(1);
                Err(Refusal::StreamQuotaExceeded { limit }.into())
            }
            _ => Ok(Some(stream)),
        }
    }

    /// What is left; none where there is nobody to count for.
    pub fn left(&self) -> Option<Left> {
        let Inner { limits, usage, quota } = self.0.as_ref()?;
        Some(Left {
            rows_per_day: quota.rows_per_day,
            rows_read: usage.lock().total(limits.today()),
            resets_in: limits.until_tomorrow(),
            concurrent_streams: quota.concurrent_streams,
            open_streams: usage.streams(),
            requests_per_second: limits.settings.user_requests_per_second.get(),
        })
    }
}

impl std::fmt::Debug for Meter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Meter").field("left", &self.left()).finish()
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_generous_role_that_says_something_counts() {
        let role = |rows: Option<i64>, streams: Option<i32>| pb::Role {
            quota: Some(pb::RoleQuota { rows_per_day: rows, concurrent_streams: streams }),
            ..pb::Role::default()
        };
        let silent = pb::Role::default();
        let of = |roles: &[pb::Role]| Stated::of(roles.iter());
        assert_eq!(of(std::slice::from_ref(&silent)), Stated::default());
        let stated = of(&[silent, role(Some(10), None), role(Some(20), Some(3))]);
        assert_eq!(stated, Stated { rows_per_day: Some(Some(20)), concurrent_streams: Some(Some(3)) });
        assert_eq!(
            of(&[role(Some(10), None), role(Some(0), None)]).rows_per_day,
            Some(None),
            "0 is no limit"
        );

        let settings = config::Limits::default();
        let default = Stated::default().or_else(&settings);
        assert_eq!((default.rows_per_day, default.concurrent_streams), (None, Some(1000)));
        assert_eq!(stated.or_else(&settings).rows_per_day, Some(20));

        for (mine, theirs, exceeds) in [
            (role(Some(10), None), role(Some(11), None), true),
            (role(Some(10), None), role(Some(0), None), true),
            (role(Some(10), None), role(Some(10), Some(9)), false),
            (role(None, None), role(Some(0), None), false),
            (role(Some(0), None), role(Some(0), None), false),
            (role(None, Some(1)), role(None, Some(2)), true),
        ] {
            assert_eq!(of(&[mine]).is_exceeded_by(of(&[theirs])), exceeds);
        }
    }
}
