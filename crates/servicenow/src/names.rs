//! Names that become part of a URL's path.
//!
//! A [`TableName`] or [`SysId`] that exists holds no character that could change the path.

use std::fmt;
use std::str::FromStr;

use crate::Error;

/// The name of a table: letters, digits and underscores, at most 80.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TableName(String);

/// The identity of a row: letters, digits, `_` and `-`, at most 32. ServiceNow makes 32 hexadecimal digits, but
/// keeps what a caller chose.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SysId(String);

impl TableName {
    /// The longest table name.
    pub const MAX_LENGTH: usize = 80;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SysId {
    /// Whether a text looks like a sys_id that an instance made, or that stands for one: 32 letters and digits.
    pub fn looks_like_one(text: &str) -> bool {
        text.len() == SysId::MAX_LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
    }

    /// The longest sys_id.
    pub const MAX_LENGTH: usize = 32;

    /// The sys_id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TableName {
    type Err = Error;

    fn from_str(text: &str) -> Result<TableName, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        check("a table name", text, TableName::MAX_LENGTH, allowed)?;
        Ok(TableName(text.to_owned()))
    }
}

impl FromStr for SysId {
    type Err = Error;

    fn from_str(text: &str) -> Result<SysId, Error> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        check("a sys_id", text, SysId::MAX_LENGTH, allowed)?;
        Ok(SysId(text.to_owned()))
    }
}

fn check(what: &str, text: &str, max: usize, allowed: impl Fn(u8) -> bool) -> Result<(), Error> {
    if text.is_empty() || text.len() > max || !text.bytes().all(allowed) {
        let shown: String = text.chars().take(max).collect();
        return Err(Error::InvalidInput(format!("`{}` is not {what}", shown.escape_debug())));
    }
    Ok(())
}

impl fmt::Display for TableName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Display for SysId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for TableName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for SysId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_would_change_a_path() {
        for text in ["", "a/b", "..", "a?b", "a b", "a%2f", "é", &"a".repeat(81)] {
            assert!(text.parse::<TableName>().is_err(), "{text}");
            assert!(text.parse::<SysId>().is_err(), "{text}");
        }
        assert_eq!("u_my_Table2".parse::<TableName>().unwrap().as_str(), "u_my_Table2");
        assert_eq!("6816f79cc0a8016401c5a33be04be441".parse::<SysId>().unwrap().as_str().len(), 32);
        assert!("6816f79cc0a8016401c5a33be04be4411".parse::<SysId>().is_err());
    }

    #[test]
    fn a_sys_id_is_recognized() {
        assert!(SysId::looks_like_one("6816f79cc0a8016401c5a33be04be441"));
        assert!(!SysId::looks_like_one("INC0010001") && !SysId::looks_like_one(&"-".repeat(32)));
    }
}
