//! Codes that people copy from a browser to where they began: short, and without letters that look alike.

use ring::rand::{SecureRandom, SystemRandom};

/// Crockford's base 32: no I, L, O, U.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// 50 bits: within its ten minutes nobody guesses one, at any rate that a gateway answers.
const LENGTH: usize = 10;

/// A new code, as `ABCDE-12345`.
pub(super) fn random() -> String {
    let mut bytes = [0; LENGTH];
    SystemRandom::new().fill(&mut bytes).expect("the machine's source of randomness works");
    let letter = |byte: u8| char::from(LETTERS[usize::from(byte % 32)]); // 256 is a multiple of 32: none is more likely
    let mut code: String = bytes.into_iter().map(letter).collect();
    code.insert(LENGTH / 2, '-');
    code
}

/// The code in the one spelling that is compared; none for what has not the form of one.
pub(super) fn read(text: &str) -> Option<String> {
    if text.len() > 64 {
        return None;
    }
    let mut code = String::with_capacity(LENGTH);
    for letter in text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
        let letter = match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        if !letter.is_ascii() || !LETTERS.contains(&(letter as u8)) {
            return None;
        }
        code.push(letter);
    }
    (code.len() == LENGTH).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_how_people_type() {
        let code = random();
        assert_eq!(code.len(), LENGTH + 1);
        let plain = code.replace('-', "");
        for typed in [&code, &plain, &code.to_lowercase(), &format!("  {code} \n"), &plain.replace('0', "o")]
        {
            assert_eq!(read(typed).as_ref(), Some(&plain), "{typed}");
        }
        assert_eq!(read("1L1i1-00oO0").as_deref(), Some("1111100000"));
        for wrong in ["", "ABCDE", "ABCDE-1234U", "ABCDE-123456", "ÄBCDE-12345", &"A".repeat(65)] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert_ne!(random(), code);
    }
}
