//! Windows of time, by the instance's own stamps.

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Serialize};
use servicenow::query::{Condition, Operator, Query};
use servicenow::{List, Read, Record, date_time_text};

use crate::access::Guard;
use crate::error::Error;
use crate::export::Spec;
use crate::instance::Subject;
use crate::records;

/// The column that says when a row was last written.
pub(super) const UPDATED: &str = "sys_updated_on";
/// Rows that are looked at for the latest stamp: the first may be hidden.
const LOOKED_AT: u64 = 20;

/// Seconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The first.
    pub from: i64,
    /// The last; none for no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

impl Window {
    /// The rows of the window only.
    pub fn narrow(&self, spec: Spec) -> Spec {
        let mut query = spec.query.also(after(UPDATED, self.from));
        if let Some(until) = self.until {
            query = query.also(Condition::new(UPDATED, Operator::LessOrEqual, text(until)));
        }
        Spec { query, ..spec }
    }
}

/// Of that second or later.
pub(super) fn after(column: &str, from: i64) -> Condition {
    Condition::new(column, Operator::GreaterOrEqual, text(from))
}

/// As instances store it: literals of queries are UTC.
fn text(seconds: i64) -> String {
    date_time_text(DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH))
}

/// Back from there.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let moment = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(moment.and_utc().timestamp())
}

/// The latest stamp among the rows that the caller may read; 0 where there is none. It is the instance's clock that
/// counts, but no stamp of the future does: rows that are written now would lie before it.
pub(super) async fn reached(guard: &Guard, now: i64) -> Result<i64, Error> {
    records::check_deciding(guard, [UPDATED]).await?;
    let query = guard.narrow(Query::new().order_by_desc(UPDATED)).await?;
    let read = Read { fields: vec![UPDATED.to_owned()], exclude_reference_link: true, ..Read::default() };
    let list = List { query, read, limit: LOOKED_AT, ..List::default() };
    let client = guard.instance.bulk();
    let call = client.list::<Record>(guard.table(), &list);
    let page = guard.instance.call("export_reached", Subject::table(guard.table()), call).await?;
    let latest = page.rows.iter().filter_map(|row| seconds(row.value(UPDATED)?)).max();
    Ok(latest.unwrap_or(0).min(now))
}

/// The same for an export that can do without.
pub(super) async fn reached_if_known(guard: &Guard, now: i64) -> Option<i64> {
    match reached(guard, now).await {
        Ok(reached) => Some(reached),
        Err(error) => {
            tracing::debug!(%error, table = guard.table(), "the export has no cursor");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_bounds_every_alternative() {
        let spec = Spec {
            table: "incident".parse().unwrap(),
            query: Query::parse("active=true^NQpriority=1"),
            fields: Vec::new(),
            display: servicenow::DisplayMode::Value,
            types: columnar::Types::Typed,
        };
        let window = Window { from: 0, until: Some(86_399) };
        let bounds = "sys_updated_on>=1970-01-01 00:00:00^sys_updated_on<=1970-01-01 23:59:59";
        let expected = format!("active=true^{bounds}^NQpriority=1^{bounds}");
        assert_eq!(window.narrow(spec.clone()).query.to_string(), expected);
        let all = Window { from: 5, until: None }.narrow(Spec { query: Query::new(), ..spec });
        assert_eq!(all.query.to_string(), "sys_updated_on>=1970-01-01 00:00:05");
    }

    #[test]
    fn stamps_come_back() {
        for stamp in [0, 86_399, 1_767_225_600] {
            assert_eq!(seconds(&text(stamp)), Some(stamp));
        }
        assert_eq!(seconds(""), None);
    }
}
