//! Access rules: rows of `sys_security_acl`, with the roles that `sys_security_acl_role` gives them.

use std::collections::HashMap;

use rusqlite::Connection;

use crate::schema::Schema;
use crate::session::Session;

/// What a rule guards against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Operation {
    Read,
    Write,
    Create,
    Delete,
    /// Naming a field in a condition that compares whole values.
    QueryMatch,
    /// Naming a field in any other condition, or in an order.
    QueryRange,
}

impl Operation {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "read" => Operation::Read,
            "write" => Operation::Write,
            "create" => Operation::Create,
            "delete" => Operation::Delete,
            "query_match" => Operation::QueryMatch,
            "query_range" => Operation::QueryRange,
            _ => return None,
        })
    }
}

/// One access rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Acl {
    /// Any of them will do; none asks for no role.
    roles: Vec<String>,
    /// An encoded query that the row must match.
    condition: Option<String>,
    /// Whether an admin passes in any case.
    admin_overrides: bool,
}

/// What rules let a caller do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Grant {
    /// Everything.
    Open,
    /// Nothing.
    Closed,
    /// What concerns rows that match one of these encoded queries.
    Where(Vec<String>),
}

impl Grant {
    /// What rules of one level come to: one that passes is enough.
    pub(crate) fn of(rules: &[Acl], session: &Session) -> Grant {
        let mut conditions = Vec::new();
        for rule in rules {
            if session.admin && rule.admin_overrides {
                return Grant::Open;
            }
            if !rule.roles.is_empty() && !rule.roles.iter().any(|role| session.has_role(role)) {
                continue;
            }
            match &rule.condition {
                Some(condition) => conditions.push(condition.clone()),
                None => return Grant::Open,
            }
        }
        if conditions.is_empty() { Grant::Closed } else { Grant::Where(conditions) }
    }
}

pub(super) fn read(
    connection: &Connection,
    schema: &Schema,
) -> rusqlite::Result<HashMap<(String, Operation), Vec<Acl>>> {
    let mut rules: HashMap<_, Vec<Acl>> = HashMap::new();
    if schema.table("sys_security_acl").is_none() || schema.table("sys_security_acl_role").is_none() {
        return Ok(rules);
    }
    let mut roles = roles(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT sys_id, name, operation, condition, admin_overrides FROM sys_metadata \
         WHERE sys_class_name = 'sys_security_acl' AND name IS NOT NULL AND (active = 1 OR active IS NULL) \
         AND (type = 'record' OR type IS NULL) ORDER BY sys_id",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (sys_id, name): (String, String) = (row.get(0)?, row.get(1)?);
        let operation = row.get::<_, Option<String>>(2)?.and_then(|text| Operation::parse(&text));
        let Some(operation) = operation else { continue };
        let condition = row.get::<_, Option<String>>(3)?.filter(|text| !text.is_empty() && text != "^EQ");
        let admin_overrides = row.get::<_, Option<i64>>(4)?.is_none_or(|flag| flag != 0);
        let roles = roles.remove(&sys_id.to_ascii_lowercase()).unwrap_or_default();
        rules.entry((name, operation)).or_default().push(Acl { roles, condition, admin_overrides });
    }
    Ok(rules)
}

/// The names of the roles of each rule. A role that is gone stays a role that nobody holds.
fn roles(connection: &Connection) -> rusqlite::Result<HashMap<String, Vec<String>>> {
    let mut roles: HashMap<String, Vec<String>> = HashMap::new();
    let mut statement = connection.prepare_cached(
        "SELECT link.sys_security_acl, COALESCE(role.name, link.sys_user_role) FROM sys_metadata AS link \
         LEFT JOIN sys_user_role AS role ON role.sys_id = link.sys_user_role \
         WHERE link.sys_class_name = 'sys_security_acl_role' AND link.sys_security_acl IS NOT NULL \
         AND link.sys_user_role IS NOT NULL",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let rule = row.get::<_, String>(0)?.to_ascii_lowercase();
        roles.entry(rule).or_default().push(row.get(1)?);
    }
    Ok(roles)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::session;

    fn rule(roles: &[&str], condition: Option<&str>, admin_overrides: bool) -> Acl {
        let roles = roles.iter().map(|&role| role.to_owned()).collect();
        Acl { roles, condition: condition.map(str::to_owned), admin_overrides }
    }

    #[test]
    fn one_rule_that_passes_is_enough() {
        let mine = || Grant::Where(vec!["state=1".to_owned()]);
        for (rules, roles, expected) in [
            (vec![], &["itil"][..], Grant::Closed),
            (vec![rule(&[], None, true)], &[], Grant::Open),
            (vec![rule(&["itil"], None, true)], &[], Grant::Closed),
            (vec![rule(&["x", "itil"], None, true)], &["itil"], Grant::Open),
            (vec![rule(&["itil"], Some("state=1"), true)], &["itil"], mine()),
            (vec![rule(&["itil"], Some("state=1"), true), rule(&["x"], None, true)], &["itil"], mine()),
            (vec![rule(&[], Some("state=1"), true), rule(&["itil"], None, true)], &["itil"], Grant::Open),
            (vec![rule(&["x"], Some("state=1"), true)], &["admin"], Grant::Open),
            (vec![rule(&["x"], Some("state=1"), false)], &["admin"], mine()),
        ] {
            assert_eq!(Grant::of(&rules, &session(roles)), expected, "{rules:?} {roles:?}");
        }
    }
}
