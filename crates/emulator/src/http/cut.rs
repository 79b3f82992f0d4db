//! A list that breaks off between two rows and goes on with the error of the transaction quota, within a 200.

use bytes::Bytes;

use super::failure::Failure;

/// How a reply with a list begins.
const BEGINNING: &[u8] = br#"{"result":["#;

/// The rows in the first `share` of a piece of a list, and the error after them. None where nothing can be cut: the
/// piece is no JSON list, or it is the first and no row fits.
pub(super) fn list(piece: &Bytes, share: f64, first: bool) -> Option<Bytes> {
    let begins = piece.starts_with(BEGINNING);
    let goes_on = piece.starts_with(b",{") || piece.starts_with(b"]");
    if if first { !begins } else { !goes_on } {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "share is between 0 and 1")]
    let fits = (piece.len() as f64 * share) as usize;
    let end = piece[..fits.min(piece.len())].windows(3).rposition(|bytes| bytes == b"},{").map(|at| at + 1);
    match end {
        Some(end) => Some(with_error(&piece[..end])),
        None if first => None,
        None => Some(with_error(&[])),
    }
}

/// Rows of an open list, and the end that a quota gives it.
pub(super) fn with_error(rows: &[u8]) -> Bytes {
    let mut out = rows.to_vec();
    out.extend_from_slice(b"],");
    out.extend_from_slice(Failure::over_quota().json_members().as_bytes());
    out.push(b'}');
    out.into()
}

/// As [`list`] for a whole reply and half of it; a list without a whole row there keeps none.
pub(super) fn half(reply: Bytes) -> Bytes {
    if !reply.starts_with(BEGINNING) || !reply.ends_with(b"]}") {
        return reply;
    }
    list(&reply, 0.5, true).unwrap_or_else(|| with_error(BEGINNING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_rows_come_before_the_error() {
        let list_of = br#"{"result":[{"a":"1"},{"a":"2"},{"a":"3"},{"a":"4"}]}"#;
        let more = br#",{"a":"5"},{"a":"6"}]}"#;
        for (piece, share, first, rows) in [
            (&list_of[..], 1.0, true, Some(3)),
            (list_of, 0.5, true, Some(1)),
            (list_of, 0.0, true, None),
            (br#"{"result":{"a":"1"}}"#, 1.0, true, None),
            (more, 1.0, false, Some(1)),
            (more, 0.1, false, Some(0)),
            (b"]}", 0.0, false, Some(0)),
            (b"\x89PNG", 1.0, false, None),
        ] {
            let found = list(&Bytes::copy_from_slice(piece), share, first).map(|cut| {
                let before = if first { "" } else { r#"{"result":[{"a":"0"}"# };
                let text = format!("{before}{}", std::str::from_utf8(&cut).unwrap());
                let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert_eq!(json["status"], "failure", "{text}");
                json["result"].as_array().unwrap().len() - usize::from(!first)
            });
            assert_eq!(found, rows, "{} {share}", String::from_utf8_lossy(piece));
        }
    }
}
