//! Business rules: rows of `sys_script` that do something without a script.

use std::collections::HashMap;

use rusqlite::{Connection, Row};

use crate::schema::Schema;

/// When a rule acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Before the row is stored: what it sets is part of the write, and it may stop it.
    Before,
    /// After it: what it sets is a second write.
    After,
}

/// What a rule acts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Insert,
    Update,
    Delete,
}

/// One business rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) sys_id: String,
    pub(crate) name: String,
    pub(crate) order: i64,
    pub(crate) when: When,
    insert: bool,
    update: bool,
    delete: bool,
    /// An encoded query that the row must match; it may ask what has changed.
    pub(crate) filter: String,
    /// Any of them will do; none asks for no role.
    pub(crate) roles: Vec<String>,
    /// Whether the write is stopped.
    pub(crate) abort: bool,
    /// `field=value^field2=value2`: what is set.
    pub(crate) template: String,
}

impl Script {
    /// Whether it acts then and on that.
    pub(crate) fn acts(&self, when: When, action: Action) -> bool {
        self.when == when
            && match action {
                Action::Insert => self.insert,
                Action::Update => self.update,
                Action::Delete => self.delete,
            }
    }
}

/// The rules that abort or set something. The others have nothing to do here but to be there.
pub(super) fn read(
    connection: &Connection,
    schema: &Schema,
) -> rusqlite::Result<HashMap<String, Vec<Script>>> {
    let mut scripts: HashMap<String, Vec<Script>> = HashMap::new();
    if schema.table("sys_script").is_none() {
        return Ok(scripts);
    }
    let mut statement = connection.prepare_cached(
        "SELECT collection, sys_id, name, \"order\", \"when\", action_insert, action_update, action_delete, \
         filter_condition, role_conditions, abort_action, template FROM sys_metadata \
         WHERE sys_class_name = 'sys_script' AND active = 1 AND collection IS NOT NULL \
         AND (abort_action = 1 OR template IS NOT NULL) AND \"when\" IN ('before', 'after')",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        scripts.entry(row.get(0)?).or_default().push(script(row)?);
    }
    Ok(scripts)
}

fn script(row: &Row<'_>) -> rusqlite::Result<Script> {
    let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
    let flag =
        |at: usize| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.is_some_and(|flag| flag != 0));
    let names = text(9)?;
    let roles = names.split(',').map(str::trim).filter(|role| !role.is_empty()).map(str::to_owned);
    Ok(Script {
        sys_id: text(1)?,
        name: text(2)?,
        order: row.get::<_, Option<i64>>(3)?.unwrap_or(100),
        when: if text(4)? == "before" { When::Before } else { When::After },
        insert: flag(5)?,
        update: flag(6)?,
        delete: flag(7)?,
        filter: text(8)?,
        roles: roles.collect(),
        abort: flag(10)?,
        template: text(11)?,
    })
}
