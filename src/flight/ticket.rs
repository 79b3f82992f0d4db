//! Tickets: what they grant, and to whom, signed, for a time.

use ring::hmac;
use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::access::Principal;
use crate::error::{Error, Refusal};
use crate::export::Range;
use crate::export::since::{Cursor, Window};

/// How long a ticket may be used, seconds. A reading that began goes on after it.
pub(super) const LIFETIME: i64 = 3600;

/// Bytes of the signature.
const SIGNATURE: usize = 32;

/// One range of an export.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Grant {
    /// Which export: all of its tickets have the same.
    pub(super) export: String,
    /// Whose it is, by the user's id; empty where access control is off.
    pub(super) user: String,
    /// The export, its fields spelled out.
    pub(super) command: Command,
    /// The part of it.
    pub(super) range: Range,
    /// The time that its rows are of; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) window: Option<Window>,
    /// Where the next increment begins, in the ticket of an increment that has no other part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<Cursor>,
    /// Seconds since 1970.
    pub(super) expires: i64,
}

impl Grant {
    /// The rest of it, after a row that was given. It cannot know what a whole increment gave.
    pub(super) fn rest(&self, after: &str) -> Self {
        let range = Range { after: after.to_owned(), ..self.range.clone() };
        Self { range, cursor: None, ..self.clone() }
    }

    /// Fails where somebody else got it. What the one who got it may read is for their guard to say.
    pub(super) fn check(&self, principal: &Principal) -> Result<(), Refusal> {
        if self.user == principal.user_id { Ok(()) } else { Err(Refusal::TicketForeign) }
    }
}

/// Signs tickets, and tells its own from others.
pub(super) struct Key(hmac::Key);

impl Key {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The ticket's bytes.
    pub(super) fn sign(&self, grant: &Grant) -> Vec<u8> {
        let text = serde_json::to_vec(grant).expect("a struct of text and numbers serializes");
        let mut ticket = hmac::sign(&self.0, &text).as_ref().to_vec();
        ticket.extend(text);
        ticket
    }

    /// What a ticket grants at `now`.
    pub(super) fn verify(&self, ticket: &[u8], now: i64) -> Result<Grant, Error> {
        let forged = || Error::invalid("ticket", "was not issued by this gateway; call GetFlightInfo again");
        let (signature, text) = ticket.split_at_checked(SIGNATURE).ok_or_else(forged)?;
        hmac::verify(&self.0, text, signature).map_err(|_| forged())?;
        let grant: Grant = serde_json::from_slice(text).map_err(|_| forged())?;
        if now >= grant.expires {
            return Err(Error::invalid("ticket", "has expired; call GetFlightInfo again"));
        }
        Ok(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> Grant {
        let command = Command { table: "incident".to_owned(), ..Command::default() };
        Grant {
            export: "e".to_owned(),
            user: "u".to_owned(),
            command,
            range: Range::default(),
            window: None,
            cursor: None,
            expires: 1_000,
        }
    }

    #[test]
    fn a_ticket_is_good_as_issued_and_not_otherwise() {
        let key = Key::new(&[1; 32]);
        let ticket = key.sign(&grant());
        assert_eq!(key.verify(&ticket, 999).unwrap().command.table, "incident");
        let told =
            |result: Result<Grant, Error>| result.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(told(key.verify(&ticket, 1_000)).contains("expired"));
        assert!(told(Key::new(&[2; 32]).verify(&ticket, 1)).contains("not issued"));
        for place in 0..ticket.len() {
            let mut changed = ticket.clone();
            changed[place] ^= 1;
            assert!(told(key.verify(&changed, 1)).contains("not issued"), "byte {place}");
        }
        assert!(told(key.verify(&ticket[..20], 1)).contains("not issued"));
    }
}
