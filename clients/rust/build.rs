//! Compiles `proto/` to Rust without a protoc binary.

use prost::Message;

/// Contents of files: the generated code shares their bytes and does not copy them.
const CHUNKS: &str = ".sncgate.v1";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=../../proto");

    let mut files = Vec::new();
    for entry in std::fs::read_dir("../../proto/sncgate/v1")? {
        files.push(entry?.path());
    }
    files.sort();

    let mut compiler = protox::Compiler::new(["../../proto"])?;
    compiler.include_imports(true).include_source_info(true).open_files(files)?;
    let set = prost_types::FileDescriptorSet::decode(compiler.encode_file_descriptor_set().as_slice())?;
    tonic_prost_build::configure().bytes(CHUNKS).build_client(true).build_server(false).compile_fds(set)?;
    Ok(())
}
