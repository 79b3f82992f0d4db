//! What `--since` says.

use std::path::Path;

use anyhow::{Context, Result};

use super::folder::Folder;
use crate::cli::exit::Usage;

/// Where an increment begins.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Begin {
    /// With the first row.
    Everything,
    /// After a cursor or moment, which the gateway reads.
    After(String),
}

impl Begin {
    /// `beginning`; `last`, which is where the folder's newest increment or its export stopped; a Parquet file that
    /// `sncgate export` wrote; a cursor or a moment.
    pub(super) fn read(since: &str, folder: &Folder) -> Result<Self> {
        match since {
            "beginning" => Ok(Begin::Everything),
            "last" => match folder.last()? {
                Some(cursor) => Ok(Begin::After(cursor)),
                None => {
                    let text = format!(
                        "{} holds no export to go on from: begin with --since beginning",
                        folder.path().display()
                    );
                    Err(Usage(text).into())
                }
            },
            file if Path::new(file).extension().is_some_and(|ending| ending == "parquet") => {
                Ok(Begin::After(of_file(Path::new(file))?))
            }
            other => Ok(Begin::After(other.to_owned())),
        }
    }

    /// As the gateway takes it.
    pub(super) fn since(&self) -> &str {
        match self {
            Begin::Everything => "",
            Begin::After(since) => since,
        }
    }
}

fn of_file(path: &Path) -> Result<String> {
    let shown = path.display();
    let metadata = columnar::file::metadata(path).with_context(|| format!("cannot read {shown}"))?;
    let cursor = metadata.into_iter().find(|(key, _)| key == super::super::CURSOR);
    let cursor = cursor.map(|(_, cursor)| cursor);
    Ok(cursor.ok_or_else(|| Usage(format!("{shown} does not say where its export stopped")))?)
}
