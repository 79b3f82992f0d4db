//! API keys that are none, and such as were.

use super::{Class, Forge};

pub(super) fn forged(forge: &Forge) -> Class {
    let mut class = Class::new("API key");
    let key = forge.around.api_key.as_str();
    let (id, secret) = key.strip_prefix("snck_").unwrap().split_once('_').unwrap();
    let zeros = "0".repeat(24);
    for (name, token) in [
        ("another secret", format!("snck_{id}_{}", "A".repeat(43))),
        ("an unknown id", format!("snck_{zeros}_{secret}")),
        ("unknown at all", format!("snck_{zeros}_{}", "A".repeat(43))),
        ("no secret", format!("snck_{id}_")),
        ("no id", format!("snck__{secret}")),
        ("the id alone", format!("snck_{id}")),
        ("the prefix alone", "snck_".to_owned()),
        ("the secret alone", secret.to_owned()),
        ("without its prefix", format!("{id}_{secret}")),
        ("the prefix in capitals", key.replace("snck_", "SNCK_")),
        ("the prefix twice", format!("snck_{key}")),
        ("another prefix", key.replace("snck_", "snc_")),
        ("a hyphen", key.replacen('_', "-", 1)),
        ("the id in capitals", format!("snck_{}_{secret}", id.to_uppercase())),
        ("the secret in capitals", format!("snck_{id}_{}", secret.to_uppercase())),
        ("the secret in small letters", format!("snck_{id}_{}", secret.to_lowercase())),
        ("the secret reversed", format!("snck_{id}_{}", secret.chars().rev().collect::<String>())),
        ("a letter more", format!("{key}A")),
        ("a letter less", key[..key.len() - 1].to_owned()),
        ("padded", format!("{key}=")),
        ("a space after", format!("{key} ")),
        ("a space before", format!(" {key}")),
        ("NUL after", format!("{key}\u{0}")),
        ("a line end after", format!("{key}\n")),
        ("twice", format!("{key}{key}")),
        ("two, a comma", format!("{key},{key}")),
        ("a wildcard for the id", format!("snck_{}_{secret}", "%".repeat(24))),
        ("a query for the id", format!("snck_{}_{secret}", "' OR '1'='1' OR '1'='1 -")),
        ("a path for the id", format!("snck_{}_{secret}", "../".repeat(8))),
        ("wide letters for the id", format!("snck_{}_{secret}", "é".repeat(12))),
        ("as a token's part", format!("{key}.{key}.{key}")),
        ("between the parts of a token", format!("{}.{key}.{}", forge.parts()[0], forge.parts()[2])),
        ("very long", format!("snck_{id}_{}", "A".repeat(5000))),
    ] {
        class.add(name, token);
    }
    // The last character of the secret has bits that carry nothing.
    for last in ["A", "B", "C", "D", "_", "-"] {
        if !secret.ends_with(last) {
            class.add(format!("ends with {last}"), format!("{}{last}", &key[..key.len() - 1]));
        }
    }
    for at in (0..43).step_by(7) {
        let mut letters: Vec<char> = secret.chars().collect();
        letters[at] = if letters[at] == 'x' { 'y' } else { 'x' };
        class.add(
            format!("letter {at} of the secret"),
            format!("snck_{id}_{}", letters.iter().collect::<String>()),
        );
    }
    for (name, key) in &forge.around.dead_keys {
        class.add(*name, key.as_str());
    }
    class
}
