//! What keeps an export from becoming a dataset.

use crate::pb::ErrorReason;

/// Why rows that were read, or are to be, do not become a dataset. Places are named as the caller knows them.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// A strict export met a value that is not of its column's type.
    #[error(
        "{column} of {sys_id} is {text:?}, which is not of the column's type; export without strict to have it as null, or with types string to have it as text"
    )]
    Unparsed {
        /// The column.
        column: String,
        /// The row.
        sys_id: String,
        /// The value, cut where it is long.
        text: String,
    },
    /// The configuration names no such destination.
    #[error("no destination of exports is named {name:?} in the configuration; there {}", known(.names))]
    Unknown {
        /// As asked for.
        name: String,
        /// Those there are.
        names: Vec<String>,
    },
    /// An export lies there.
    #[error("{place} holds an export already; name another path, or say that it is to be replaced")]
    Occupied {
        /// As `lake/daily/incident`.
        place: String,
    },
    /// The disk or the object store.
    #[error("{place}: {problem}")]
    Failed {
        /// As `lake/daily/incident`.
        place: String,
        /// What happened and what to do.
        problem: String,
        /// Whether the same may go well a little later.
        passing: bool,
        /// What was said; for the log.
        source: Box<dataset::Error>,
    },
}

fn known(names: &[String]) -> String {
    if names.is_empty() { "are none".to_owned() } else { format!("are {}", names.join(", ")) }
}

impl SinkError {
    pub(super) fn reason(&self) -> ErrorReason {
        match self {
            Self::Unparsed { .. } => ErrorReason::ValueUnparsed,
            Self::Unknown { .. } => ErrorReason::DestinationUnknown,
            Self::Occupied { .. } => ErrorReason::DestinationOccupied,
            Self::Failed { .. } => ErrorReason::DestinationFailed,
        }
    }

    pub(super) fn metadata(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Unparsed { column, sys_id, text } => {
                vec![("column", column.clone()), ("sys_id", sys_id.clone()), ("text", text.clone())]
            }
            Self::Unknown { name, .. } => vec![("destination", name.clone())],
            Self::Occupied { place } | Self::Failed { place, .. } => vec![("destination", place.clone())],
        }
    }
}
