//! The generated messages and service traits of `proto/sncgate/v1`.

#![expect(missing_docs, clippy::allow_attributes, reason = "generated: the protos hold the documentation")]

tonic::include_proto!("sncgate.v1");

/// The descriptors of every file, imports included: for reflection and for the method options.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/sncgate.binpb"));
