//! What Redis keeps of a thing: fields by name.

use std::collections::HashMap;
use std::str::FromStr;

use redis::{FromRedisValue, ParsingError, Value};

use crate::error::Error;

/// The fields of one thing, as they were written here.
#[derive(Debug, Default)]
pub(in crate::store) struct Fields(HashMap<String, Vec<u8>>);

impl FromRedisValue for Fields {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        HashMap::from_redis_value(value).map(Fields)
    }
}

impl Fields {
    /// There is no such thing.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(in crate::store) fn bytes(&mut self, name: &str) -> Result<Vec<u8>, Error> {
        self.0.remove(name).ok_or_else(|| broken(name))
    }

    pub(in crate::store) fn text(&mut self, name: &str) -> Result<String, Error> {
        String::from_utf8(self.bytes(name)?).map_err(|_| broken(name))
    }

    pub(in crate::store) fn hash(&mut self, name: &str) -> Result<[u8; 32], Error> {
        self.bytes(name)?.try_into().map_err(|_| broken(name))
    }

    pub(in crate::store) fn number<T: FromStr>(&mut self, name: &str) -> Result<T, Error> {
        self.text(name)?.parse().map_err(|_| broken(name))
    }

    /// What is empty is not there.
    pub(in crate::store) fn optional<T: FromStr>(&mut self, name: &str) -> Result<Option<T>, Error> {
        let text = self.text(name)?;
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(|_| broken(name)) }
    }

    /// Words with spaces between them.
    pub(in crate::store) fn words(&mut self, name: &str) -> Result<Vec<String>, Error> {
        let text = self.text(name)?;
        Ok(text.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect())
    }
}

fn broken(name: &str) -> Error {
    Error::internal(format!("the field {name} of something in Redis is missing or malformed"))
}
