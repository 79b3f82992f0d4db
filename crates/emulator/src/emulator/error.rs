//! Why an instance could not be opened or served.

use std::io;
use std::path::PathBuf;

use crate::{generate, load, serve, store};

/// Why an instance did not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data folder could not be made.
    #[error("cannot make the data folder {path}")]
    DataFolder {
        /// Which folder.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// The instance's file could not be opened or made.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The data could not be generated.
    #[error(transparent)]
    Generate(#[from] generate::Error),
    /// The file could not be loaded.
    #[error(transparent)]
    Load(#[from] load::Error),
    /// The listeners or their certificates.
    #[error(transparent)]
    Serve(#[from] serve::Error),
    /// Nothing can happen by itself.
    #[error("the instance's activity cannot begin: {0}")]
    Activity(String),
    /// The thread that opened the instance died.
    #[error("opening the instance failed: {0}")]
    Died(String),
}
