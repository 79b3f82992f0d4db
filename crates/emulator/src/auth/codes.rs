//! Authorization codes: each is traded once, soon, by the client it was made for (RFC 6749, section 4.1; RFC 7636).

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};

use super::token::oauth_token;
use crate::clock::Clock;

/// Codes that wait to be traded at once; beyond it the oldest go.
const CAPACITY: usize = 1_024;

/// What a code verifier must hash to, or be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    /// `S256`: its SHA-256.
    Hashed(String),
    /// `plain`: itself.
    Plain(String),
}

impl Challenge {
    /// Reads the parameters of a request; no method means `plain`. `None` where the method is unknown or the
    /// challenge has not the form of one.
    pub(crate) fn new(challenge: &str, method: Option<&str>) -> Option<Self> {
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let fits = (43..=128).contains(&challenge.len()) && challenge.bytes().all(unreserved);
        match method {
            _ if !fits => None,
            Some("S256") => Some(Challenge::Hashed(challenge.to_owned())),
            Some("plain") | None => Some(Challenge::Plain(challenge.to_owned())),
            Some(_) => None,
        }
    }

    fn met_by(&self, verifier: &str) -> bool {
        match self {
            Challenge::Plain(expected) => expected == verifier,
            Challenge::Hashed(expected) => {
                *expected == URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
            }
        }
    }
}

/// What a person consented to.
#[derive(Clone, Debug)]
pub(crate) struct Consent {
    /// The client's id.
    pub(crate) client: String,
    /// Who consented.
    pub(crate) user_name: String,
    /// Where the code was sent, to the letter.
    pub(crate) redirect_uri: String,
    /// Absent where the request had none.
    pub(crate) challenge: Option<Challenge>,
}

/// The codes that have not been traded yet.
pub(crate) struct Codes {
    clock: Clock,
    life: TimeDelta,
    waiting: Mutex<HashMap<String, (Consent, DateTime<Utc>)>>,
}

impl Codes {
    /// No codes yet; each lives for so many seconds.
    pub(crate) fn new(clock: Clock, seconds: u64) -> Self {
        let life = TimeDelta::seconds(i64::try_from(seconds.min(86_400)).expect("a day of seconds fits"));
        Codes { clock, life, waiting: Mutex::default() }
    }

    /// A new code for a consent.
    pub(crate) fn issue(&self, consent: Consent) -> String {
        let now = self.clock.now();
        let mut waiting = self.waiting.lock().expect("no holder of this lock can panic");
        waiting.retain(|_, (_, expires)| *expires > now);
        if waiting.len() >= CAPACITY {
            let oldest =
                waiting.iter().min_by_key(|(_, (_, expires))| *expires).map(|(code, _)| code.clone());
            oldest.map(|code| waiting.remove(&code));
        }
        let code = oauth_token();
        waiting.insert(code.clone(), (consent, now + self.life));
        code
    }

    /// The user who consented, if everything is as it was asked for. Whatever the answer, the code is spent.
    pub(crate) fn trade(
        &self,
        code: &str,
        client: &str,
        redirect_uri: &str,
        verifier: Option<&str>,
    ) -> Option<String> {
        let mut waiting = self.waiting.lock().expect("no holder of this lock can panic");
        let (consent, expires) = waiting.remove(code)?;
        let proven = match (&consent.challenge, verifier) {
            (Some(challenge), Some(verifier)) => challenge.met_by(verifier),
            (None, None) => true,
            // A verifier without a challenge: the challenge was taken out of the request on its way.
            _ => false,
        };
        let good = expires > self.clock.now()
            && consent.client == client
            && consent.redirect_uri == redirect_uri
            && proven;
        good.then_some(consent.user_name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const HASHED: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    fn codes() -> (Clock, Codes) {
        let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
        (clock.clone(), Codes::new(clock, 60))
    }

    fn consent(challenge: Option<Challenge>) -> Consent {
        let (client, user_name) = ("app".to_owned(), "ann".to_owned());
        Consent { client, user_name, redirect_uri: "http://a/cb".to_owned(), challenge }
    }

    #[test]
    fn a_code_is_good_for_its_client_uri_and_verifier_only() {
        let hashed = || Challenge::new(HASHED, Some("S256"));
        let plain = || Challenge::new(VERIFIER, None);
        for (challenge, client, uri, verifier, good) in [
            (hashed(), "app", "http://a/cb", Some(VERIFIER), true),
            (plain(), "app", "http://a/cb", Some(VERIFIER), true),
            (None, "app", "http://a/cb", None, true),
            (hashed(), "app", "http://a/cb", Some(HASHED), false),
            (hashed(), "app", "http://a/cb", None, false),
            (None, "app", "http://a/cb", Some(VERIFIER), false),
            (hashed(), "other", "http://a/cb", Some(VERIFIER), false),
            (hashed(), "app", "http://a/cb2", Some(VERIFIER), false),
        ] {
            let (_, codes) = codes();
            let code = codes.issue(consent(challenge.clone()));
            let user = codes.trade(&code, client, uri, verifier);
            assert_eq!(user.as_deref(), good.then_some("ann"), "{challenge:?} {client} {uri} {verifier:?}");
            assert_eq!(codes.trade(&code, "app", "http://a/cb", Some(VERIFIER)), None, "it is spent");
        }
    }

    #[test]
    fn a_code_dies_soon() {
        let (clock, codes) = codes();
        let code = codes.issue(consent(None));
        clock.set(clock.now() + TimeDelta::seconds(60));
        assert_eq!(codes.trade(&code, "app", "http://a/cb", None), None);
    }

    #[test]
    fn a_challenge_has_a_form() {
        assert_eq!(Challenge::new("short", Some("S256")), None);
        assert_eq!(Challenge::new(HASHED, Some("S512")), None);
        assert_eq!(Challenge::new(&"ü".repeat(43), None), None);
        assert_eq!(Challenge::new(HASHED, Some("plain")), Some(Challenge::Plain(HASHED.into())));
    }

    #[test]
    fn many_codes_stay_bounded() {
        let (_, codes) = codes();
        for _ in 0..CAPACITY + 5 {
            codes.issue(consent(None));
        }
        assert_eq!(codes.waiting.lock().unwrap().len(), CAPACITY);
    }
}
