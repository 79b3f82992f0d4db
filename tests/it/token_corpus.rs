//! Tokens and keys that are none: each by the class of attack that it stands for, and its name.
//!
//! A vector is made from what an attacker might hold, or, where that proves more, with the gateway's own signing key: what
//! is refused then is refused for what it says, and not for its signature.

mod algorithms;
mod api_keys;
mod claims;
mod crossed;
mod encodings;
mod forge;
mod headers;
mod json;
mod key_ids;
mod shapes;
mod signatures;
mod times;
mod valid;

pub(crate) use forge::{Around, Forge};
pub(crate) use valid::valid;

/// One attempt.
pub(crate) struct Vector {
    pub(crate) class: &'static str,
    pub(crate) name: String,
    pub(crate) token: String,
}

impl std::fmt::Display for Vector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.class, self.name)
    }
}

/// Collects the vectors of a class.
pub(crate) struct Class {
    name: &'static str,
    vectors: Vec<Vector>,
}

impl Class {
    fn new(name: &'static str) -> Self {
        Class { name, vectors: Vec::new() }
    }

    fn add(&mut self, name: impl Into<String>, token: impl Into<String>) {
        self.vectors.push(Vector { class: self.name, name: name.into(), token: token.into() });
    }
}

/// All of them.
pub(crate) fn corpus(forge: &Forge) -> Vec<Vector> {
    let classes = [
        algorithms::unsigned(forge),
        algorithms::renamed(forge),
        algorithms::confused(forge),
        key_ids::injected(forge),
        headers::keys_brought_along(forge),
        headers::critical(forge),
        headers::of_another_kind(forge),
        headers::missing_and_twice(forge),
        signatures::changed(forge),
        signatures::malleable(forge),
        signatures::small_order(forge),
        signatures::of_other_keys(forge),
        claims::missing_and_twice(forge),
        claims::of_another_type(forge),
        claims::of_another_value(forge),
        claims::look_alike(forge),
        times::skewed(forge),
        crossed::tokens_of_other_kinds(forge),
        crossed::of_others(forge),
        encodings::base64(forge),
        encodings::text(forge),
        shapes::cut(forge),
        shapes::oversized(forge),
        shapes::parts(forge),
        shapes::other_standards(forge),
        json::odd(forge),
        api_keys::forged(forge),
    ];
    classes.into_iter().flat_map(|class| class.vectors).collect()
}
