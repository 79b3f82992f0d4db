//! Pages of a list that is whole in memory.

use crate::error::Error;
use crate::records::{Fingerprint, PageToken};

/// Cuts one page out of `all`; the token says where the next starts, empty on the last.
pub(super) fn cut<T>(
    all: Vec<T>,
    page_size: u64,
    page_token: &str,
    fingerprint: &Fingerprint,
) -> Result<(Vec<T>, String), Error> {
    let offset = match page_token {
        "" => 0,
        text => PageToken::decode(text, fingerprint)?.offset,
    };
    let start = usize::try_from(offset).unwrap_or(usize::MAX);
    let size = usize::try_from(page_size).unwrap_or(usize::MAX);
    let total = all.len();
    let page: Vec<T> = all.into_iter().skip(start).take(size).collect();
    let end = start.saturating_add(page.len());
    let next = if end < total && !page.is_empty() {
        PageToken::encode(fingerprint, end as u64)
    } else {
        String::new()
    };
    Ok((page, next))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_any_size_hold_everything_once() {
        let all: Vec<u32> = (0..23).collect();
        let fingerprint = Fingerprint::of(b"tables");
        for size in [1, 5, 16, 23, 100] {
            let (mut seen, mut token) = (Vec::new(), String::new());
            loop {
                let (page, next) = cut(all.clone(), size, &token, &fingerprint).unwrap();
                seen.extend(page);
                token = next;
                if token.is_empty() {
                    break;
                }
            }
            assert_eq!(seen, all, "page size {size}");
        }
    }
}
