//! What happens next.

use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::cast::{Cast, Open};
use crate::engine::{Engine, Error, Session, WriteMode};

/// Where things happen; most of it to incidents.
const TABLES: [&str; 3] = ["incident", "problem", "change_request"];

const SUBJECTS: [&str; 8] = [
    "Mail is not delivered to the warehouse",
    "VPN drops every few minutes",
    "The order form does not save",
    "Printer on the second floor prints blank pages",
    "Password expired during vacation",
    "Dashboard shows figures of last week",
    "Laptop does not wake up from sleep",
    "Batch job of the night did not finish",
];
const NOTES: [&str; 8] = [
    "Called back, no answer yet.",
    "Logs collected, handed to the next level.",
    "The user has confirmed that it happens again.",
    "Restarted the service, watching it.",
    "Waiting for a part.",
    "It also happens on another machine.",
    "Not reproducible in the test system.",
    "A workaround was given to the user.",
];
const CATEGORIES: [&str; 5] = ["inquiry", "software", "hardware", "network", "database"];

/// A change that was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Done {
    Inserted,
    Updated,
    Resolved,
    Deleted,
}

type Fields = Vec<(String, Option<String>)>;

/// The play: its cast and its chance.
pub(super) struct Script {
    cast: Cast,
    chance: ChaCha8Rng,
}

impl Script {
    pub(super) fn new(engine: &Engine, seed: u64) -> Result<Self, Error> {
        Ok(Script { cast: Cast::find(engine, &TABLES)?, chance: ChaCha8Rng::seed_from_u64(seed) })
    }

    /// Makes the next change; none where it was refused, or its record is gone.
    pub(super) fn next(&mut self, engine: &Engine) -> Option<Done> {
        let user = self.below(self.cast.users.len());
        let user = self.cast.users[user].clone();
        let kind = self.below(100);
        if kind < 20 || self.cast.len() == 0 {
            return self.insert(engine, &user);
        }
        let at = self.below(self.cast.len());
        let record = self.cast.get(at).clone();
        let (done, result) = match kind {
            20..40 => (Done::Updated, self.update(engine, &user, &record, Self::note)),
            40..75 => (Done::Updated, self.update(engine, &user, &record, Self::work)),
            75..92 if record.table == "incident" => {
                (Done::Resolved, self.update(engine, &user, &record, Self::resolve))
            }
            75..92 => (Done::Updated, self.update(engine, &user, &record, Self::note)),
            _ => (Done::Deleted, engine.delete(&user, record.table, &record.sys_id)),
        };
        let gone = matches!(result, Err(Error::NotFound));
        if gone || (result.is_ok() && matches!(done, Done::Resolved | Done::Deleted)) {
            self.cast.remove(at);
        }
        match result {
            Ok(()) => Some(done),
            Err(error) => {
                tracing::debug!(%error, table = record.table, sys_id = record.sys_id, "activity was refused");
                None
            }
        }
    }

    fn insert(&mut self, engine: &Engine, user: &Session) -> Option<Done> {
        let table = TABLES[[0, 0, 0, 0, 0, 0, 0, 1, 2, 2][self.below(10)]];
        // The script's own, so that the same seed makes the same records.
        let sys_id = format!("{:016x}{:016x}", self.chance.next_u64(), self.chance.next_u64());
        let mut fields = vec![
            field("sys_id", &sys_id),
            field("short_description", self.pick(&SUBJECTS)),
            field("impact", self.pick(&["1", "2", "3", "3"])),
            field("urgency", self.pick(&["1", "2", "2", "3"])),
        ];
        if table == "incident" {
            fields.push(field("category", self.pick(&CATEGORIES)));
            fields.push(field("caller_id", &user.user_id));
        }
        match engine.insert(user, table, fields, &WriteMode::default()) {
            Ok(sys_id) => {
                let instead = self.below(self.cast.len().max(1));
                self.cast.add(Open { table, sys_id }, instead);
                Some(Done::Inserted)
            }
            Err(error) => {
                tracing::debug!(%error, table, "activity was refused");
                None
            }
        }
    }

    fn update(
        &mut self,
        engine: &Engine,
        user: &Session,
        record: &Open,
        fields: fn(&mut Self, &Session) -> Fields,
    ) -> Result<(), Error> {
        let fields = fields(self, user);
        engine.update(user, record.table, &record.sys_id, fields, &WriteMode::default())
    }

    /// Somebody says something. An entry of a journal is always a change.
    fn note(&mut self, _: &Session) -> Fields {
        let journal = self.pick(&["comments", "work_notes"]);
        vec![field(journal, self.pick(&NOTES))]
    }

    /// Somebody takes it, or weighs it again, and says so.
    fn work(&mut self, user: &Session) -> Fields {
        let mut fields = vec![field("work_notes", self.pick(&NOTES))];
        if self.below(2) == 0 {
            fields.push(field("assigned_to", &user.user_id));
        } else {
            fields.push(field("urgency", self.pick(&["1", "2", "3"])));
        }
        fields
    }

    fn resolve(&mut self, _: &Session) -> Fields {
        vec![
            field("state", "6"),
            field("close_code", self.pick(&["Solution provided", "Workaround provided", "User error"])),
            field("close_notes", self.pick(&NOTES)),
        ]
    }

    fn pick(&mut self, texts: &[&'static str]) -> &'static str {
        texts[self.below(texts.len())]
    }

    /// 0 to `end` - 1.
    fn below(&mut self, end: usize) -> usize {
        let wide = u128::from(self.chance.next_u64()) * end as u128;
        usize::try_from(wide >> 64).expect("the upper half is less than the end")
    }
}

fn field(name: &str, value: &str) -> (String, Option<String>) {
    (name.to_owned(), Some(value.to_owned()))
}
