//! The good token in other spellings of base64url, and with characters that some parsers skip.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

use super::{Class, Forge};

pub(super) fn base64(forge: &Forge) -> Class {
    let mut class = Class::new("base64");
    let [header, claims, signature] = forge.parts();
    let (plain_header, plain_claims) = (forge.header.to_string(), forge.claims.to_string());
    let bytes = forge.signature();
    for (name, pad) in [("=", "="), ("==", "=="), ("%3D", "%3D"), (".", ".")] {
        class.add(format!("{name} after the signature"), format!("{}{pad}", forge.good));
        class.add(format!("{name} after the claims"), format!("{header}.{claims}{pad}.{signature}"));
        class.add(format!("{name} after the header"), format!("{header}{pad}.{claims}.{signature}"));
        class.add(
            format!("{name} after the claims, signed"),
            forge.signed_text(header, &format!("{claims}{pad}")),
        );
    }
    class.add(
        "padded",
        forge.signed_text(
            &URL_SAFE.encode(format!("{plain_header} ")),
            &URL_SAFE.encode(format!("{plain_claims}  ")),
        ),
    );
    class.add("signature padded", format!("{header}.{claims}.{}", URL_SAFE.encode(&bytes)));
    class.add("signature in standard base64", format!("{header}.{claims}.{}", STANDARD.encode(&bytes)));
    // A claim whose bytes need the two characters in which the alphabets differ.
    let odd = forge.claims_with("jti", ">>>>???????~~~~>>>>".into());
    class.add(
        "claims in standard base64",
        forge.signed_text(header, &STANDARD_NO_PAD.encode(&odd).replace('-', "+")),
    );
    // The last character of the signature has four bits that carry nothing.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = signature.bytes().last().unwrap();
    let value = alphabet.iter().position(|one| *one == last).unwrap();
    for bits in 1..16 {
        let other = char::from(alphabet[(value & !15) | ((value & 15) ^ bits)]);
        let changed = format!("{}{other}", &signature[..signature.len() - 1]);
        class.add(format!("trailing bits {bits}"), format!("{header}.{claims}.{changed}"));
    }
    class.add(
        "twice encoded",
        forge.signed(URL_SAFE_NO_PAD.encode(&plain_header), URL_SAFE_NO_PAD.encode(&plain_claims)),
    );
    class.add("not encoded", forge.signed_text(&plain_header, &plain_claims));
    class.add("hexadecimal", {
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        forge.signed_text(&hex(&plain_header), &hex(&plain_claims))
    });
    for (name, with) in [
        ("a line end", "\n"),
        ("CRLF", "\r\n"),
        ("a space", " "),
        ("a tab", "\t"),
        ("NUL", "\u{0}"),
        ("a soft hyphen", "\u{ad}"),
    ] {
        class.add(
            format!("{name} in the claims"),
            format!("{header}.{}{with}{}.{signature}", &claims[..8], &claims[8..]),
        );
        class.add(
            format!("{name} in the claims, signed"),
            forge.signed_text(header, &format!("{}{with}{}", &claims[..8], &claims[8..])),
        );
        class.add(
            format!("{name} in the signature"),
            format!("{header}.{claims}.{}{with}{}", &signature[..9], &signature[9..]),
        );
        class.add(format!("{name} before"), format!("{with}{}", forge.good));
        class.add(format!("{name} after"), format!("{}{with}", forge.good));
    }
    class
}

pub(super) fn text(forge: &Forge) -> Class {
    let mut class = Class::new("text");
    for (name, from, to) in [
        ("a Cyrillic letter", "e", "е"),
        ("a leader for a dot", ".", "\u{2024}"),
        ("a full-width dot", ".", "．"),
        ("an ideographic stop", ".", "。"),
        ("two dots", ".", ".."),
        ("a comma", ".", ","),
        ("a slash", ".", "/"),
        ("an overlong dot", ".", "%c0%ae"),
        ("an encoded dot", ".", "%2e"),
        ("full-width letters", "J", "Ｊ"),
        ("a combining mark", ".", ".\u{301}"),
    ] {
        class.add(name, forge.good.replacen(from, to, 1));
    }
    class.add("capitals", forge.good.to_uppercase());
    class.add("small letters", forge.good.to_lowercase());
    class.add("reversed", forge.good.chars().rev().collect::<String>());
    class.add("in quotes", format!("\"{}\"", forge.good));
    class.add("in angles", format!("<{}>", forge.good));
    class.add("after its scheme", format!("Bearer {}", forge.good));
    class.add("percent-encoded", forge.good.replace('.', "%2E"));
    class.add("a byte order mark before", format!("\u{feff}{}", forge.good));
    class.add("a zero-width space after", format!("{}\u{200b}", forge.good));
    for text in [
        "null",
        "undefined",
        "true",
        "0",
        "[object Object]",
        "NaN",
        "token",
        "\u{0}",
        "😀",
        "-",
        "_",
        "e30.e30.",
        "e30.e30.e30",
    ] {
        class.add(format!("{text:?}"), text);
    }
    class
}
