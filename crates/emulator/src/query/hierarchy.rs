//! Classes, trees of rows, the caller's groups and the dynamic filters.

use super::{Compiler, Field, Predicate, quoted};
use crate::schema::{Kind, Table};

/// `sys_filter_option_dynamic` rows of an instance as it ships.
const ME: &str = "90d1921e5f510100a9ad2572f2b477fe";
const ONE_OF_MY_GROUPS: &str = "d6435e965f510100a9ad2572f2b477fe";

/// `INSTANCEOF`: the class or one that extends it. An unknown class has no instances.
pub(crate) fn instance_of(compiler: &mut Compiler<'_>, field: &Field, class: &str) -> Predicate {
    if field.column.element != "sys_class_name" {
        return Predicate::Never;
    }
    let Some(table) = compiler.schema.table(class) else { return Predicate::Never };
    let classes = table.classes.iter().cloned().map(Into::into).collect();
    Predicate::Sql(format!("{} IN ({})", field.sql, compiler.bind_all(classes)))
}

/// `DYNAMIC`: "Me" and "One of my groups"; other filters are scripts.
pub(crate) fn dynamic(compiler: &mut Compiler<'_>, field: &Field, filter: &str) -> Predicate {
    match filter {
        ME | "Me" => {
            let me = compiler.bind(compiler.caller.user_id.to_owned());
            Predicate::Sql(format!("{} = {me}", field.sql))
        }
        ONE_OF_MY_GROUPS | "One of My Groups" => my_groups(compiler, field, false),
        _ => Predicate::Invalid,
    }
}

/// Whether the field is one of the caller's groups.
pub(crate) fn my_groups(compiler: &mut Compiler<'_>, field: &Field, negated: bool) -> Predicate {
    let Some(members) = compiler.schema.table("sys_user_grmember") else { return Predicate::Invalid };
    if members.column("group").is_none() || members.column("user").is_none() {
        return Predicate::Invalid;
    }
    let me = compiler.bind(compiler.caller.user_id.to_owned());
    let not = if negated { "NOT " } else { "" };
    Predicate::Sql(format!(
        "{} {not}IN (SELECT {group} FROM {} WHERE {} = {me} AND {group} IS NOT NULL)",
        field.sql,
        quoted(&members.storage),
        quoted("user"),
        group = quoted("group"),
    ))
}

/// `IN_HIERARCHYhierarchy@id`: the row itself or one below it.
///
/// The hierarchy names the column that points upwards; where it does not, `parent` or `manager` is taken.
pub(crate) fn in_hierarchy(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    let (hierarchy, id) = text.rsplit_once('@').unwrap_or(("", text));
    let top = compiler.bind(id.to_owned());
    below(compiler, field, hierarchy, &top)
}

/// `IN_HIERARCHY_DYNAMIC`: as above, from the caller down.
pub(crate) fn in_hierarchy_dynamic(compiler: &mut Compiler<'_>, field: &Field, text: &str) -> Predicate {
    let (hierarchy, filter) = text.rsplit_once('@').unwrap_or(("", text));
    if !matches!(filter, ME | "Me") {
        return Predicate::Invalid;
    }
    let top = compiler.bind(compiler.caller.user_id.to_owned());
    below(compiler, field, hierarchy, &top)
}

fn below(compiler: &mut Compiler<'_>, field: &Field, hierarchy: &str, top: &str) -> Predicate {
    let table = match field.column.kind {
        Kind::Guid => Some(field.table.name.as_str()),
        Kind::Reference => field.column.reference.as_deref(),
        _ => None,
    };
    let Some(table) = table.and_then(|name| compiler.schema.table(name)) else { return Predicate::Never };
    let Some(up) = upward(table, hierarchy) else {
        return Predicate::Sql(format!("{} = {top}", field.sql));
    };
    let (storage, up) = (quoted(&table.storage), quoted(up));
    let tree = compiler.alias();
    Predicate::Sql(format!(
        "{} IN (WITH RECURSIVE {tree}(id) AS (SELECT {top} UNION SELECT n.{id} FROM {storage} AS n, {tree} \
         WHERE n.{up} = {tree}.id) SELECT id FROM {tree})",
        field.sql,
        id = quoted("sys_id"),
    ))
}

/// The column of a table that points to its own kind.
fn upward<'t>(table: &'t Table, hierarchy: &str) -> Option<&'t str> {
    [hierarchy, "parent", "manager"].into_iter().find_map(|name| {
        let column = table.column(name)?;
        let own = column.reference.as_deref() == Some(table.name.as_str());
        own.then_some(column.element.as_str())
    })
}
