//! Whether an operation is fit to be sent, and what it is then to the ServiceNow client.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use servicenow::{BatchOperation, DisplayMode, Read};
use tokio::sync::OwnedSemaphorePermit;

use super::{Kind, Operation};
use crate::access::{self, Caller, Guard};
use crate::error::Error;
use crate::instance::Instance;
use crate::records::{self, Change};

/// The most tables that are remembered as unknown: each costs the instance a question.
const MOST_UNKNOWN: usize = 64;
/// The most ways to tables that are remembered.
const MOST_GUARDS: usize = 64;

/// An operation that may be sent.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) told: Told,
    pub(super) operation: BatchOperation,
    /// Fields of it to which a value is added each time it is written.
    pub(super) journals: Vec<String>,
}

/// What its report needs.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) id: String,
    /// For metrics.
    pub(super) kind: &'static str,
    pub(super) table: String,
    /// The caller's way to the table; what is told goes through it.
    pub(super) guard: Arc<Guard>,
    /// The record; none where it gets its sys_id only on the way.
    pub(super) record: Option<String>,
    /// A create whose record may be there from an earlier call: how it is to be shown then.
    pub(super) may_exist: Option<DisplayMode>,
    pub(super) allow_missing: bool,
    /// Its place among those on their way.
    pub(super) place: OwnedSemaphorePermit,
}

impl Checked {
    pub(super) fn record(&self) -> Option<&str> {
        self.told.record.as_deref()
    }
}

#[cfg(test)]
impl Checked {
    pub(super) fn for_test(id: &str, record: Option<&str>) -> Self {
        let (table, sys_id) = ("incident".to_owned(), String::new());
        let told = Told {
            id: id.to_owned(),
            kind: "delete",
            table: table.clone(),
            guard: Arc::new(Guard::for_test()),
            record: record.map(str::to_owned),
            may_exist: None,
            allow_missing: false,
            place: std::sync::Arc::new(tokio::sync::Semaphore::new(1)).try_acquire_owned().unwrap(),
        };
        Checked { told, operation: BatchOperation::Delete { table, sys_id }, journals: Vec::new() }
    }

    pub(super) fn id(&self) -> &str {
        &self.told.id
    }
}

/// Looks operations up in the dictionary, and asks whether the caller may, as the calls for single records do.
pub(super) struct Check {
    caller: Caller,
    instance: Arc<Instance>,
    unknown: HashSet<String>,
    guards: HashMap<(String, &'static str), Arc<Guard>>,
}

impl Check {
    pub(super) fn new(caller: Caller, instance: Arc<Instance>) -> Self {
        Check { caller, instance, unknown: HashSet::new(), guards: HashMap::new() }
    }

    /// Fails where the operation cannot be done: as the call for a single record would.
    pub(super) async fn check(&mut self, operation: &Operation) -> Result<Arc<Guard>, Error> {
        let table = operation.table.as_str();
        self.caller.principal()?.require(operation.kind.permission())?;
        let guard = self.guard(table, &operation.kind).await?;
        if self.unknown.contains(table) {
            return Err(Error::TableUnknown {
                instance: self.instance.name().to_owned(),
                table: table.to_owned(),
            });
        }
        let checked = match &operation.kind {
            Kind::Get { fields, .. } => {
                guard.meter.may_read()?;
                guard.meter.read(1);
                records::check_columns(&guard, fields.iter().map(String::as_str)).await
            }
            Kind::Create { change, .. } | Kind::Update { change, .. } => {
                records::check_change(&guard, change).await
            }
            Kind::Delete { .. } => Ok(()),
        };
        if matches!(checked, Err(Error::TableUnknown { .. })) && self.unknown.len() < MOST_UNKNOWN {
            self.unknown.insert(table.to_owned());
        }
        checked?;
        match &operation.kind {
            Kind::Get { sys_id, .. } | Kind::Update { sys_id, .. } | Kind::Delete { sys_id, .. } => {
                guard.check_row(sys_id.as_str()).await?;
            }
            Kind::Create { .. } => {}
        }
        Ok(guard)
    }

