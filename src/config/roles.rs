//! `[roles.NAME]`: roles that the file has, in the form of `sncgate roles create`.
//!
//! Rules are checked by what will apply them, so that what passes here is what holds later.

use std::collections::BTreeMap;

use serde::Serialize;

use super::limits::Limit;
use super::section::Section;
use crate::access;
use crate::error::Error;
use crate::pb::{self, FieldAccess, Permission, RuleEffect, TableOperation};

/// A role of the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Role {
    /// For people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// As "records_read".
    pub permissions: Vec<String>,
    /// Rows a day that one of its holders may read; none: the role says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_per_day: Option<Limit>,
    /// Streams that one of them may have open at once; none: the role says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_streams: Option<Limit>,
    /// What may be done with tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<Rule>,
}

/// What may be done with tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// It takes instead of giving.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub deny: bool,
    /// Names, with * for any text.
    pub tables: Vec<String>,
    /// "read", "create", "update", "delete"; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub operations: Vec<String>,
    /// Names, with * for any text; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<String>,
    /// Only these rows, as an encoded query.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub rows: String,
    /// Fields that are left out.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// Fields that are shown as ****.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub masked: Vec<String>,
    /// Fields that cannot be written.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub read_only: Vec<String>,
}

impl Role {
    fn read(mut section: Section<'_>, name: &str) -> Self {
        let role = Role {
            description: section.take("description").unwrap_or_default(),
            permissions: section.take("permissions").unwrap_or_default(),
            rows_per_day: section.take("rows_per_day"),
            concurrent_streams: section.take("concurrent_streams"),
            rules: section.each("rules", Rule::read),
        };
        for one in role.permissions.iter().filter(|one| permission(one).is_none()) {
            let fix = "Use names as records_read: `grpcurl describe sncgate.v1.Permission` lists them, without their prefix.";
            section.problem("permissions", format!("{one:?} is no permission"), fix);
        }
        let head = pb::Role { table_rules: Vec::new(), permissions: Vec::new(), ..role.message(name) };
        if let Some(what) = problem(head) {
            section.problem("", what, "Rename it, or correct it.");
        } else if access::is_built_in_role(name) {
            section.problem("", "a built-in role has that name", "Rename it.");
        }
        section.finish();
        role
    }

    /// As decisions are made with it. Names that are none are left out: they are problems already.
    #[must_use]
    pub fn message(&self, name: &str) -> pb::Role {
        pb::Role {
            name: name.to_owned(),
            description: self.description.clone(),
            permissions: self.permissions.iter().filter_map(|one| permission(one)).collect(),
            table_rules: self.rules.iter().map(Rule::message).collect(),
            built_in: false,
            in_configuration: true,
            quota: self.quota(),
        }
    }
}

impl Role {
    fn quota(&self) -> Option<pb::RoleQuota> {
        let number = |limit: Limit| limit.get().unwrap_or(0);
        let quota = pb::RoleQuota {
            rows_per_day: self.rows_per_day.map(|rows| i64::try_from(number(rows)).unwrap_or(i64::MAX)),
            concurrent_streams: self
                .concurrent_streams
                .map(|streams| i32::try_from(number(streams)).unwrap_or(i32::MAX)),
        };
        (quota != pb::RoleQuota::default()).then_some(quota)
    }
}

impl Rule {
    fn read(mut section: Section<'_>) -> Self {
        let rule = Rule {
            deny: section.take("deny").unwrap_or_default(),
            tables: section.require("tables"),
            operations: section.take("operations").unwrap_or_default(),
            instances: section.take("instances").unwrap_or_default(),
            rows: section.take("rows").unwrap_or_default(),
            hidden: section.take("hidden").unwrap_or_default(),
            masked: section.take("masked").unwrap_or_default(),
            read_only: section.take("read_only").unwrap_or_default(),
        };
        for one in rule.operations.iter().filter(|one| operation(one).is_none()) {
            let fix = "Use read, create, update, delete.";
            section.problem("operations", format!("{one:?} is no operation"), fix);
        }
        // One part at a time, so that each mistake is told.
        let bare = Rule { deny: rule.deny, tables: vec!["*".to_owned()], ..Rule::default() };
        let parts: [(&str, Rule); 7] = [
            ("tables", Rule { tables: rule.tables.clone(), ..Rule::default() }),
            ("instances", Rule { instances: rule.instances.clone(), ..bare.clone() }),
            ("rows", Rule { rows: rule.rows.clone(), ..bare.clone() }),
            ("hidden", Rule { hidden: rule.hidden.clone(), ..bare.clone() }),
            ("masked", Rule { masked: rule.masked.clone(), ..bare.clone() }),
            ("read_only", Rule { read_only: rule.read_only.clone(), ..bare.clone() }),
            ("operations", Rule { operations: rule.operations.clone(), ..bare }),
        ];
        for (key, part) in parts {
            let missing = key == "tables" && part.tables.is_empty() && !section.was_read("tables");
            let role = pb::Role {
                name: "checked".to_owned(),
                table_rules: vec![part.message()],
                ..pb::Role::default()
            };
            if let Some(what) = problem(role).filter(|_| !missing) {
                section.problem(key, what, "Correct it.");
            }
        }
        section.finish();
        rule
    }

    fn message(&self) -> pb::TableRule {
        let lists = [
            (FieldAccess::Hidden, &self.hidden),
            (FieldAccess::Masked, &self.masked),
            (FieldAccess::ReadOnly, &self.read_only),
        ];
        let fields = lists.into_iter().filter(|(_, fields)| !fields.is_empty());
        let effect = if self.deny { RuleEffect::Deny } else { RuleEffect::Allow };
        pb::TableRule {
            effect: effect.into(),
            tables: self.tables.clone(),
            operations: self.operations.iter().filter_map(|one| operation(one)).collect(),
            row_filter: self.rows.clone(),
            field_rules: fields
                .map(|(access, fields)| pb::FieldRule { fields: fields.clone(), access: access.into() })
                .collect(),
            instances: self.instances.clone(),
        }
    }
}

/// The roles by their names.
pub(super) fn read_all(mut section: Section<'_>) -> BTreeMap<String, Role> {
    let names = section.keys();
    names.into_iter().map(|name| (name.clone(), Role::read(section.named(&name), &name))).collect()
}

fn permission(name: &str) -> Option<i32> {
    Permission::from_str_name(&format!("PERMISSION_{}", name.to_ascii_uppercase()))
        .filter(|one| *one != Permission::Unspecified)
        .map(Into::into)
}

fn operation(name: &str) -> Option<i32> {
    TableOperation::from_str_name(&format!("TABLE_OPERATION_{}", name.to_ascii_uppercase()))
        .filter(|one| *one != TableOperation::Unspecified)
        .map(Into::into)
}

/// What is wrong with it, without the name of the message's field: the key stands before it.
fn problem(role: pb::Role) -> Option<String> {
    match access::Role::read(role) {
        Ok(_) => None,
        Err(Error::Invalid { problem, .. }) => Some(problem),
        Err(other) => Some(other.to_string()),
    }
}
