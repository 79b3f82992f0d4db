//! ORDER BY. The last key is always sys_id, so that pages neither overlap nor skip; what comes after it would
//! decide nothing.

use servicenow::query::Query;

use super::{Compiler, Scope, quoted};
use crate::rulebook::Operation;
use crate::schema::Kind;

/// Sort keys beyond these change nothing anybody could see.
const MAX_KEYS: usize = 16;

/// The keys of a query: GROUPBY first, then ORDERBY; unknown fields are dropped.
pub(crate) fn order_by(compiler: &mut Compiler<'_>, scope: &mut Scope, query: &Query) -> String {
    let groups = query.group_by.iter().map(|field| (field.as_str(), false));
    let orders = query.order.iter().map(|order| (order.field.as_str(), order.descending));
    let unique = format!("{}.{}", scope.alias, quoted("sys_id"));
    let mut keys = Vec::new();
    let mut last_descending = false;
    for (path, descending) in groups.chain(orders).take(MAX_KEYS) {
        let Some(field) = scope.field(compiler, path) else { continue };
        if !compiler.may_query(&field, Operation::QueryRange) {
            continue;
        }
        let field = match field.column.kind {
            // By what people see of a reference.
            Kind::Reference => scope.display_of(compiler, path, &field).unwrap_or(field),
            Kind::Journal | Kind::JournalList | Kind::Password => continue,
            _ => field,
        };
        last_descending = descending;
        keys.push(format!("{}{}", field.sql, direction(descending)));
        if field.sql == unique {
            return format!("ORDER BY {}", keys.join(", "));
        }
    }
    // In the direction of the key before it, so that one index serves both.
    keys.push(format!("{unique}{}", direction(last_descending)));
    format!("ORDER BY {}", keys.join(", "))
}

fn direction(descending: bool) -> &'static str {
    if descending { " DESC" } else { "" }
}
