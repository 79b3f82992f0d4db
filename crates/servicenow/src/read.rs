//! How rows are asked for, and how written values are understood.

use crate::address::Params;
use crate::query::Query;

/// Which of a field's two faces the instance sends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum DisplayMode {
    /// Stored values; references as sys_ids. The cheapest.
    #[default]
    Value,
    /// What a person sees; in the time zone and format of the signed-in user.
    Display,
    /// Both.
    Both,
}

impl DisplayMode {
    /// The value of `sysparm_display_value`.
    pub fn as_str(self) -> &'static str {
        match self {
            DisplayMode::Value => "false",
            DisplayMode::Display => "true",
            DisplayMode::Both => "all",
        }
    }
}

/// What of each row is sent. By default all fields, stored values, links of references included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// The fields, dot-walked where they have dots; empty for all. Unknown names are ignored by the instance.
    pub fields: Vec<String>,
    /// Values, display values or both.
    pub display: DisplayMode,
    /// Leaves out the link of each reference.
    pub exclude_reference_link: bool,
    /// A form view whose fields are sent, where `fields` is empty.
    pub view: Option<String>,
}

impl Read {
    pub(crate) fn params(&self, params: &mut Params) {
        if !self.fields.is_empty() {
            params.push("sysparm_fields", &self.fields.join(","));
        }
        params.push("sysparm_display_value", self.display.as_str());
        if self.exclude_reference_link {
            params.push("sysparm_exclude_reference_link", "true");
        }
        if let Some(view) = &self.view {
            params.push("sysparm_view", view);
        }
    }
}

/// One page of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Which rows, in which order. Without an order the instance's is undefined, and pages may overlap.
    pub query: Query,
    /// What of each row.
    pub read: Read,
    /// The most rows. The instance applies it before access rules, so fewer may come though more exist.
    pub limit: u64,
    /// How many rows to skip. Rows that come or go meanwhile shift it: to read a whole table use
    /// [`Client::scan`](crate::Client::scan).
    pub offset: u64,
    /// Whether to count the matching rows, which costs the instance a second query.
    pub count: bool,
}

impl Default for List {
    fn default() -> List {
        List { query: Query::new(), read: Read::default(), limit: 100, offset: 0, count: false }
    }
}

impl List {
    pub(crate) fn params(&self) -> Params {
        let mut params = Params::default();
        let query = self.query.to_string();
        if !query.is_empty() {
            params.push("sysparm_query", &query);
        }
        self.read.params(&mut params);
        params.push("sysparm_limit", &self.limit.to_string());
        if self.offset > 0 {
            params.push("sysparm_offset", &self.offset.to_string());
        }
        if !self.count {
            params.push("sysparm_no_count", "true");
            params.push("sysparm_suppress_pagination_header", "true");
        }
        params
    }
}

/// A page of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<R> {
    /// The rows that the caller may read.
    pub rows: Vec<R>,
    /// How many rows match, those hidden by access rules included; only if [`List::count`] was set.
    pub total: Option<u64>,
    /// Whether the instance names a next page; only if [`List::count`] was set.
    pub has_next: Option<bool>,
}

/// How a write is understood, and what of the written row comes back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOptions {
    /// What of the row is sent back.
    pub read: Read,
    /// The values are what a person would type: names of references, labels of choices, local times.
    pub input_display_value: bool,
}

impl WriteOptions {
    pub(crate) fn params(&self) -> Params {
        let mut params = Params::default();
        self.read.params(&mut params);
        if self.input_display_value {
            params.push("sysparm_input_display_value", "true");
        }
        params
    }
}
