//! A role as a TOML file: names in place of the numbers of the message.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use sncgate_client::pb::{self, FieldAccess, Permission, RuleEffect, TableOperation};

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Role {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rows_per_day: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    concurrent_streams: Option<i32>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<Rule>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[serde(default, skip_serializing_if = "is_false")]
    deny: bool,
    tables: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    operations: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    instances: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    rows: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hidden: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    masked: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    read_only: Vec<String>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

pub(super) fn parse(text: &str) -> Result<pb::Role> {
    let role: Role = toml::from_str(text)?;
    let permission = |name: &String| {
        let found = Permission::from_str_name(&format!("PERMISSION_{}", name.to_ascii_uppercase()));
        found.map(i32::from).with_context(|| format!("{name} is no permission; sncgate whoami lists some"))
    };
    Ok(pb::Role {
        name: role.name,
        description: role.description,
        permissions: role.permissions.iter().map(permission).collect::<Result<_>>()?,
        table_rules: role.rules.into_iter().map(rule).collect::<Result<_>>()?,
        built_in: false,
        in_configuration: false,
        quota: (role.rows_per_day.is_some() || role.concurrent_streams.is_some()).then_some(pb::RoleQuota {
            rows_per_day: role.rows_per_day,
            concurrent_streams: role.concurrent_streams,
        }),
    })
}

fn rule(rule: Rule) -> Result<pb::TableRule> {
    let operation = |name: &String| {
        let found = TableOperation::from_str_name(&format!("TABLE_OPERATION_{}", name.to_ascii_uppercase()));
        found.map(i32::from).with_context(|| format!("{name} is none of read, create, update, delete"))
    };
    let lists = [
        (FieldAccess::Hidden, rule.hidden),
        (FieldAccess::Masked, rule.masked),
        (FieldAccess::ReadOnly, rule.read_only),
    ];
    let fields = lists.into_iter().filter(|(_, fields)| !fields.is_empty());
    let effect = if rule.deny { RuleEffect::Deny } else { RuleEffect::Allow };
    Ok(pb::TableRule {
        effect: effect.into(),
        operations: rule.operations.iter().map(operation).collect::<Result<_>>()?,
        tables: rule.tables,
        row_filter: rule.rows,
        field_rules: fields.map(|(access, fields)| pb::FieldRule { fields, access: access.into() }).collect(),
        instances: rule.instances,
    })
}

pub(super) fn print(role: &pb::Role) -> Result<String> {
    let permissions = role.permissions().map(|one| short(one.as_str_name(), "PERMISSION_"));
    let printed = Role {
        name: role.name.clone(),
        description: role.description.clone(),
        permissions: permissions.collect(),
        rows_per_day: role.quota.and_then(|quota| quota.rows_per_day),
        concurrent_streams: role.quota.and_then(|quota| quota.concurrent_streams),
        rules: role.table_rules.iter().map(printed).collect(),
    };
    Ok(toml::to_string(&printed)?)
}

fn printed(rule: &pb::TableRule) -> Rule {
    let fields = |access: FieldAccess| {
        let rules = rule.field_rules.iter().filter(move |rule| rule.access() == access);
        rules.flat_map(|rule| rule.fields.clone()).collect()
    };
    Rule {
        deny: rule.effect() == RuleEffect::Deny,
        tables: rule.tables.clone(),
        operations: rule.operations().map(|one| short(one.as_str_name(), "TABLE_OPERATION_")).collect(),
        instances: rule.instances.clone(),
        rows: rule.row_filter.clone(),
        hidden: fields(FieldAccess::Hidden),
        masked: fields(FieldAccess::Masked),
        read_only: fields(FieldAccess::ReadOnly),
    }
}

fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_reads_back_as_it_was_printed() {
        let text = r#"
            name = "desk"
            permissions = ["records_read", "schema_read"]
            rows_per_day = 1000000
            concurrent_streams = 0
            [[rules]]
            tables = ["incident"]
            operations = ["read", "update"]
            rows = "active=true"
            hidden = ["close_notes"]
            masked = ["caller_id"]
            [[rules]]
            deny = true
            tables = ["sys_*"]
        "#;
        let role = parse(text).unwrap();
        assert_eq!(parse(&print(&role).unwrap()).unwrap(), role);
        for wrong in ["name = 1", "name = \"a\"\nx = 1", "name = \"a\"\npermissions = [\"fly\"]"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
