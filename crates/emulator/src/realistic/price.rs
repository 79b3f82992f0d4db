//! What a request costs, in time.

use std::time::Duration;

use crate::http::Parameters;

/// Bytes that are paid for at once.
const KIBIBYTE: f64 = 1024.0;

/// What a request costs. All of it is paid while the request holds its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Price {
    /// Any request: the session, the access rules of its API, the way there and back. Default 40 ms.
    pub request: Duration,
    /// A request within a batch. Default 10 ms.
    pub sub_request: Duration,
    /// A write besides: its business rules. Default 40 ms.
    pub write: Duration,
    /// An aggregate besides. Default 60 ms.
    pub aggregate: Duration,
    /// A row of a reply: its access rules. Default 150 µs.
    pub row: Duration,
    /// The same row with display values, besides. Default 150 µs.
    pub shown_row: Duration,
    /// One dot-walked field of a row, besides. Default 20 µs.
    pub walked_field: Duration,
    /// A row that `sysparm_offset` skips: the database reads it all the same. Default 5 µs.
    pub skipped_row: Duration,
    /// Counting the rows that match, which `sysparm_no_count` saves. Default 5 ms.
    pub count: Duration,
    /// A row that is counted. Default 1 µs.
    pub counted_row: Duration,
    /// 1024 bytes of a body, either way. Default 20 µs.
    pub kibibyte: Duration,
}

impl Default for Price {
    fn default() -> Self {
        let (millis, micros) = (Duration::from_millis, Duration::from_micros);
        Price {
            request: millis(40),
            sub_request: millis(10),
            write: millis(40),
            aggregate: millis(60),
            row: micros(150),
            shown_row: micros(150),
            walked_field: micros(20),
            skipped_row: micros(5),
            count: millis(5),
            counted_row: micros(1),
            kibibyte: micros(20),
        }
    }
}

/// What is dear about a request, as far as it shows before it is carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    sub: bool,
    write: bool,
    aggregate: bool,
    shown: bool,
    walked: u32,
    skipped: u64,
}

impl Asked {
    /// Of a request of that kind, as the counters name it, with that query string.
    pub(crate) fn of(kind: &str, query: &str) -> Self {
        let parameters = Parameters::parse(query);
        let walked = parameters.list("sysparm_fields").iter().filter(|field| field.contains('.')).count();
        Asked {
            sub: false,
            write: matches!(
                kind.rsplit('.').next(),
                Some("create" | "update" | "delete" | "upload" | "import")
            ),
            aggregate: kind == "stats",
            shown: parameters.display().shows(),
            walked: u32::try_from(walked).unwrap_or(u32::MAX),
            skipped: if kind.ends_with(".list") {
                parameters.number("sysparm_offset").unwrap_or(0)
            } else {
                0
            },
        }
    }
}

impl Asked {
    /// The same within a batch.
    pub(crate) fn in_batch(self) -> Self {
        Asked { sub: true, ..self }
    }
}

/// What one request pays for each of its parts.
#[derive(Clone, Debug)]
pub(crate) struct Rate {
    request: Duration,
    row: Duration,
    count: Duration,
    counted_row: Duration,
    kibibyte: Duration,
}

impl Rate {
    /// The prices for what is asked, times `factor`.
    pub(super) fn new(price: &Price, asked: &Asked, factor: f64) -> Self {
        let when = |holds: bool, cost: Duration| if holds { cost } else { Duration::ZERO };
        let request = if asked.sub { price.sub_request } else { price.request };
        let request = request
            + when(asked.write, price.write)
            + when(asked.aggregate, price.aggregate)
            + times(price.skipped_row, asked.skipped);
        let row =
            price.row + when(asked.shown, price.shown_row) + price.walked_field.saturating_mul(asked.walked);
        let vary = |cost: Duration| cost.mul_f64(factor.max(0.0));
        Rate {
            request: vary(request),
            row: vary(row),
            count: vary(price.count),
            counted_row: vary(price.counted_row),
            kibibyte: vary(price.kibibyte),
        }
    }

    /// Before anything is done.
    pub(crate) fn request(&self) -> Duration {
        self.request
    }

    /// Counting so many rows.
    pub(crate) fn count(&self, rows: u64) -> Duration {
        self.count + times(self.counted_row, rows)
    }

    /// So many rows in so many bytes.
    pub(crate) fn content(&self, rows: u64, bytes: u64) -> Duration {
        #[expect(clippy::cast_precision_loss, reason = "nobody notices a byte of a petabyte")]
        let kibibytes = bytes as f64 / KIBIBYTE;
        times(self.row, rows) + self.kibibyte.mul_f64(kibibytes)
    }
}

/// No cost is longer than this: it is over every quota.
const MOST: Duration = Duration::from_secs(1_000_000);

fn times(cost: Duration, many: u64) -> Duration {
    u32::try_from(many).map_or(MOST, |many| cost.saturating_mul(many)).min(MOST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dearer() {
        let cost = |kind: &str, query: &str, rows: u64| {
            let rate = Rate::new(&Price::default(), &Asked::of(kind, query), 1.0);
            rate.request() + rate.content(rows, 0)
        };
        let micros = |kind: &str, query: &str, rows| cost(kind, query, rows).as_micros();
        for (kind, query, rows, expected) in [
            ("table.get", "", 1, 40_150),
            ("table.list", "sysparm_limit=1000", 1_000, 190_000),
            ("table.list", "sysparm_display_value=all", 1_000, 340_000),
            ("table.list", "sysparm_fields=a,b.c,d.e.f", 1_000, 230_000),
            ("table.list", "sysparm_offset=100000", 0, 540_000),
            ("table.get", "sysparm_offset=100000", 0, 40_000),
            ("table.create", "", 0, 80_000),
            ("import", "", 0, 80_000),
            ("stats", "", 0, 100_000),
        ] {
            assert_eq!(micros(kind, query, rows), expected, "{kind} {query}");
        }
    }

    #[test]
    fn a_cost_has_an_end() {
        let rate =
            Rate::new(&Price::default(), &Asked::of("table.list", "sysparm_offset=99999999999999"), 2.0);
        assert_eq!(rate.request(), (Price::default().request + MOST) * 2);
        assert!(rate.content(u64::MAX, u64::MAX) >= MOST);
        assert_eq!(rate.count(1_000_000).as_millis(), 2_010);
    }
}
