//! Secrets: given in place, or in a file of their own; shown as a constant.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::Serializer;

use super::section::Section;

/// The secret under `key`, or in the file that `file_key` names; a problem where there is none, or both.
pub(super) fn require(section: &mut Section<'_>, key: &'static str, file_key: &'static str) -> SecretString {
    if !section.has(key) && !section.has(file_key) {
        section.problem(
            key,
            "missing",
            format!("Add {key}, or {file_key} with the path of a file that holds it."),
        );
    }
    optional(section, key, file_key).unwrap_or_else(|| SecretString::from(""))
}

/// The same, where neither key need be there.
pub(super) fn optional(
    section: &mut Section<'_>,
    key: &'static str,
    file_key: &'static str,
) -> Option<SecretString> {
    if section.has(key) && section.has(file_key) {
        section.problem(file_key, format!("given beside {key}"), "Keep one of them.");
    }
    let inline = section.take(key);
    let path: Option<PathBuf> = section.take(file_key);
    inline.or_else(|| read_file(section, file_key, &path?))
}

/// Without the line end that editors add.
fn read_file(section: &mut Section<'_>, key: &str, path: &std::path::Path) -> Option<SecretString> {
    match std::fs::read_to_string(path) {
        Ok(text) => Some(SecretString::from(text.trim_end_matches(['\r', '\n']))),
        Err(error) => {
            let fix = "Write the secret to that file, readable for the gateway's user only.";
            section.problem(key, format!("{} cannot be read: {error}", path.display()), fix);
            None
        }
    }
}

/// What `sncgate config show` prints in a secret's place.
pub(super) fn hide<S: Serializer>(_: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("[hidden]")
}

pub(super) fn hide_optional<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => hide(secret, serializer),
        None => serializer.serialize_none(),
    }
}
