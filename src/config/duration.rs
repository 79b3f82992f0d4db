//! Durations as people write them: "500ms", "30s", "10m", "1h", "2d".

use std::time::Duration;

use serde::Serializer;

/// From the largest, so that printing takes the first unit that divides.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a duration as "30s": one whole number and one of ms, s, m, h, d. None where it is anything else.
pub fn parse(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(digits);
    let (_, millis) = UNITS.iter().find(|(name, _)| *name == unit.trim())?;
    Some(Duration::from_millis(number.parse::<u64>().ok()?.checked_mul(*millis)?))
}

pub(super) fn print(duration: Duration) -> String {
    let millis = duration.as_millis();
    let exact = |(_, unit): &&(&str, u64)| millis > 0 && millis.is_multiple_of(u128::from(*unit));
    let (name, unit) = UNITS.iter().find(exact).unwrap_or(&("ms", 1));
    format!("{}{name}", millis / u128::from(*unit))
}

pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&print(*duration))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints() {
        let cases = [
            ("500ms", 500, "500ms"),
            ("30s", 30_000, "30s"),
            ("90s", 90_000, "90s"),
            ("120s", 120_000, "2m"),
            ("10m", 600_000, "10m"),
            ("1h", 3_600_000, "1h"),
            ("2 d", 172_800_000, "2d"),
            ("0s", 0, "0ms"),
        ];
        for (text, millis, printed) in cases {
            let duration = parse(text).expect(text);
            assert_eq!(duration, Duration::from_millis(millis), "{text}");
            assert_eq!(print(duration), printed, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_printed_reads_back(millis in 0_u64..=u64::MAX) {
            let duration = Duration::from_millis(millis);
            proptest::prop_assert_eq!(parse(&print(duration)), Some(duration));
        }

        #[test]
        fn no_text_is_too_much(text in ".*") {
            parse(&text);
        }
    }

    #[test]
    fn refuses_what_is_not_one_number_and_one_unit() {
        for text in
            ["", "30", "s", "1.5s", "-1s", "1h30m", "1w", "99999999999999999999s", "18446744073709551615d"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
