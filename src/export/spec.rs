//! What to export.

use columnar::Types;
use servicenow::query::Query;
use servicenow::{DisplayMode, TableName};

use crate::access::Guard;
use crate::error::Error;
use crate::records::{self, Selection};

/// Which rows and columns, and how they are typed.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The table.
    pub table: TableName,
    /// Which rows. Rows come in sys_id order.
    pub query: Query,
    /// Columns, dot-walked where they have dots; empty for all.
    pub fields: Vec<String>,
    /// Stored values, what a person sees, or both in two columns.
    pub display: DisplayMode,
    /// Whether columns are typed.
    pub types: Types,
}

impl Spec {
    /// Refuses what an instance would silently read as something else: terms that are none, fields that the table does
    /// not have, an order. And what the caller may not see.
    pub(super) async fn check(&self, guard: &Guard) -> Result<(), Error> {
        let terms: Vec<String> = self.query.problems().iter().map(ToString::to_string).collect();
        if !terms.is_empty() {
            return Err(Error::QueryInvalid { terms });
        }
        if !self.query.order.is_empty() || !self.query.group_by.is_empty() {
            return Err(Error::invalid(
                "query",
                "an export runs in sys_id order: leave ORDERBY and GROUPBY out",
            ));
        }
        let selection = Selection {
            query: self.query.clone(),
            fields: self.fields.clone(),
            display: self.display,
            ..Selection::default()
        };
        records::check_selection(guard, &selection).await
    }
}
