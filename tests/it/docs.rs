//! What the documents tell people to type works: each fenced block marked `sh run` is run against a demo.
//!
//! Blocks stand for a shell on a machine where the demo runs on its default ports, `sncgate` and grpcurl are on the
//! path and the repository is the working folder; the ports of the test's own demo are put in their place.

use std::path::{Path, PathBuf};
use std::process::Command;

use servicenow::query::Operator;
use sncgate::pb::ErrorReason;
use sncgate::status::{code as code_of, short_name};

use crate::demo::{Demo, host};
use crate::program::{root, run, tool};

const DOCUMENTS: [&str; 10] = [
    "README.md",
    "docs/access.md",
    "docs/attachments.md",
    "docs/clients.md",
    "docs/configuration.md",
    "docs/errors.md",
    "docs/export.md",
    "docs/queries.md",
    "docs/tasks.md",
    "docs/writing.md",
];

#[test]
fn the_commands_of_the_documents_run() {
    let demo = Demo::with_records(100);
    let mut ran = 0;
    for document in DOCUMENTS {
        let text = std::fs::read_to_string(root().join(document)).expect("the document is there");
        for block in blocks(&text) {
            let outcome = shell(&demo, &block);
            let (stdout, stderr) = (outcome.stdout, outcome.stderr);
            assert_eq!(outcome.code, Some(0), "{document}:\n{block}\nstdout:\n{stdout}\nstderr:\n{stderr}");
            assert!(!stdout.trim().is_empty(), "{document}: prints nothing:\n{block}");
            ran += 1;
        }
    }
    assert!(ran >= 3, "only {ran} blocks are marked to be run");
}

/// The blocks whose info string is `sh run`.
fn blocks(text: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines() {
        match &mut open {
            None if line == "```sh run" => open = Some(Vec::new()),
            None => {}
            Some(lines) if line == "```" => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            Some(lines) => lines.push(line),
        }
    }
    blocks
}

fn shell(demo: &Demo, block: &str) -> crate::program::Outcome {
    let script = block.replace("127.0.0.1:8080", host(&demo.at.gateway));
    let programs = [directory(env!("CARGO_BIN_EXE_sncgate")), directory(tool("bin/grpcurl"))];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(programs.into_iter().chain(std::env::split_paths(&path)));
    run(Command::new("sh")
        .args(["-eu", "-c", &script])
        .current_dir(root())
        .env("PATH", path.expect("no folder has a colon"))
        .env("SNCGATE_TOKEN", &demo.at.token)
        .env("SNCGATE_SERVER", &demo.at.gateway))
}

fn directory(program: impl AsRef<Path>) -> PathBuf {
    program.as_ref().parent().expect("a program lies in a folder").to_owned()
}

#[test]
fn every_reason_is_explained() {
    let text = std::fs::read_to_string(root().join("docs/errors.md")).expect("the document is there");
    let reasons: Vec<_> = (1..500).filter_map(|number| ErrorReason::try_from(number).ok()).collect();
    assert!(reasons.len() > 20, "{reasons:?}");
    for reason in reasons {
        let start = format!("| `{}` | ", short_name(reason));
        let codes: Vec<_> = text.lines().filter_map(|line| line.strip_prefix(&start)).collect();
        let [row] = codes[..] else { panic!("{start}: {codes:?}") };
        let code = row.split(' ').next().unwrap().replace('_', "");
        assert!(code.eq_ignore_ascii_case(&format!("{:?}", code_of(reason))), "{start}{row}");
    }
}

#[test]
fn every_operator_is_listed() {
    let text = std::fs::read_to_string(root().join("docs/queries.md")).expect("the document is there");
    for operator in Operator::all() {
        for spelling in [operator.as_str()].iter().chain(operator.aliases()) {
            assert!(text.contains(&format!("`{spelling}`")), "{spelling}");
        }
    }
}

#[test]
fn blocks_are_found_by_their_mark() {
    let text = "a\n```sh run\none\ntwo\n```\n```sh\nnot this\n```\n```sh run\nthree\n```\n";
    assert_eq!(blocks(text), ["one\ntwo", "three"]);
}