    async fn guard(&mut self, table: &str, kind: &Kind) -> Result<Arc<Guard>, Error> {
        let key = (table.to_owned(), kind.name());
        if let Some(guard) = self.guards.get(&key) {
            return Ok(guard.clone());
        }
        let opened = Guard::open(&self.caller, &self.instance, table, access_of(kind)).await?;
        let guard = Arc::new(opened);
        if self.guards.len() < MOST_GUARDS {
            self.guards.insert(key, guard.clone());
        }
        Ok(guard)
    }
}

fn access_of(kind: &Kind) -> access::Operation {
    match kind {
        Kind::Get { .. } => access::Operation::Read,
        Kind::Create { .. } => access::Operation::Create,
        Kind::Update { .. } => access::Operation::Update,
        Kind::Delete { .. } => access::Operation::Delete,
    }
}

/// An operation that was found fit, as it is sent.
pub(super) fn as_sent(guard: Arc<Guard>, operation: Operation, place: OwnedSemaphorePermit) -> Checked {
    let instance = guard.instance.clone();
    let Operation { id, table, kind } = operation;
    let name = kind.name();
    let table = table.to_string();
    let told = |record: Option<String>| Told {
        id,
        kind: name,
        table: table.clone(),
        guard: guard.clone(),
        record: record.map(|sys_id| sys_id.to_ascii_lowercase()),
        may_exist: None,
        allow_missing: false,
        place,
    };
    let (told, operation, journals) = match kind {
        Kind::Get { sys_id, fields, display } => {
            let told = told(Some(sys_id.to_string()));
            let read = records::read(&fields, display);
            (told, BatchOperation::Get { table, sys_id: sys_id.to_string(), read }, Vec::new())
        }
        Kind::Create { mut change, request_id } => {
            let made = request_id.map(|id| records::sys_id_of_request(&guard.scope(), &table, &id));
            let may_exist = made.is_some().then_some(change.display);
            if let Some(sys_id) = &made {
                change.fields.insert("sys_id".to_owned(), Some(sys_id.clone()));
            }
            let sys_id = made.or_else(|| change.fields.get("sys_id").cloned().flatten());
            let told = Told { may_exist, ..told(sys_id) };
            let options = change.options();
            (told, BatchOperation::Create { table, fields: change.fields, options }, Vec::new())
        }
        Kind::Update { sys_id, change } => {
            let told = told(Some(sys_id.to_string()));
            let (options, journals) = (change.options(), journals(&instance, &table, &change));
            let (sys_id, fields) = (sys_id.to_string(), change.fields);
            (told, BatchOperation::Update { table, sys_id, fields, options }, journals)
        }
        Kind::Delete { sys_id, allow_missing } => {
            let told = Told { allow_missing, ..told(Some(sys_id.to_string())) };
            (told, BatchOperation::Delete { table, sys_id: sys_id.to_string() }, Vec::new())
        }
    };
    Checked { told, operation, journals }
}

/// The journals among the fields, as far as the dictionary is known; two of them are known anyway.
fn journals(instance: &Instance, table: &str, change: &Change) -> Vec<String> {
    let Some(schema) = crate::schema::cached(instance, table) else { return Vec::new() };
    let is_journal = |name: &&String| {
        schema.column(name).is_some_and(|column| column.internal_type.starts_with("journal"))
    };
    change.fields.keys().filter(is_journal).cloned().collect()
}

/// Looks for the record that a create was to make.
pub(super) fn lookup(told: &Told) -> BatchOperation {
    let read = Read { display: told.may_exist.unwrap_or_default(), ..Read::default() };
    let sys_id = told.record.clone().unwrap_or_default();
    BatchOperation::Get { table: told.table.clone(), sys_id, read }
}
