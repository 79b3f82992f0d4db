//! Which permission each method needs, read from the descriptors at start.
//!
//! A method that names none is a mistake of ours that would leave a door open: the server refuses to start with one.

use std::collections::BTreeMap;

use prost_reflect::{DescriptorPool, Value};

use crate::pb::{DESCRIPTORS, Permission};

/// The methods of Arrow Flight, whose proto is not ours and has no options. What reads records needs the right to. What
/// DoPut needs depends on what it does with rows, and it asks for that itself. What signs nobody in and tells nothing of
/// records needs somebody all the same.
const FLIGHT: [(&str, Permission); 10] = [
    ("Handshake", Permission::Self_),
    ("ListFlights", Permission::SchemaRead),
    ("GetFlightInfo", Permission::RecordsRead),
    ("PollFlightInfo", Permission::RecordsRead),
    ("GetSchema", Permission::SchemaRead),
    ("DoGet", Permission::RecordsRead),
    ("DoPut", Permission::Self_),
    ("DoExchange", Permission::RecordsRead),
    ("DoAction", Permission::RecordsRead),
    ("ListActions", Permission::Self_),
];

/// By full path, as `/sncgate.v1.RecordService/GetRecord`.
#[derive(Debug)]
pub struct MethodPermissions(BTreeMap<String, Method>);

/// What is known of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Method {
    /// What its caller must hold.
    pub permission: Permission,
    /// Its answer comes in several messages.
    pub streams: bool,
    /// Its request comes in several messages.
    pub takes_stream: bool,
}

/// Methods without a permission.
#[derive(Debug, thiserror::Error)]
#[error("these methods name no permission: {}", .0.join(", "))]
pub struct Unprotected(pub Vec<String>);

impl MethodPermissions {
    /// Reads the option of every method of ours.
    pub fn read() -> Result<Self, Unprotected> {
        let pool = DescriptorPool::decode(DESCRIPTORS).expect("the build made these descriptors");
        let option =
            pool.get_extension_by_name("sncgate.v1.permission").expect("permission.proto defines it");
        let mut by_path = BTreeMap::new();
        for (name, permission) in FLIGHT {
            let streams = !matches!(name, "GetFlightInfo" | "PollFlightInfo" | "GetSchema");
            let path = format!("/arrow.flight.protocol.FlightService/{name}");
            let takes_stream = matches!(name, "Handshake" | "DoPut" | "DoExchange");
            by_path.insert(path, Method { permission, streams, takes_stream });
        }
        let mut unprotected = Vec::new();
        let ours = pool.services().filter(|service| service.package_name() == "sncgate.v1");
        for method in ours.flat_map(|service| service.methods().collect::<Vec<_>>()) {
            let path = format!("/{}/{}", method.parent_service().full_name(), method.name());
            let value = method.options().get_extension(&option).into_owned();
            match value {
                Value::EnumNumber(number) if number != 0 => {
                    let permission = Permission::try_from(number).expect("the compiler checked the value");
                    let streams = method.is_server_streaming();
                    let takes_stream = method.is_client_streaming();
                    by_path.insert(path, Method { permission, streams, takes_stream });
                }
                _ => unprotected.push(path),
            }
        }
        if unprotected.is_empty() { Ok(MethodPermissions(by_path)) } else { Err(Unprotected(unprotected)) }
    }

    /// Every method with what it needs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Permission)> {
        self.0.iter().map(|(path, method)| (path.as_str(), method.permission))
    }

    /// What is known of the method at that path.
    pub fn get(&self, path: &str) -> Option<Method> {
        self.0.get(path).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_names_what_it_needs() {
        let permissions = MethodPermissions::read().unwrap();
        let listed: Vec<String> =
            permissions.iter().map(|(path, needs)| format!("{path} {}", needs.as_str_name())).collect();
        insta::assert_snapshot!(listed.join("\n"));
    }
}
