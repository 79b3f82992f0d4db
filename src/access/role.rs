//! Roles: read from the message that keeps them, once, into what decisions are made with.

use std::sync::Arc;

use servicenow::query::Query;

use super::glob::Glob;
use super::guard::Operation;
use crate::error::Error;
use crate::pb::{self, FieldAccess, Permission, RuleEffect, TableOperation};

const MAX_RULES: usize = 100;
const MAX_GLOBS: usize = 100;
const MAX_FILTER_BYTES: usize = 4096;

/// What its holders may do.
#[derive(Debug)]
pub struct Role {
    /// As it is kept.
    pub message: pb::Role,
    pub(super) permissions: u64,
    pub(super) rules: Vec<Rule>,
}

#[derive(Debug)]
pub(super) struct Rule {
    pub(super) denies: bool,
    pub(super) instances: Vec<Glob>,
    pub(super) tables: Vec<Glob>,
    operations: u8,
    /// Only these rows.
    pub(super) filter: Option<Query>,
    pub(super) fields: Vec<FieldRule>,
}

/// Fields, and how much of them a caller gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FieldRule {
    pub(super) fields: Vec<Glob>,
    pub(super) access: FieldAccess,
}

impl Role {
    /// Reads a role.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field, [`Error::QueryInvalid`] for a row filter.
    pub fn read(message: pb::Role) -> Result<Arc<Self>, Error> {
        if !is_name(&message.name) {
            let problem = "must be 1 to 40 small letters, digits and -, beginning with a letter";
            return Err(Error::invalid("role.name", problem));
        }
        if message.description.chars().count() > 512 {
            return Err(Error::invalid("role.description", "has more than 512 characters"));
        }
        check_quota(message.quota.as_ref())?;
        if message.table_rules.len() > MAX_RULES {
            return Err(Error::invalid("role.table_rules", format!("there are more than {MAX_RULES}")));
        }
        let mut permissions = 0;
        for &number in &message.permissions {
            let known = Permission::try_from(number).ok().filter(|one| *one != Permission::Unspecified);
            let one = known
                .ok_or_else(|| Error::invalid("role.permissions", format!("{number} is no Permission")))?;
            permissions |= bit(one);
        }
        let rules = message.table_rules.iter().map(Rule::read).collect::<Result<_, _>>()?;
        Ok(Arc::new(Role { message, permissions, rules }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.message.name
    }

    pub(super) fn holds(&self, permission: Permission) -> bool {
        self.permissions & bit(permission) != 0
    }
}

impl Rule {
    fn read(message: &pb::TableRule) -> Result<Self, Error> {
        let denies = match RuleEffect::try_from(message.effect) {
            Ok(RuleEffect::Unspecified | RuleEffect::Allow) => false,
            Ok(RuleEffect::Deny) => true,
            Err(_) => {
                let problem = format!("{} is no RuleEffect", message.effect);
                return Err(Error::invalid("role.table_rules.effect", problem));
            }
        };
        if denies && !(message.row_filter.is_empty() && message.field_rules.is_empty()) {
            let problem =
                "a rule that denies has no row_filter and no field_rules; it denies the whole table";
            return Err(Error::invalid("role.table_rules", problem));
        }
        if message.tables.is_empty() {
            return Err(Error::invalid("role.table_rules.tables", "is required; \"*\" stands for all"));
        }
        let fields = message.field_rules.iter().map(read_field_rule).collect::<Result<_, _>>()?;
        Ok(Rule {
            denies,
            instances: globs("role.table_rules.instances", &message.instances)?,
            tables: globs("role.table_rules.tables", &message.tables)?,
            operations: operations("role.table_rules.operations", &message.operations)?,
            filter: read_filter(&message.row_filter)?,
            fields,
        })
    }

    pub(super) fn is_for(&self, operation: Operation) -> bool {
        self.operations & operation.bit() != 0
    }

    /// It allows the operation on everything, everywhere.
    pub(super) fn is_whole_for(&self, operation: Operation) -> bool {
        !self.denies
            && self.instances.iter().all(Glob::is_all)
            && self.tables.iter().any(Glob::is_all)
            && self.is_for(operation)
            && self.filter.is_none()
            && self.fields.is_empty()
    }
}

/// The bit of a permission in a set.
pub(super) fn bit(permission: Permission) -> u64 {
    1 << (permission as u32)
}

/// A set of operations from the numbers of the message; all of them where there are none.
pub(super) fn operations(field: &'static str, numbers: &[i32]) -> Result<u8, Error> {
    let mut set = 0;
    for &number in numbers {
        let operation = TableOperation::try_from(number).ok().and_then(Operation::of);
        let operation =
            operation.ok_or_else(|| Error::invalid(field, format!("{number} is no TableOperation")))?;
        set |= operation.bit();
    }
    Ok(if numbers.is_empty() { u8::MAX } else { set })
}

/// Patterns of names.
pub(super) fn globs(field: &'static str, texts: &[String]) -> Result<Vec<Glob>, Error> {
    if texts.len() > MAX_GLOBS {
        return Err(Error::invalid(field, format!("there are more than {MAX_GLOBS}")));
    }
    let read = |text: &String| {
        let problem = || format!("{text:?} is no name, and no name with * for any text");
        Glob::new(text).ok_or_else(|| Error::invalid(field, problem()))
    };
    texts.iter().map(read).collect()
}

fn check_quota(quota: Option<&pb::RoleQuota>) -> Result<(), Error> {
    let Some(quota) = quota else { return Ok(()) };
    if quota.rows_per_day.is_some_and(|number| number < 0) {
        return Err(Error::invalid("role.quota.rows_per_day", "must not be negative; 0 is no limit"));
    }
    if quota.concurrent_streams.is_some_and(|number| number < 0) {
        return Err(Error::invalid("role.quota.concurrent_streams", "must not be negative; 0 is no limit"));
    }
    Ok(())
}

fn read_field_rule(message: &pb::FieldRule) -> Result<FieldRule, Error> {
    let access = FieldAccess::try_from(message.access).ok().filter(|one| *one != FieldAccess::Unspecified);
    let access = access.ok_or_else(|| {
        Error::invalid("role.table_rules.field_rules.access", "must be READ_ONLY, MASKED or HIDDEN")
    })?;
    if message.fields.is_empty() {
        return Err(Error::invalid("role.table_rules.field_rules.fields", "is required"));
    }
    Ok(FieldRule { fields: globs("role.table_rules.field_rules.fields", &message.fields)?, access })
}

/// A filter that an instance reads as it is meant: a term that it dropped would show rows.
fn read_filter(text: &str) -> Result<Option<Query>, Error> {
    const FIELD: &str = "role.table_rules.row_filter";
    if text.is_empty() {
        return Ok(None);
    }
    if text.len() > MAX_FILTER_BYTES {
        return Err(Error::invalid(FIELD, format!("is longer than {MAX_FILTER_BYTES} bytes")));
    }
    let query = Query::parse(text);
    let terms: Vec<String> = query.problems().iter().map(ToString::to_string).collect();
    if !terms.is_empty() {
        return Err(Error::QueryInvalid { terms });
    }
    let empty = query.alternatives.iter().any(|one| one.clauses.is_empty()) || query.alternatives.is_empty();
    if query.terms().any(|term| !matches!(term, servicenow::query::Term::Condition(_))) {
        return Err(Error::invalid(
            FIELD,
            "must have conditions on fields only: no join, related list or search",
        ));
    }
    if empty || !query.order.is_empty() || !query.group_by.is_empty() {
        return Err(Error::invalid(FIELD, "must have conditions, and no order or group"));
    }
    Ok(Some(query))
}

fn is_name(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}
