//! Why a dataset was not written.

mod said;

use std::io;

/// Why a dataset was not written or read. Each says all that there is in one line: causes are not in its chain, where
/// they would be told a second time.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk.
    #[error("{place}: {cause}")]
    Disk {
        /// The file or folder.
        place: String,
        /// What the system says.
        cause: io::Error,
    },
    /// The object store.
    #[error("{place}: {problem} ({said})")]
    Store {
        /// The object.
        place: String,
        /// What happened and what to do, without the store's own words.
        problem: &'static str,
        /// The store's own words, cut short.
        said: String,
        /// As the client saw it.
        cause: Box<object_store::Error>,
    },
    /// The rows do not make a file.
    #[error(transparent)]
    File(#[from] columnar::file::Error),
    /// Somebody else's export lies there.
    #[error("{0} holds an export already: name another place, or say that it is to be replaced")]
    Occupied(String),
    /// Not an address of a place.
    #[error("{0}")]
    Address(String),
    /// Rows cannot be cut like that.
    #[error("{0}")]
    Partition(String),
    /// A `manifest.json` that is none of ours.
    #[error("{place}: manifest.json is not one of a dataset: {problem}")]
    Manifest {
        /// Where it lies.
        place: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The writing itself broke off: its task was cancelled or has panicked.
    #[error("the writing broke off")]
    Broken,
}

impl Error {
    pub(crate) fn disk(place: impl std::fmt::Display) -> impl FnOnce(io::Error) -> Self {
        let place = place.to_string();
        |cause| Self::Disk { place, cause }
    }

    pub(crate) fn store(place: impl std::fmt::Display) -> impl FnOnce(object_store::Error) -> Self {
        let place = place.to_string();
        |cause| {
            let (problem, said) = (problem(&cause), said::said(&cause));
            Self::Store { place, problem, said, cause: Box::new(cause) }
        }
    }

    /// Whether the same may go well a little later.
    pub fn passing(&self) -> bool {
        match self {
            Self::Store { cause, .. } => matches!(**cause, object_store::Error::Generic { .. }),
            Self::Disk { cause, .. } => {
                matches!(cause.kind(), io::ErrorKind::TimedOut | io::ErrorKind::StorageFull)
            }
            Self::Broken => true,
            _ => false,
        }
    }
}

/// Whether it is the bucket that is not there: a look for one object says so in the same way as of the object.
pub(crate) fn is_without_bucket(error: &object_store::Error) -> bool {
    said::said(error).starts_with("NoSuchBucket")
}

fn problem(error: &object_store::Error) -> &'static str {
    use object_store::Error as E;
    match error {
        E::NotFound { .. } => "the bucket or object is not there: check the address",
        E::PermissionDenied { .. } => {
            "the store refuses these credentials the write: check the key, and what it may do there"
        }
        E::Unauthenticated { .. } => {
            "the store does not know these credentials: check the key and its secret"
        }
        E::AlreadyExists { .. } | E::Precondition { .. } => "somebody else wrote there meanwhile",
        E::InvalidPath { .. } => "that is no name of an object",
        _ => "the store cannot be reached, or failed; try again, or check the address, region and endpoint",
    }
}
