//! A task as Redis gives it: values in the order of [`FIELDS`], then what else belongs to the answer.

use prost::Message;
use redis::{FromRedisValue, ParsingError, Value};

use crate::error::Error;
use crate::moment;
use crate::pb;
use crate::store::tasks::{Claimed, Task};

/// As `read` in `tasks.lua` has them.
pub(super) const FIELDS: [&str; 12] = [
    "message",
    "state",
    "revision",
    "attempts",
    "owner_id",
    "key_id",
    "due_at",
    "checkpoint",
    "worker",
    "lease_until",
    "fence",
    "claimed_at",
];

/// Values that are taken one by one.
pub(super) struct Row(std::vec::IntoIter<Vec<u8>>);

impl From<Vec<Vec<u8>>> for Row {
    fn from(values: Vec<Vec<u8>>) -> Self {
        Row(values.into_iter())
    }
}

impl FromRedisValue for Row {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        Vec::<Vec<u8>>::from_redis_value(value).map(Row::from)
    }
}

impl Row {
    fn bytes(&mut self) -> Result<Vec<u8>, Error> {
        self.0.next().ok_or_else(|| Error::internal("Redis gave less of a task than it has"))
    }

    pub(super) fn text(&mut self) -> Result<String, Error> {
        String::from_utf8(self.bytes()?).map_err(Error::internal)
    }

    pub(super) fn number(&mut self) -> Result<i64, Error> {
        self.text()?.parse().map_err(Error::internal)
    }

    /// The next twelve.
    pub(super) fn task(&mut self) -> Result<Task, Error> {
        let mut message = pb::Task::decode(self.bytes()?.as_slice()).map_err(Error::internal)?;
        message.state = self.number()?.try_into().map_err(Error::internal)?;
        message.revision = self.number()?;
        message.attempt_count = self.number()?.try_into().map_err(Error::internal)?;
        Ok(Task {
            message,
            owner_id: self.text()?,
            key_id: self.text()?,
            due_at: self.number()?,
            checkpoint: self.bytes()?,
            worker: self.text()?,
            lease_until: self.number()?,
            fence: self.number()?,
            claimed_at: self.number()?,
        })
    }

    /// The same, and who had it before.
    pub(super) fn claimed(&mut self) -> Result<Claimed, Error> {
        let task = self.task()?;
        let (worker, since) = (self.text()?, self.text()?);
        let taken_from = match since.as_str() {
            "" => None,
            since => Some((worker, since.parse().map_err(Error::internal)?)),
        };
        Ok(Claimed { task, taken_from })
    }
}

pub(super) fn encoded(message: &pb::Task) -> Vec<u8> {
    message.encode_to_vec()
}

/// In milliseconds; empty: it has not ended.
pub(super) fn ended_at(message: &pb::Task) -> String {
    let end = message.end_time.as_ref();
    end.map_or_else(String::new, |time| moment::millis(time).to_string())
}
