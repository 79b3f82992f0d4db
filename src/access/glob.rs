//! Names with `*` for any text: "incident", "cmdb_*", "*".

/// A pattern. `*` is the only thing that is special in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Glob(String);

impl Glob {
    /// A pattern of the characters that names of tables, columns and instances have; none where there are others.
    pub(super) fn new(text: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '*' | '-');
        let fits = !text.is_empty() && text.len() <= 80 && text.chars().all(plain);
        fits.then(|| Glob(text.to_owned()))
    }

    pub(super) fn is_all(&self) -> bool {
        self.0 == "*"
    }

    /// It has no star, and is that name.
    pub(super) fn is_exactly(&self, name: &str) -> bool {
        self.0 == name && !name.contains('*')
    }

    /// In time proportional to both lengths, whatever the stars.
    pub(super) fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut at, mut here) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while here < name.len() {
            match pattern.get(at) {
                Some(b'*') => {
                    star = Some((at, here));
                    at += 1;
                }
                Some(&byte) if byte == name[here] => {
                    at += 1;
                    here += 1;
                }
                _ => match star {
                    Some((after, from)) => {
                        star = Some((after, from + 1));
                        at = after + 1;
                        here = from + 1;
                    }
                    None => return false,
                },
            }
        }
        pattern[at..].iter().all(|&byte| byte == b'*')
    }
}

impl std::fmt::Display for Glob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        let cases = [
            ("incident", "incident", true),
            ("incident", "incidents", false),
            ("cmdb_*", "cmdb_ci", true),
            ("cmdb_*", "cmdb", false),
            ("*", "", true),
            ("*_ci*x", "cmdb_ci_linux", true),
            ("a*b*c", "aXbXbc", true),
            ("a*b*c", "aXc", false),
            ("***", "x", true),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Glob::new(pattern).unwrap().matches(name), expected, "{pattern} {name}");
        }
        for wrong in ["", "a b", "a.b", "a^b", "é"] {
            assert_eq!(Glob::new(wrong), None, "{wrong}");
        }
    }
}
