//! What every request has in common: names become valid names, deadlines become instants.

use std::time::Duration;

use servicenow::{DisplayMode, SysId};
use tokio::time::Instant;
use tonic::Status;
use tonic::metadata::MetadataMap;

use super::Deadlines;
use crate::access::Caller;
use crate::error::Error;
use crate::moment;
use crate::pb;

pub(super) use crate::moment::millis;
pub(super) use crate::schema::table_name as table;

/// Who makes the call, as the door noted it.
pub(crate) fn caller<T>(request: &tonic::Request<T>) -> Result<Caller, Error> {
    let caller = request.extensions().get::<Caller>().cloned();
    caller.ok_or_else(|| Error::internal("a call came past the door"))
}

/// A time of the store as a message has it.
pub(super) fn timestamp(millis: i64) -> Option<prost_types::Timestamp> {
    Some(moment::from_millis(millis))
}

/// The record's key, fit for a path.
pub(super) fn sys_id(text: &str) -> Result<SysId, Error> {
    if text.is_empty() {
        return Err(Error::invalid("sys_id", "is required"));
    }
    text.parse().map_err(|_| Error::invalid("sys_id", "must be at most 32 letters and digits"))
}

/// The caller's id of a call, in one spelling; `None` where it is empty.
pub(super) fn request_id(text: &str) -> Result<Option<String>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let id = uuid::Uuid::try_parse(text).map_err(|_| Error::invalid("request_id", "must be a UUID"))?;
    Ok(Some(id.to_string()))
}

/// How values are shown.
pub(super) fn display(value: i32) -> Result<DisplayMode, Error> {
    match pb::DisplayMode::try_from(value) {
        Ok(pb::DisplayMode::Unspecified | pb::DisplayMode::Value) => Ok(DisplayMode::Value),
        Ok(pb::DisplayMode::Display) => Ok(DisplayMode::Display),
        Ok(pb::DisplayMode::Both) => Ok(DisplayMode::Both),
        Err(_) => Err(Error::invalid("display", format!("{value} is no DisplayMode"))),
    }
}

/// A page size within its bounds; 0 is the default.
pub(super) fn page_size(value: i32, default: u64) -> Result<u64, Error> {
    page_size_up_to(value, default, 10_000)
}

/// A page size of a method with a bound of its own; 0 is the default.
pub(super) fn page_size_up_to(value: i32, default: u64, most: u64) -> Result<u64, Error> {
    match u64::try_from(value) {
        Ok(0) => Ok(default),
        Ok(size) if size <= most => Ok(size),
        _ => Err(Error::invalid("page_size", format!("{value} is not between 0 and {most}"))),
    }
}

/// Names of columns: none empty, none with characters that a column cannot have.
pub(super) fn fields(field: &'static str, names: Vec<String>) -> Result<Vec<String>, Error> {
    for name in &names {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
        if name.is_empty() || !name.chars().all(plain) {
            return Err(Error::invalid(
                field,
                format!("{name:?} is no column; columns look like caller_id.name"),
            ));
        }
    }
    Ok(names)
}

/// When a unary call must be done.
pub(super) fn deadline(metadata: &MetadataMap, deadlines: Deadlines) -> Instant {
    let wanted = timeout(metadata).unwrap_or(deadlines.default);
    Instant::now() + wanted.min(deadlines.max)
}

/// When a stream must be done: only where the caller says so. Each page has its own time-out all the same.
pub(crate) fn stream_deadline(metadata: &MetadataMap) -> Option<Instant> {
    timeout(metadata).and_then(|timeout| Instant::now().checked_add(timeout))
}

/// Runs the call until the deadline; dropping it cancels what it asked of the instance.
pub(super) async fn until<T>(
    deadline: Instant,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match tokio::time::timeout_at(deadline, call).await {
        Ok(result) => result,
        Err(_) => Err(Error::DeadlineExceeded),
    }
}

/// The same for a call that has a deadline only where the caller says so.
pub(super) async fn until_some<T>(
    deadline: Option<Instant>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match deadline {
        Some(deadline) => until(deadline, call).await,
        None => call.await,
    }
}

/// A message of the caller's stream that did not arrive whole: too large, or no message of the method.
pub(super) fn unreadable(status: Status) -> Error {
    Error::invalid("message", status.message())
}

/// `grpc-timeout`: at most eight digits and a unit. A malformed one counts as none.
fn timeout(metadata: &MetadataMap) -> Option<Duration> {
    let text = metadata.get("grpc-timeout")?.to_str().ok()?;
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    match unit {
        "H" => Some(Duration::from_secs(value * 3600)),
        "M" => Some(Duration::from_secs(value * 60)),
        "S" => Some(Duration::from_secs(value)),
        "m" => Some(Duration::from_millis(value)),
        "u" => Some(Duration::from_micros(value)),
        "n" => Some(Duration::from_nanos(value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_follow_the_specification() {
        let cases = [
            ("1S", Some(Duration::from_secs(1))),
            ("99999999H", Some(Duration::from_secs(99_999_999 * 3600))),
            ("250m", Some(Duration::from_millis(250))),
            ("5u", Some(Duration::from_micros(5))),
            ("7n", Some(Duration::from_nanos(7))),
            ("2M", Some(Duration::from_secs(120))),
            ("123456789S", None),
            ("S", None),
            ("1x", None),
            ("-1S", None),
        ];
        for (text, expected) in cases {
            let mut metadata = MetadataMap::new();
            metadata.insert("grpc-timeout", text.parse().unwrap());
            assert_eq!(timeout(&metadata), expected, "{text}");
        }
        assert_eq!(timeout(&MetadataMap::new()), None);
    }

    #[test]
    fn page_sizes_have_bounds() {
        assert_eq!(page_size(0, 100).unwrap(), 100);
        assert_eq!(page_size(10_000, 100).unwrap(), 10_000);
        assert!(page_size(-1, 100).is_err());
        assert!(page_size(10_001, 100).is_err());
        assert_eq!(page_size_up_to(1000, 100, 1000).unwrap(), 1000);
        assert!(page_size_up_to(1001, 100, 1000).is_err());
    }
}
