//! Signatures that are wrong, or right in a way that only a lenient verifier takes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::Ed25519KeyPair;

use super::{Class, Forge};

/// The order of the group, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// The points of small order, and encodings of theirs that are not canonical.
const SMALL: [[u8; 32]; 9] = [
    point(0x00, 0x00, 0x00),
    point(0x01, 0x00, 0x00),
    point(0x00, 0x00, 0x80),
    point(0x01, 0x00, 0x80),
    point(0xec, 0xff, 0x7f),
    point(0xed, 0xff, 0x7f),
    point(0xee, 0xff, 0x7f),
    point(0xec, 0xff, 0xff),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5,
        0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
    ],
];

const fn point(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}

pub(super) fn changed(forge: &Forge) -> Class {
    let mut class = Class::new("signature changed");
    let good = forge.signature();
    for at in 0..good.len() {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        class.add(format!("bit 0 of byte {at}"), forge.with_signature(&bytes));
    }
    for bit in 1..8 {
        let mut bytes = good.clone();
        bytes[63] ^= 1 << bit;
        class.add(format!("bit {bit} of the last byte"), forge.with_signature(&bytes));
    }
    for (name, bytes) in [
        ("empty", vec![]),
        ("one byte", vec![0]),
        ("zeros", vec![0; 64]),
        ("ones", vec![0xff; 64]),
        ("R alone", good[..32].to_vec()),
        ("S alone", good[32..].to_vec()),
        ("halves swapped", [&good[32..], &good[..32]].concat()),
        ("zero R", [&[0; 32], &good[32..]].concat()),
        ("zero S", [&good[..32], &[0; 32]].concat()),
        ("63 bytes", good[..63].to_vec()),
        ("65 bytes", [&good[..], &[0]].concat()),
        ("a byte before", [&[0], &good[..]].concat()),
        ("twice", [&good[..], &good[..]].concat()),
        ("as long as Ed448's", [&good[..], &[0; 50]].concat()),
        ("reversed", good.iter().rev().copied().collect()),
        ("in DER", [&[0x30, 0x44, 0x02, 0x20], &good[..32], &[0x02, 0x20], &good[32..]].concat()),
        ("text of itself", URL_SAFE_NO_PAD.encode(&good).into_bytes()),
    ] {
        class.add(name, forge.with_signature(&bytes));
    }
    class
}

/// S and S + k·L verify alike where the scalar is reduced before it is checked.
pub(super) fn malleable(forge: &Forge) -> Class {
    let mut class = Class::new("signature malleable");
    let mut bytes = forge.signature();
    for times in 1..=8 {
        let carried = add(&mut bytes[32..], &ORDER);
        if carried {
            break;
        }
        class.add(format!("S + {times} L"), forge.with_signature(&bytes));
    }
    let good = forge.signature();
    for bit in [5, 6, 7] {
        let mut bytes = good.clone();
        bytes[63] |= 1 << bit;
        class.add(format!("S with bit {bit} of its top"), forge.with_signature(&bytes));
    }
    class.add("S = L", forge.with_signature(&[&good[..32], &ORDER].concat()));
    let mut negated = ORDER;
    subtract(&mut negated, &good[32..]);
    class.add("S negated", forge.with_signature(&[&good[..32], &negated].concat()));
    let mut flipped = good.clone();
    flipped[31] ^= 0x80;
    class.add("R negated", forge.with_signature(&flipped));
    flipped[32..].copy_from_slice(&negated);
    class.add("R and S negated", forge.with_signature(&flipped));
    class
}

/// Verifiers that multiply by the cofactor, or compare points of small order, may take these.
pub(super) fn small_order(forge: &Forge) -> Class {
    let mut class = Class::new("small order");
    let good = forge.signature();
    for (at, point) in SMALL.iter().enumerate() {
        class.add(format!("R {at}, S zero"), forge.with_signature(&[&point[..], &[0; 32]].concat()));
        class.add(format!("R {at}, S kept"), forge.with_signature(&[point, &good[32..]].concat()));
        class.add(format!("R kept, S {at}"), forge.with_signature(&[&good[..32], &point[..]].concat()));
    }
    class
}

/// Right signatures, of another key or of another message.
pub(super) fn of_other_keys(forge: &Forge) -> Class {
    let mut class = Class::new("signature of another");
    let [header, claims, _] = forge.parts();
    let message = format!("{header}.{claims}");
    for seed in [[0; 32], [1; 32], [0xff; 32]] {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
        class.add(
            format!("the key of seed {}", seed[0]),
            forge.with_signature(pair.sign(message.as_bytes()).as_ref()),
        );
    }
    let public = Ed25519KeyPair::from_seed_unchecked(forge.public()).unwrap();
    class.add("the public key as seed", forge.with_signature(public.sign(message.as_bytes()).as_ref()));
    for (name, of) in [
        ("the header alone", header),
        ("the claims alone", claims),
        ("the parts without a dot", &message.replace('.', "")),
        ("the parts swapped", &format!("{claims}.{header}")),
        ("a dot more", &format!("{message}.")),
        ("nothing", ""),
    ] {
        class.add(format!("over {name}"), forge.with_signature(forge.key.sign(of.as_bytes()).as_ref()));
    }
    // Claims changed under a signature that was right before.
    let [_, _, signature] = forge.parts();
    for (name, value) in [("sub", "somebody"), ("sid", "another"), ("jti", "0")] {
        let changed = URL_SAFE_NO_PAD.encode(forge.claims_with(name, value.into()));
        class.add(format!("{name} changed after it"), format!("{header}.{changed}.{signature}"));
    }
    let later = forge.claims_with("exp", (forge.now + 3000).into());
    class.add("exp changed after it", format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(later)));
    class
}

/// True where it does not fit any more.
fn add(to: &mut [u8], what: &[u8]) -> bool {
    let mut carry = 0;
    for (byte, add) in to.iter_mut().zip(what) {
        let sum = u16::from(*byte) + u16::from(*add) + carry;
        *byte = sum.to_le_bytes()[0];
        carry = sum >> 8;
    }
    carry != 0
}

fn subtract(from: &mut [u8], what: &[u8]) {
    let mut borrow = 0;
    for (byte, less) in from.iter_mut().zip(what) {
        let difference = i16::from(*byte) - i16::from(*less) - borrow;
        *byte = difference.to_le_bytes()[0];
        borrow = i16::from(difference < 0);
    }
}
