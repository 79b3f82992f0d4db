//! `NOCASE_UNICODE`: text compares without case, as on ServiceNow's database.

use std::cmp::Ordering;

use rusqlite::Connection;

use super::Error;

pub(super) fn register(connection: &Connection) -> Result<(), Error> {
    Ok(connection.create_collation("NOCASE_UNICODE", compare)?)
}

/// Compares by lower-case letters. Letters beyond ASCII take the slow way.
fn compare(left: &str, right: &str) -> Ordering {
    for (a, b) in left.bytes().zip(right.bytes()) {
        if !a.is_ascii() || !b.is_ascii() {
            return folded(left).cmp(folded(right));
        }
        if a != b {
            let order = a.to_ascii_lowercase().cmp(&b.to_ascii_lowercase());
            if order.is_ne() {
                // The rest may hold letters whose folding is longer, but never one that changes this place.
                return order;
            }
        }
    }
    left.len().cmp(&right.len())
}

/// The text's lower-case letters.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_does_not_matter() {
        for (left, right, order) in [
            ("abel", "ABEL", Ordering::Equal),
            ("Érica", "éRICA", Ordering::Equal),
            ("Ärger", "ärger!", Ordering::Less),
            ("a", "B", Ordering::Less),
            ("ab", "a", Ordering::Greater),
            ("", "a", Ordering::Less),
            ("z", "é", Ordering::Less),
            ("Straße", "STRAße", Ordering::Equal),
        ] {
            assert_eq!(compare(left, right), order, "{left} {right}");
            assert_eq!(compare(right, left), order.reverse(), "{right} {left}");
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_agrees_with_the_slow_one(left in "[a-zA-Zé É]{0,6}", right in "[a-zA-Zé É]{0,6}") {
            prop_assert_eq!(compare(&left, &right), folded(&left).cmp(folded(&right)));
        }
    }
}
