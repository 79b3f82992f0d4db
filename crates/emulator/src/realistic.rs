//! How an instance does under load: what a request costs, who waits for whom, and who is turned away.
//!
//! Off unless [`Builder::realistic`](crate::Builder::realistic) asks for it. The numbers are one plausible instance,
//! not a measurement of any: a client that does well here spreads its requests, asks for no more than it needs and
//! takes a refusal for what it is. Time is tokio's, so that a test may stop it. How requests are made to wait is the
//! business of `http::realistic`; what they do is not changed.

mod pool;
mod price;
mod rules;
mod sessions;
mod tally;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

pub(crate) use pool::{Place, Pool};
pub use price::Price;
pub(crate) use price::{Asked, Rate};
pub(crate) use rules::{RateRules, Standing, Wanted};
pub(crate) use sessions::{Sessions, Turn};
pub use tally::Pressure;
pub(crate) use tally::Tally;

/// The parameters of the model. The defaults are those of ServiceNow where it names them.
#[derive(Clone, Debug, PartialEq)]
pub struct Realistic {
    /// Requests of integrations that one node carries out at once: the semaphores of `API_INT`. Default 4.
    pub running: usize,
    /// Requests that wait for one of those places; a further one is answered 429, without headers of a rate limit.
    /// Default 50.
    pub queued: usize,
    /// Requests of one cookie session that wait for the one under way; a further one is answered 202 and not carried
    /// out, silently. Default 10.
    pub queued_in_session: usize,
    /// The transaction quota of the REST APIs: a request that runs longer breaks off. Default 60 s.
    pub quota: Duration,
    /// How old what is known of `sys_rate_limit_rules` may get, by the instance's clock. Default 30 s.
    pub rules_age: Duration,
    /// What requests cost.
    pub price: Price,
    /// By how much a request's costs vary: 0.2 is a fifth more or less. Default 0.2.
    pub jitter: f64,
    /// What the variation is drawn from. Default 1.
    pub seed: u64,
}

impl Default for Realistic {
    fn default() -> Self {
        Realistic {
            running: 4,
            queued: 50,
            queued_in_session: 10,
            quota: Duration::from_secs(60),
            rules_age: Duration::from_secs(30),
            price: Price::default(),
            jitter: 0.2,
            seed: 1,
        }
    }
}

/// The model at work.
pub(crate) struct Load {
    pub(crate) pool: Pool,
    pub(crate) sessions: Sessions,
    pub(crate) rules: RateRules,
    pub(crate) tally: Arc<Tally>,
    settings: Realistic,
    chance: Mutex<ChaCha8Rng>,
}

impl Load {
    pub(crate) fn new(settings: Realistic) -> Self {
        let tally = Arc::new(Tally::default());
        Load {
            pool: Pool::new(settings.running, settings.queued, Arc::clone(&tally)),
            sessions: Sessions::new(settings.queued_in_session),
            rules: RateRules::new(settings.rules_age),
            tally,
            chance: Mutex::new(ChaCha8Rng::seed_from_u64(settings.seed)),
            settings,
        }
    }

    /// How long a request may run.
    pub(crate) fn quota(&self) -> Duration {
        self.settings.quota
    }

    /// What the next request pays: the prices, varied by chance.
    pub(crate) fn rate(&self, asked: &Asked) -> Rate {
        let mut chance = self.chance.lock().unwrap_or_else(PoisonError::into_inner);
        let drawn = f64::from(chance.next_u32()) / f64::from(u32::MAX);
        Rate::new(&self.settings.price, asked, 1.0 + self.settings.jitter * (2.0 * drawn - 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_varies_the_same_way_within_the_bounds() {
        let drawn = |seed| {
            let load = Load::new(Realistic { seed, ..Realistic::default() });
            let asked = Asked::of("table.get", "");
            (0..100).map(|_| load.rate(&asked).request()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(1), drawn(1));
        assert_ne!(drawn(1), drawn(2));
        let base = Price::default().request;
        assert!(drawn(1).iter().all(|&cost| cost >= base.mul_f64(0.8) && cost <= base.mul_f64(1.2)));
    }
}
