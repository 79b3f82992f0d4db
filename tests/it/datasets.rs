//! Datasets: what lies in a folder or in S3 is whole or not there, is what the manifest says, and is the table to readers.

mod readers;
mod s3;
mod store;
mod strict;

use std::path::Path;

use crate::demo::Addresses;
use crate::program::{Outcome, sncgate};

/// `sncgate export incident` into a folder, with more arguments.
fn export_to(at: &Addresses, folder: &Path, more: &[&str]) -> Outcome {
    let folder = format!("{}/", folder.display());
    sncgate(at, &[&["export", "incident", "-o", &folder], more].concat())
}

/// Every file below a folder, hidden ones too.
fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(next) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path.strip_prefix(folder).unwrap().display().to_string());
            }
        }
    }
    found.sort();
    found
}
