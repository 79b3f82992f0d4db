//! What a read asks for, parsed.

use servicenow::query::Query;
use servicenow::{DisplayMode, Read};

/// Which rows and columns, in which order, and how values are shown.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The filter, and the sort keys.
    pub query: Query,
    /// Columns; empty for all.
    pub fields: Vec<String>,
    /// Most records in all.
    pub limit: Option<u64>,
    /// How values are shown.
    pub display: DisplayMode,
}

impl Selection {
    /// How the client is to show rows. `sys_id` and `sys_mod_count` always come along: they name the record and make
    /// its etag.
    pub fn read(&self) -> Read {
        read(&self.fields, self.display)
    }
}

/// Exactly these columns, as stored.
pub(crate) fn plain_read(fields: &[&str]) -> Read {
    Read { fields: fields.iter().map(|field| (*field).to_owned()).collect(), ..Read::default() }
}

/// How the client is to show rows of these columns.
pub(crate) fn read(fields: &[String], display: DisplayMode) -> Read {
    let mut fields = fields.to_vec();
    if !fields.is_empty() {
        for needed in ["sys_id", "sys_mod_count"] {
            if !fields.iter().any(|field| field == needed) {
                fields.push(needed.to_owned());
            }
        }
    }
    Read { fields, display, ..Read::default() }
}
