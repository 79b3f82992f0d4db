//! The subject of a certificate, compared by its attributes and not by how somebody prints them: programs differ in
//! order, spaces and escapes, and a comma in a name must not become another attribute.

use std::fmt;

use serde::{Serialize, Serializer};
use toml::Value;

use super::setting::Setting;

/// Attributes of a subject, as CN=robot, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject(Vec<(String, String)>);

impl Subject {
    /// From attributes: short names, and values.
    pub fn new(attributes: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut attributes: Vec<_> =
            attributes.into_iter().map(|(name, value)| (name.to_ascii_uppercase(), value)).collect();
        attributes.sort();
        Self(attributes)
    }

    /// Reads `CN=robot,O=Example`; a backslash takes the next character as it is. None where it is anything else.
    fn parse(text: &str) -> Option<Self> {
        let mut attributes = Vec::new();
        let mut characters = text.chars();
        loop {
            let name: String = characters.by_ref().take_while(|c| *c != '=').collect();
            let (mut value, mut more) = (String::new(), false);
            while let Some(c) = characters.next() {
                match c {
                    '\\' => value.push(characters.next()?),
                    ',' => {
                        more = true;
                        break;
                    }
                    c => value.push(c),
                }
            }
            let (name, value) = (name.trim(), value.trim());
            if name.is_empty()
                || value.is_empty()
                || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '.')
            {
                return None;
            }
            attributes.push((name.to_owned(), value.to_owned()));
            if !more {
                return Some(Self::new(attributes));
            }
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (name, value)) in self.0.iter().enumerate() {
            let separator = if number == 0 { "" } else { "," };
            let value = value.replace('\\', "\\\\").replace(',', "\\,");
            write!(f, "{separator}{name}={value}")?;
        }
        Ok(())
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Setting for Subject {
    const EXPECTED: &'static str = "a subject";
    const EXAMPLE: &'static str = "all its attributes: \"CN=robot,O=Example\"";

    fn read(value: &Value) -> Option<Self> {
        Self::parse(value.as_str()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_read_and_printed() {
        for (text, printed) in [
            ("CN=robot", Some("CN=robot")),
            ("O=Example, CN=robot", Some("CN=robot,O=Example")),
            (r"cn=robot\, O=Example", Some(r"CN=robot\, O=Example")),
            (r"CN=a\\b,OU=x,OU=y", Some(r"CN=a\\b,OU=x,OU=y")),
            ("CN=a=b", Some("CN=a=b")),
            ("robot", None),
            ("CN=", None),
            ("CN=robot,", None),
            (r"CN=robot\", None),
            ("", None),
        ] {
            assert_eq!(Subject::parse(text).map(|subject| subject.to_string()).as_deref(), printed, "{text}");
        }
        let spoof = Subject::new([("CN".to_owned(), "robot,O=Example".to_owned())]);
        assert_ne!(Some(spoof), Subject::parse("CN=robot,O=Example"));
    }
}
