//! A caller's way to a table: what is read goes out through it, what is written comes in through it.
//!
//! A [`Guard`] is made for one table and one operation. Whoever restricts nothing pays nothing: no schema is read and no
//! query is changed. For everybody else it refuses rather than guesses: a field, a table or a value that it cannot see
//! through is forbidden.

mod display;
mod query;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use servicenow::query::{Condition, Operator, Query};

use super::policy::{Rows, TableAccess};
use super::principal::{Caller, Principal};
use crate::error::{Error, Refusal};
use crate::instance::{Hierarchy, Instance};
use crate::limits::Meter;
use crate::pb::{self, FieldAccess, TableOperation};
use crate::schema;

/// What can be done with rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Read them, or aggregates over them.
    Read,
    /// Create them.
    Create,
    /// Change them.
    Update,
    /// Delete them.
    Delete,
}

/// What stands in a masked field's place.
pub(crate) const MASK: &str = "****";

/// A caller's way to a table.
pub struct Guard {
    /// The instance.
    pub instance: Arc<Instance>,
    principal: Arc<Principal>,
    table: String,
    operation: Operation,
    access: TableAccess,
    /// What of the rows may be shown; none where nothing may.
    shown: Option<TableAccess>,
    /// Tables that extend this one, whose rows have other rules.
    excluded: BTreeSet<String>,
    /// None for callers without restrictions, who need none.
    hierarchy: Option<Arc<Hierarchy>>,
    displays: display::Displays,
    /// Counts the rows that go out.
    pub meter: Meter,
}

impl Operation {
    /// Every one.
    pub(super) const ALL: [Operation; 4] =
        [Operation::Read, Operation::Create, Operation::Update, Operation::Delete];

    /// The one of the message; none for the unspecified one.
    pub fn of(message: TableOperation) -> Option<Self> {
        match message {
            TableOperation::Unspecified => None,
            TableOperation::Read => Some(Operation::Read),
            TableOperation::Create => Some(Operation::Create),
            TableOperation::Update => Some(Operation::Update),
            TableOperation::Delete => Some(Operation::Delete),
        }
    }

