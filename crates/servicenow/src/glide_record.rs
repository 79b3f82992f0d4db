//! `GlideRecord`: a query, a cursor over its rows, and the row under the cursor, which can be changed.
//!
//! It is for scripts that go through rows and touch some; programs that only read take [`Client::scan`] or
//! [`Client::list`]. Where it differs from the class of that name in PySNC it says so in
//! `docs/pysnc-parity.md`.
//!
//! ```no_run
//! use servicenow::query::Operator;
//! # async fn example(client: servicenow::Client) -> Result<(), servicenow::Error> {
//! let mut incident = client.glide_record("incident")?;
//! incident.add_active_query().add_query("priority", Operator::In, "1,2").order_by("number");
//! incident.query().await?;
//! while incident.next().await? {
//!     println!("{} {}", incident.value("number")?, incident.display_value("state")?);
//!     incident.set_value("urgency", "1")?;
//! }
//! let written = incident.update_multiple().await?;
//! assert!(written.failed.is_empty());
//! # Ok(())
//! # }
//! ```

mod attach;
mod conditions;
mod cursor;
mod element;
mod fields;
mod link;
mod multiple;
mod output;
mod pages;
mod row;
mod write;

use crate::query::Query;
use crate::{Client, DisplayMode, Error, Read, TableName};
use pages::Pages;
use row::Row;

pub use element::Element;
pub use multiple::Written;

/// Rows of a table under a cursor.
#[derive(Clone, Debug)]
pub struct GlideRecord {
    client: Client,
    table: TableName,
    query: Query,
    read: Read,
    limit: Option<u64>,
    batch_size: u64,
    rewindable: bool,
    input_display_value: bool,
    pages: Pages,
    rows: Vec<Row>,
    /// How many rows were dropped before the first of `rows`: only where it cannot be rewound.
    dropped: u64,
    /// The row under the cursor, counted from the first that was read; `None` before it.
    location: Option<u64>,
    /// How many rows match.
    total: u64,
}

impl Client {
    /// Starts a record of a table. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if it is no table's name.
    pub fn glide_record(&self, table: &str) -> Result<GlideRecord, Error> {
        let read = Read { display: DisplayMode::Both, exclude_reference_link: true, ..Read::default() };
        Ok(GlideRecord {
            client: self.clone(),
            table: table.parse()?,
            query: Query::new(),
            read,
            limit: None,
            batch_size: 100,
            rewindable: true,
            input_display_value: false,
            pages: Pages::NotAsked,
            rows: Vec::new(),
            dropped: 0,
            location: None,
            total: 0,
        })
    }
}

impl GlideRecord {
    /// The table.
    pub fn table(&self) -> &str {
        self.table.as_str()
    }

    /// The fields that are read, dot-walked where they have dots; empty for all. `sys_id` is always read.
    pub fn fields(&self) -> &[String] {
        &self.read.fields
    }

    /// Reads these fields only. An item may hold several names with commas between them.
    pub fn set_fields(&mut self, fields: impl IntoIterator<Item = impl AsRef<str>>) -> &mut GlideRecord {
        let mut names: Vec<String> = Vec::new();
        for field in fields {
            let parts = field.as_ref().split(',').map(str::trim).filter(|name| !name.is_empty());
            names.extend(parts.map(str::to_owned));
        }
        if !names.is_empty() && !names.iter().any(|name| name == "sys_id") {
            names.insert(0, "sys_id".to_owned());
        }
        self.read.fields = names;
        self
    }

    /// Reads the fields of a form view.
    pub fn set_view(&mut self, view: Option<&str>) -> &mut GlideRecord {
        self.read.view = view.map(str::to_owned);
        self
    }

    /// Which faces of fields are read; both unless set otherwise.
    pub fn set_display(&mut self, display: DisplayMode) -> &mut GlideRecord {
        self.read.display = display;
        self
    }

    /// Leaves out the links of references, as it does unless set otherwise.
    pub fn set_exclude_reference_link(&mut self, exclude: bool) -> &mut GlideRecord {
        self.read.exclude_reference_link = exclude;
        self
    }

    /// The values that are set are what a person would type: names of references, labels of choices, local times.
    pub fn set_input_display_value(&mut self, input: bool) -> &mut GlideRecord {
        self.input_display_value = input;
        self
    }

    /// The most rows that a query gives; all unless set.
    pub fn limit(&self) -> Option<u64> {
        self.limit
    }

    /// Sets the most rows that a query gives.
    pub fn set_limit(&mut self, limit: Option<u64>) -> &mut GlideRecord {
        self.limit = limit;
        self
    }

    /// How many rows a request asks for; 100 unless set, at least 1.
    pub fn batch_size(&self) -> u64 {
        self.batch_size
    }

    /// Sets how many rows a request asks for.
    pub fn set_batch_size(&mut self, rows: u64) -> &mut GlideRecord {
        self.batch_size = rows.max(1);
        self
    }

    /// Whether rows are kept after the cursor has passed them.
    pub fn is_rewindable(&self) -> bool {
        self.rewindable
    }

    /// Keeps rows after the cursor has passed them, as it does unless set otherwise; without, two pages at most
    /// are held.
    pub fn set_rewindable(&mut self, rewindable: bool) -> &mut GlideRecord {
        self.rewindable = rewindable;
        self
    }

    fn current(&self) -> Result<&Row, Error> {
        self.index().and_then(|index| self.rows.get(index)).ok_or(Error::NoRecord)
    }

    fn current_mut(&mut self) -> Result<&mut Row, Error> {
        let index = self.index().ok_or(Error::NoRecord)?;
        self.rows.get_mut(index).ok_or(Error::NoRecord)
    }

    /// Where the row under the cursor is in `rows`.
    fn index(&self) -> Option<usize> {
        usize::try_from(self.location?.checked_sub(self.dropped)?).ok()
    }

    /// Forgets all rows; those given take their place, with the cursor on the first.
    fn replace_rows(&mut self, rows: Vec<Row>) {
        self.pages = Pages::Done;
        self.dropped = 0;
        self.total = rows.len() as u64;
        self.location = (!rows.is_empty()).then_some(0);
        self.rows = rows;
    }
}
