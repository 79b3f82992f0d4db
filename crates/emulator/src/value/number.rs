//! Numbers as text: reading what requests write, grouping for display.

/// A finite number; anything else, `NaN`, `inf` and spaces included, is no number here.
pub(crate) fn parse(text: &str) -> Option<f64> {
    if text.is_empty()
        || text.bytes().any(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E'))
    {
        return None;
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// An amount of money: `500`, `USD;500.00`, `$1,234.50`.
pub(crate) fn currency(text: &str) -> Option<f64> {
    let amount = text.rsplit(';').next()?.trim().replace(['$', ','], "");
    parse(&amount)
}

/// `true`, `1`, `yes`, `on` and their opposites, in any case.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// The shortest plain text of a number: `5`, `0.25`.
pub(crate) fn plain(number: f64) -> String {
    if number == 0.0 { "0".to_owned() } else { number.to_string() }
}

/// `102197` as `102,197`; a fraction stays as it is.
pub(crate) fn grouped(plain: &str) -> String {
    let (sign, rest) = match plain.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", plain),
    };
    let (whole, fraction) = match rest.find('.') {
        Some(point) => rest.split_at(point),
        None => (rest, ""),
    };
    let mut out = String::with_capacity(plain.len() + whole.len() / 3);
    out.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out.push_str(fraction);
    out
}

/// `1234.5` as `$1,234.50`.
pub(crate) fn money(amount: f64) -> String {
    let text = grouped(&format!("{:.2}", amount.abs()));
    if amount < 0.0 { format!("-${text}") } else { format!("${text}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let cases = [
            ("1", "1"),
            ("999", "999"),
            ("1000", "1,000"),
            ("102197", "102,197"),
            ("-1234567.25", "-1,234,567.25"),
        ];
        for (plain, expected) in cases {
            assert_eq!(grouped(plain), expected);
        }
        assert_eq!(money(1234.5), "$1,234.50");
        assert_eq!(money(-0.5), "-$0.50");
        assert_eq!(plain(5.0), "5");
        assert_eq!(plain(-0.0), "0");
    }

    #[test]
    fn only_numbers_are_numbers() {
        for text in ["abc", "", " 1", "NaN", "inf", "=1", "1,2", "0x10", "1e999"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("-1.5"), Some(-1.5));
        assert_eq!(currency("USD;500.00"), Some(500.0));
        assert_eq!(currency("$1,234.50"), Some(1234.5));
        assert_eq!(boolean("TRUE"), Some(true));
        assert_eq!(boolean("maybe"), None);
    }
}
