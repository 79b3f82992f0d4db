//! Decides what roles allow on a table. It does no I/O and takes microseconds.

use servicenow::query::Query;

use super::glob::Glob;
use super::guard::Operation;
use super::keys::KeyBounds;
use super::role::{FieldRule, Role, Rule};
use crate::pb::{self, FieldAccess};

/// Tables that hold values of other tables' rows: a `*` in a restricted caller's rules does not stand for them, since
/// what a rule hides there would be found here. Naming one in full allows it.
const COPIES: [&str; 12] = [
    "sys_attachment",
    "sys_attachment_doc",
    "sys_audit",
    "sys_audit_delete",
    "sys_email",
    "sys_history_line",
    "sys_history_set",
    "sys_journal_field",
    "sys_update_xml",
    "sys_user_preference",
    "syslog",
    "ts_index_name",
];

/// Which rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rows {
    /// Every row.
    All,
    /// Those that match.
    Only(Query),
}

/// What is allowed on a table, for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableAccess {
    /// Which rows.
    pub rows: Rows,
    pub(super) fields: Vec<FieldRule>,
}

/// A decision with its reasons.
#[derive(Clone, Debug)]
pub struct Decision {
    /// What is allowed; none where it is denied.
    pub access: Option<TableAccess>,
    /// One sentence each, the deciding one first.
    pub reasons: Vec<String>,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    pub(super) instance: &'a str,
    /// The table, then those it extends.
    pub(super) lineage: &'a [String],
    pub(super) operation: Operation,
}

impl TableAccess {
    /// Every row and field.
    pub fn whole() -> Self {
        TableAccess { rows: Rows::All, fields: Vec::new() }
    }

    /// Nothing is restricted.
    pub fn is_whole(&self) -> bool {
        self.rows == Rows::All && self.fields.is_empty()
    }

    /// How much of a column a caller gets; the strictest rule counts. What names a row is always shown. The journals
    /// together are shown as the strictest of them: they hold the entries of both.
    pub(super) fn field(&self, name: &str) -> FieldAccess {
        if name == "comments_and_work_notes" {
            return self.ruled(name).max(self.ruled("comments")).max(self.ruled("work_notes"));
        }
        let strictest = self.ruled(name);
        match name {
            "sys_id" | "sys_mod_count" => strictest.min(FieldAccess::ReadOnly),
            _ => strictest,
        }
    }

    fn ruled(&self, name: &str) -> FieldAccess {
        let matching = self.fields.iter().filter(|rule| rule.fields.iter().any(|glob| glob.matches(name)));
        matching.map(|rule| rule.access).max().unwrap_or(FieldAccess::Unspecified)
    }

    /// Some field is not shown as it is.
    pub(super) fn conceals(&self) -> bool {
        self.fields.iter().any(|rule| rule.access > FieldAccess::ReadOnly)
    }

    /// For a message.
    pub fn field_rules(&self) -> Vec<pb::FieldRule> {
        let message = |rule: &FieldRule| pb::FieldRule {
            fields: rule.fields.iter().map(Glob::to_string).collect(),
            access: rule.access.into(),
        };
        self.fields.iter().map(message).collect()
    }
}

/// The operations that nothing restricts anywhere, as a set of their bits.
pub(super) fn whole(roles: &[std::sync::Arc<Role>], bounds: Option<&KeyBounds>) -> u8 {
    if bounds.is_some() {
        return 0;
    }
    let rules = || roles.iter().flat_map(|role| &role.rules);
    let is_whole = |operation: &Operation| {
        rules().any(|rule| rule.is_whole_for(*operation))
            && rules()
                .filter(|rule| rule.is_for(*operation))
                .all(|rule| !rule.denies && rule.fields.is_empty())
    };
    Operation::ALL.into_iter().filter(is_whole).fold(0, |set, operation| set | operation.bit())
}

/// Decides.
pub(super) fn decide(
    roles: &[std::sync::Arc<Role>],
    bounds: Option<&KeyBounds>,
    question: Question<'_>,
) -> Option<TableAccess> {
    let whole = whole(roles, bounds) & question.operation.bit() != 0;
    if bounds.is_some_and(|bounds| !bounds.allow(question)) {
        return None;
    }
    let mut allowed: Option<TableAccess> = None;
    for rule in roles.iter().flat_map(|role| &role.rules).filter(|rule| fits(rule, question)) {
        if rule.denies {
            return None;
        }
        if whole || !is_copy(question) || names_it(rule, question) {
            allowed = Some(added(allowed, rule));
        }
    }
    allowed
}

/// Decides, and says why.
pub(super) fn explain(
    roles: &[std::sync::Arc<Role>],
    bounds: Option<&KeyBounds>,
    question: Question<'_>,
) -> Decision {
    let access = decide(roles, bounds, question);
    let table = question.lineage.first().map_or("", String::as_str);
    let verb = question.operation.verb();
    let mut reasons = Vec::new();
    if bounds.is_some_and(|bounds| !bounds.allow(question)) {
        reasons.push(format!("the API key is not for {verb} on {table}"));
    }
    let matching = |denies: bool| {
        roles
            .iter()
            .filter(move |role| role.rules.iter().any(|rule| rule.denies == denies && fits(rule, question)))
    };
    reasons.extend(matching(true).map(|role| format!("role {} denies {verb} on {table}", role.name())));
    let allowing = matching(false).map(|role| format!("role {} allows {verb} on {table}", role.name()));
    reasons.extend(allowing);
    if access.is_none() && is_copy(question) && reasons.iter().any(|reason| reason.contains(" allows ")) {
        let reason =
            format!("{table} holds copies of other tables' values: a restricted caller's rule must name it");
        reasons.insert(0, reason);
    }
    if reasons.is_empty() {
        reasons.push(format!("no role allows {verb} on {table}"));
    }
    Decision { access, reasons }
}

fn fits(rule: &Rule, question: Question<'_>) -> bool {
    let instance =
        rule.instances.is_empty() || rule.instances.iter().any(|glob| glob.matches(question.instance));
    instance && rule.is_for(question.operation) && matches_any(&rule.tables, question.lineage)
}

pub(super) fn matches_any(globs: &[Glob], lineage: &[String]) -> bool {
    globs.iter().any(|glob| lineage.iter().any(|table| glob.matches(table)))
}

fn is_copy(question: Question<'_>) -> bool {
    question.lineage.first().is_some_and(|table| COPIES.contains(&table.as_str()))
}

fn names_it(rule: &Rule, question: Question<'_>) -> bool {
    rule.tables.iter().any(|glob| question.lineage.first().is_some_and(|table| glob.is_exactly(table)))
}

/// Rows of several rules add up; of fields each rule holds.
fn added(allowed: Option<TableAccess>, rule: &Rule) -> TableAccess {
    let rows = match (allowed.as_ref().map(|access| &access.rows), &rule.filter) {
        (Some(Rows::All), _) | (_, None) => Rows::All,
        (None, Some(filter)) => Rows::Only(filter.clone()),
        (Some(Rows::Only(before)), Some(filter)) => {
            let mut either = before.clone();
            either.alternatives.extend(filter.alternatives.iter().cloned());
            Rows::Only(either)
        }
    };
    let mut fields = allowed.map_or_else(Vec::new, |access| access.fields);
    fields.extend(rule.fields.iter().cloned());
    TableAccess { rows, fields }
}
