//! `{"result":…}`, with the errors that hide in it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};

use crate::Error;
use crate::error::classify::{self, ErrorBody};

/// Decodes the whole of a reply whose status says success; `seed` takes the `result`.
pub(crate) fn envelope<'de, S: DeserializeSeed<'de>>(body: &'de [u8], seed: S) -> Result<S::Value, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let parsed = Envelope { seed }.deserialize(&mut deserializer);
    let parsed = parsed.and_then(|contents| deserializer.end().map(|()| contents));
    match parsed {
        Ok(Contents { error: Some(error), .. }) => Err(classify::inside_success(error, 200)),
        Ok(Contents { result: Some(result), .. }) => Ok(result),
        Ok(Contents { result: None, .. }) => Err(Error::Decode("there is no `result`".to_owned())),
        Err(error) => Err(broken(body, &error)),
    }
}

/// The parser's own text may quote values of the row, so only the place is told.
pub(crate) fn broken(body: &[u8], error: &serde_json::Error) -> Error {
    if let Some(error) = classify::inside_broken(body, 200) {
        return error;
    }
    if error.is_eof() {
        return Error::Truncated { bytes: body.len() };
    }
    let what = if error.is_data() { "unexpected data" } else { "invalid JSON" };
    Error::Decode(format!("{what} at line {} column {}", error.line(), error.column()))
}

struct Envelope<S> {
    seed: S,
}

struct Contents<'de, T> {
    result: Option<T>,
    error: Option<ErrorBody<'de>>,
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Envelope<S> {
    type Value = Contents<'de, S::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for Envelope<S> {
    type Value = Contents<'de, S::Value>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object with a `result`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut seed = Some(self.seed);
        let mut contents = Contents { result: None, error: None };
        while let Some(key) = map.next_key_seed(super::cell::TextSeed)? {
            match (&*key, seed.take()) {
                ("result", Some(seed)) => contents.result = Some(map.next_value_seed(seed)?),
                ("error", kept) => {
                    seed = kept;
                    contents.error = map.next_value()?;
                }
                (_, kept) => {
                    seed = kept;
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(contents)
    }
}
