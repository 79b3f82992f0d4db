//! `Range: bytes=…`: which part of the content is wanted.

use http::HeaderMap;
use http::header::{IF_RANGE, RANGE};

/// What part of a content of some size is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// From the first byte to the last, both included.
    Between(u64, u64),
    /// A range that holds no byte: 416.
    Nowhere,
}

/// One range is served. Several, other units, and nonsense get the whole content, and so does a condition: there
/// is no tag that could fulfil it.
pub(super) fn part(headers: &HeaderMap, size: u64) -> Part {
    let Some(range) = headers.get(RANGE).and_then(|value| value.to_str().ok()) else { return Part::Whole };
    if headers.contains_key(IF_RANGE) {
        return Part::Whole;
    }
    parse(range, size).unwrap_or(Part::Whole)
}

fn parse(range: &str, size: u64) -> Option<Part> {
    let (first, last) = range.trim().strip_prefix("bytes=")?.split_once('-')?;
    let end = size.checked_sub(1);
    if first.is_empty() {
        let length: u64 = last.parse().ok()?;
        return Some(match end {
            Some(end) if length > 0 => Part::Between(size.saturating_sub(length), end),
            _ => Part::Nowhere,
        });
    }
    let first: u64 = first.parse().ok()?;
    let last = if last.is_empty() { u64::MAX } else { last.parse().ok()? };
    if last < first {
        return None;
    }
    Some(match end {
        Some(end) if first <= end => Part::Between(first, last.min(end)),
        _ => Part::Nowhere,
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn parts() {
        for (range, size, expected) in [
            ("bytes=0-", 10, Part::Between(0, 9)),
            ("bytes=3-5", 10, Part::Between(3, 5)),
            ("bytes=3-500", 10, Part::Between(3, 9)),
            ("bytes=-4", 10, Part::Between(6, 9)),
            ("bytes=-40", 10, Part::Between(0, 9)),
            ("bytes=10-", 10, Part::Nowhere),
            ("bytes=0-", 0, Part::Nowhere),
            ("bytes=-0", 10, Part::Nowhere),
            ("bytes=5-3", 10, Part::Whole),
            ("bytes=0-1,4-5", 10, Part::Whole),
            ("lines=0-1", 10, Part::Whole),
            ("bytes=x-", 10, Part::Whole),
            ("bytes=-", 10, Part::Whole),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(range));
            assert_eq!(part(&headers, size), expected, "{range} of {size}");
            headers.insert(IF_RANGE, HeaderValue::from_static("\"x\""));
            assert_eq!(part(&headers, size), Part::Whole, "{range} of {size} on a condition");
        }
        assert_eq!(part(&HeaderMap::new(), 10), Part::Whole);
    }
}
