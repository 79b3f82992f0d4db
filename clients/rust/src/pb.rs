//! The generated messages and stubs: the way down, for what the client does not cover.

#![expect(missing_docs, reason = "generated: the protos hold the documentation")]

tonic::include_proto!("sncgate.v1");
