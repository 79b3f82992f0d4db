//! Lock-out: after some failures, each further one doubles the wait, for an account and for an address.
//!
//! A device that signed in before is counted by itself, so that strangers cannot lock its owner out.

use std::time::Duration;

use super::Access;
use crate::error::{Error, Refusal};
use crate::store::Failures;

/// Failures that cost nothing: people mistype.
const FREE_FOR_ACCOUNT: u32 = 5;
/// Several people may share an address.
const FREE_FOR_ADDRESS: u32 = 20;
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// Failures older than this no longer count.
const FORGET: i64 = 24 * 60 * 60 * 1000;

/// Who tries to sign in, from where.
pub(super) struct Attempt<'a> {
    pub(super) username: &'a str,
    pub(super) address: &'a str,
    /// The device proved that it signed in as this user before.
    pub(super) known_device: Option<&'a str>,
}

impl Attempt<'_> {
    /// What is counted, each with the failures that are free.
    fn subjects(&self) -> [(String, u32); 2] {
        let account = match self.known_device {
            Some(device) => format!("device {device} {}", self.username),
            None => format!("account {}", self.username),
        };
        [(account, FREE_FOR_ACCOUNT), (format!("address {}", self.address), FREE_FOR_ADDRESS)]
    }
}

impl Access {
    /// Fails while the account or the address has to wait.
    pub(super) async fn check_attempt(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        for (subject, free) in attempt.subjects() {
            let failures = self.store.failures(&subject).await?;
            if let Some(retry_after) = wait(failures, free, self.now()) {
                return Err(Refusal::AttemptsExceeded { retry_after }.into());
            }
        }
        Ok(())
    }

    pub(super) async fn count_failure(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        let now = self.now();
        for (subject, _) in attempt.subjects() {
            self.store.add_failure(&subject, now, now.saturating_sub(FORGET)).await?;
        }
        Ok(())
    }

    /// The account's failures are forgotten. Of the address's only the one counted ahead is: it may be trying other
    /// accounts.
    pub(super) async fn count_success(&self, attempt: &Attempt<'_>) -> Result<(), Error> {
        let [(account, _), (address, _)] = attempt.subjects();
        self.store.clear_failures(&account).await?;
        self.store.take_back_failure(&address).await
    }
}

/// How long it still has to wait.
fn wait(failures: Failures, free: u32, now: i64) -> Option<Duration> {
    let beyond = failures.count.checked_sub(free)?;
    let delay = Duration::from_secs(1 << beyond.min(20)).min(LONGEST);
    let until = failures.last_at.saturating_add(super::clock::millis(delay));
    (now < until).then(|| Duration::from_millis(until.abs_diff(now)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_to_a_bound() {
        let seconds = |count| wait(Failures { count, last_at: 1000 }, 5, 1000).map(|wait| wait.as_secs());
        assert_eq!([4, 5, 6, 7, 8].map(seconds), [None, Some(1), Some(2), Some(4), Some(8)]);
        assert_eq!(seconds(4_000_000_000), Some(900));
        assert_eq!(wait(Failures { count: 6, last_at: 1000 }, 5, 3000), None, "it is over");
    }
}