    /// As in "may not … rows".
    pub fn verb(self) -> &'static str {
        match self {
            Operation::Read => "read",
            Operation::Create => "create",
            Operation::Update => "update",
            Operation::Delete => "delete",
        }
    }

    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Guard {
    /// Opens the way, or refuses: [`Refusal::TableForbidden`].
    pub async fn open(
        caller: &Caller,
        instance: &Arc<Instance>,
        table: &str,
        operation: Operation,
    ) -> Result<Self, Error> {
        let principal = caller.principal()?.clone();
        instance.check_acts_for(&principal.user_id)?;
        caller.note.set(|noted| {
            noted.instance = instance.name().to_owned();
            noted.table = table.to_owned();
        });
        if principal.is_whole_for(operation) {
            let guard = Self::whole(principal, instance, table, operation);
            return Ok(Guard { meter: caller.meter.clone(), ..guard });
        }
        let hierarchy = instance.hierarchy().await?;
        let lineage = hierarchy.lineage(table);
        // Without it no reference's display value is shown; whatever else needs it says what is wrong.
        if let Err(error) = schema::table(instance, table).await {
            tracing::debug!(table, "the dictionary does not tell what references point to: {error}");
        }
        let decide = |lineage: &[String], operation| principal.table(instance.name(), lineage, operation);
        let access = decide(&lineage, operation).ok_or_else(|| Refusal::TableForbidden {
            table: table.to_owned(),
            operation: operation.verb(),
        })?;
        let shown = decide(&lineage, Operation::Read);
        let differs = |below: &String| {
            let lineage = hierarchy.lineage(below);
            decide(&lineage, operation).as_ref() != Some(&access)
                || decide(&lineage, Operation::Read) != shown
        };
        let excluded = hierarchy.descendants(table).into_iter().filter(differs).collect();
        Ok(Guard {
            instance: instance.clone(),
            table: table.to_owned(),
            hierarchy: Some(hierarchy.clone()),
            principal,
            operation,
            access,
            shown,
            excluded,
            displays: display::Displays::default(),
            meter: caller.meter.clone(),
        })
    }

    fn whole(principal: Arc<Principal>, instance: &Arc<Instance>, table: &str, operation: Operation) -> Self {
        Guard {
            instance: instance.clone(),
            principal,
            table: table.to_owned(),
            operation,
            access: TableAccess::whole(),
            shown: Some(TableAccess::whole()),
            excluded: BTreeSet::new(),
            hierarchy: None,
            displays: display::Displays::default(),
            meter: Meter::none(),
        }
    }

    /// The table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Whose request ids they are: two callers may use the same one without meeting.
    pub fn scope(&self) -> String {
        match self.principal.user_id.as_str() {
            "" => self.instance.name().to_owned(),
            user => format!("{} {user}", self.instance.name()),
        }
    }

    /// Fails where anything is restricted, for what cannot keep to rows and fields.
    pub fn require_whole(&self, why: &'static str) -> Result<(), Error> {
        if self.is_free() || (self.access.is_whole() && self.shows_all() && self.excluded.is_empty()) {
            return Ok(());
        }
        Err(self.restricted(why))
    }

    /// Narrows a query to the rows that are the caller's.
    pub async fn narrow(&self, query: Query) -> Result<Query, Error> {
        if self.is_free() {
            return Ok(query);
        }
        let mut narrowed = query;
        if let Rows::Only(filter) = &self.access.rows {
            self.check_filter(filter).await?;
            narrowed = narrowed.and_all(filter.clone());
        }
        // Of rows that are written, only those that may also be seen.
        if let Some(Rows::Only(filter)) = self.shown.as_ref().map(|shown| &shown.rows)
            && self.operation != Operation::Read
        {
            self.check_filter(filter).await?;
            narrowed = narrowed.and_all(filter.clone());
        }
        if !self.excluded.is_empty() {
            let classes: Vec<&str> = self.excluded.iter().map(String::as_str).collect();
            narrowed = narrowed.also(Condition::new("sys_class_name", Operator::NotIn, classes.join(",")));
        }
        // The instance reads text: were it to read another tree, the filter might not hold.
        if Query::parse(&narrowed.to_string()).alternatives != narrowed.alternatives {
            return Err(
                self.restricted("the query does not read back as it was meant; write it in another way")
            );
        }
        Ok(narrowed)
    }

    /// Only some of the table's rows are the caller's.
    pub fn has_row_rules(&self) -> bool {
        let some = |access: &TableAccess| access.rows != Rows::All;
        !self.excluded.is_empty() || some(&self.access) || self.shown.as_ref().is_some_and(some)
    }

    /// Fails with [`Error::RecordUnknown`] where the row is not one of the caller's.
    pub async fn check_row(&self, sys_id: &str) -> Result<(), Error> {
        if !self.has_row_rules() {
            return Ok(());
        }
        let query = self.narrow(Query::new().and("sys_id", Operator::Is, sys_id)).await?;
        let list = servicenow::List {
            query,
            read: crate::records::plain_read(&["sys_id"]),
            limit: 1,
            ..servicenow::List::default()
        };
        let subject = crate::instance::Subject::record(&self.table, sys_id);
        let page: servicenow::Page<pb::Record> =
            self.instance.call("check", subject, self.instance.client().list(&self.table, &list)).await?;
        if page.rows.is_empty() {
            return Err(self.row_unknown(sys_id));
        }
        Ok(())
    }

    /// A row that is not there, or not the caller's: the two look the same.
    pub fn row_unknown(&self, sys_id: &str) -> Error {
        Error::RecordUnknown {
            instance: self.instance.name().to_owned(),
            table: self.table.clone(),
            sys_id: sys_id.to_owned(),
        }
    }

    /// Takes out of a record what the caller may not see.
    pub fn redact(&self, record: &mut pb::Record) {
        if self.is_free() {
            return;
        }
        let Some(shown) = &self.shown else {
            record.fields.retain(|name, _| name == "sys_id");
            return;
        };
        for (name, field) in &mut record.fields {
            let is_display = !field.display_value.is_empty() && field.display_value != field.value;
            if is_display && !self.shows_display(name) {
                field.display_value.clear();
            }
        }
        if !shown.conceals() {
            return;
        }
        record.fields.retain(|name, field| match shown.field(first(name)) {
            FieldAccess::Hidden => false,
            FieldAccess::Masked => {
                let mask = |text: &mut String| {
                    if !text.is_empty() {
                        MASK.clone_into(text);
                    }
                };
                mask(&mut field.value);
                mask(&mut field.display_value);
                field.link.clear();
                true
            }
            FieldAccess::Unspecified | FieldAccess::ReadOnly => true,
        });
    }

    /// Whether the caller may see a column of the table.
    pub fn shows(&self, column: &str) -> bool {
        self.shown.as_ref().is_some_and(|shown| shown.field(column) != FieldAccess::Hidden)
    }

    /// Whether [`MASK`] stands in place of a column's values.
    pub fn masks(&self, column: &str) -> bool {
        self.shown.as_ref().is_none_or(|shown| shown.field(first(column)) == FieldAccess::Masked)
    }

    fn is_free(&self) -> bool {
        self.hierarchy.is_none()
    }

    fn shows_all(&self) -> bool {
        self.shown.as_ref().is_some_and(TableAccess::is_whole)
    }

    fn restricted(&self, why: &'static str) -> Error {
        Refusal::Restricted { table: self.table.clone(), why }.into()
    }

    fn forbidden(&self, fields: Vec<String>, verb: &'static str) -> Error {
        Refusal::FieldForbidden { table: self.table.clone(), fields, verb }.into()
    }

    /// What may be read of another table on the way of a dot-walk or a join.
    fn other(&self, table: &str) -> Option<TableAccess> {
        let hierarchy = self.hierarchy.as_ref()?;
        self.principal.table(self.instance.name(), &hierarchy.lineage(table), Operation::Read)
    }

    /// A column of a table, from the dictionary; none where the dictionary has none or cannot be read.
    async fn reference(&self, table: &str, column: &str) -> Result<Option<Option<String>>, Error> {
        let schema = schema::table(&self.instance, table).await?;
        Ok(schema.column(column).map(|column| column.reference.clone()))
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("Guard");
        shown.field("table", &self.table).field("operation", &self.operation).field("access", &self.access);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
impl Guard {
    /// The way of a caller without restrictions, to an instance that nobody asks anything.
    pub(crate) fn for_test() -> Self {
        Self::for_test_at("http://127.0.0.1:1")
    }

    /// The same to an instance that is there.
    pub(crate) fn for_test_at(url: &str) -> Self {
        let auth = crate::config::Auth::Basic { username: "admin".to_owned(), password: "admin".into() };
        let url = url.parse().expect("a URL");
        let config = crate::config::Config::with_instance("test", crate::config::Instance::new(url, auth));
        let instances = crate::instance::Instances::new(&config).expect("plain settings");
        let instance = instances.configured("").expect("the only one").clone();
        let principal = Arc::new(Principal::anybody(super::roles::admin()));
        Self::whole(principal, &instance, "incident", Operation::Read)
    }
}

/// The column that a path begins with.
fn first(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// Which tables a caller may read, for lists of them.
pub async fn readable_tables(
    caller: &Caller,
    instance: &Arc<Instance>,
) -> Result<impl Fn(&str) -> bool + use<>, Error> {
    let principal = caller.principal()?.clone();
    let hierarchy =
        if principal.is_whole_for(Operation::Read) { None } else { Some(instance.hierarchy().await?) };
    let name = instance.name().to_owned();
    Ok(move |table: &str| match &hierarchy {
        None => true,
        Some(hierarchy) => principal.table(&name, &hierarchy.lineage(table), Operation::Read).is_some(),
    })
}
