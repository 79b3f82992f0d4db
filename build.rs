//! Compiles `proto/` to Rust without a protoc binary, and keeps the descriptors for reflection.

use std::path::PathBuf;

use prost::Message;

/// Contents of files: the generated code shares their bytes and does not copy them.
const CHUNKS: &str = ".sncgate.v1";
/// Requests that carry a request id and hold a map: they are compared by their bytes, so their maps have an order.
const ORDERED: [&str; 3] =
    [".sncgate.v1.CreateRecordRequest", ".sncgate.v1.UpdateRecordRequest", ".sncgate.v1.RecordValues"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rustc-env=SNCGATE_TARGET={}", std::env::var("TARGET")?);
    println!("cargo:rustc-env=SNCGATE_PROFILE={}", std::env::var("PROFILE")?);

    let mut files = Vec::new();
    for entry in std::fs::read_dir("proto/sncgate/v1")? {
        files.push(entry?.path());
    }
    files.sort();

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    // Bytes, not a decoded set: prost_types drops the method options, which are read at start.
    let descriptors = compiler.encode_file_descriptor_set();
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    std::fs::write(out.join("sncgate.binpb"), &descriptors)?;

    let set = prost_types::FileDescriptorSet::decode(descriptors.as_slice())?;
    let builder = tonic_prost_build::configure().bytes(CHUNKS).build_client(false).build_server(true);
    ORDERED.iter().fold(builder, |builder, message| builder.btree_map(message)).compile_fds(set)?;
    Ok(())
}
