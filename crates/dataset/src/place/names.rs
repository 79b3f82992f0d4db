//! What lies at a place.

use std::path::{Path, PathBuf};

use futures::TryStreamExt;
use object_store::ObjectStore;

use super::{Place, Root};
use crate::Error;

/// How deep folders of partitions go.
const MOST_DEEP: usize = 16;

impl Place {
    /// The names of files and objects that are wanted, in no order; hidden ones are asked about, too.
    pub(crate) async fn names(
        &self,
        wanted: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Vec<String>, Error> {
        match &self.root {
            Root::Folder(path) => {
                let (root, told) = (path.clone(), self.shown().to_owned());
                let walked = tokio::task::spawn_blocking(move || walk(&root, &wanted));
                walked.await.map_err(|_| Error::Broken)?.map_err(Error::disk(told))
            }
            Root::Store { store, prefix } => {
                let mut names = Vec::new();
                let mut listed = store.list(Some(prefix));
                while let Some(object) = listed.try_next().await.map_err(Error::store(self.shown()))? {
                    let Some(below) = object.location.prefix_match(prefix) else { continue };
                    let name = below.map(|part| part.as_ref().to_owned()).collect::<Vec<_>>().join("/");
                    if wanted(&name) {
                        names.push(name);
                    }
                }
                Ok(names)
            }
        }
    }
}

/// Follows no links: what they lead to is none of ours.
fn walk(root: &Path, wanted: &dyn Fn(&str) -> bool) -> std::io::Result<Vec<String>> {
    let mut names = Vec::new();
    let mut folders: Vec<(PathBuf, usize)> = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() && depth < MOST_DEEP {
                folders.push((entry.path(), depth + 1));
            } else if kind.is_file()
                && let Some(name) = entry.path().strip_prefix(root).ok().and_then(Path::to_str)
                && wanted(name)
            {
                names.push(name.to_owned());
            }
        }
    }
    Ok(names)
}
