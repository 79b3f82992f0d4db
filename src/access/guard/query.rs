//! What a caller names when reading: columns, conditions, orders. Each must be theirs to see.
//!
//! A filter on a field tells its value bit by bit, so that what is hidden or masked can be used in none; the same holds
//! for a full-text search, for rows of other tables, and for scripts that the instance would run.

use servicenow::query::{Query, Term};

use super::{Guard, first};
use crate::access::policy::{Rows, TableAccess};
use crate::error::Error;
use crate::pb::FieldAccess;

/// How a field is used.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// Its value is shown, masked where a rule says so.
    Show,
    /// Its value decides which rows come, in which order, in which group.
    Decide,
}

impl Guard {
    /// Fails with [`crate::error::Refusal::FieldForbidden`] where a column may not be seen.
    pub async fn check_columns<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        self.check(columns, Use::Show).await
    }

    /// The same for columns whose values decide something: orders, groups, aggregates.
    pub async fn check_deciding<'a>(&self, columns: impl IntoIterator<Item = &'a str>) -> Result<(), Error> {
        self.check(columns, Use::Decide).await
    }

    /// The same for everything that a query names.
    pub async fn check_query(&self, query: &Query) -> Result<(), Error> {
        if self.is_free() {
            return Ok(());
        }
        let Some(shown) = &self.shown else {
            return Err(self.forbidden(query.fields().into_iter().map(str::to_owned).collect(), "see"));
        };
        self.check(query.fields(), Use::Decide).await?;
        self.check_terms(&self.table, shown, query).await
    }

    async fn check<'a>(&self, columns: impl IntoIterator<Item = &'a str>, used: Use) -> Result<(), Error> {
        if self.is_free() {
            return Ok(());
        }
        let mut forbidden = Vec::new();
        for column in columns {
            let allowed = match &self.shown {
                Some(shown) => self.is_visible(&self.table, shown, column, used).await?,
                None => false,
            };
            if !allowed {
                forbidden.push(column.to_owned());
            }
        }
        if forbidden.is_empty() { Ok(()) } else { Err(self.forbidden(forbidden, "see")) }
    }

    /// Follows a path through references; each table on the way must be readable without row rules, each field visible.
    async fn is_visible(
        &self,
        table: &str,
        access: &TableAccess,
        path: &str,
        used: Use,
    ) -> Result<bool, Error> {
        let mut names = path.split('.').peekable();
        let (mut table, mut access) = (table.to_owned(), access.clone());
        let walked = path.contains('.');
        while let Some(name) = names.next() {
            match access.field(name) {
                FieldAccess::Hidden => return Ok(false),
                // What is walked to is not masked afterwards.
                FieldAccess::Masked if walked || used == Use::Decide => return Ok(false),
                _ => {}
            }
            if names.peek().is_none() {
                return Ok(true);
            }
            let Some(Some(target)) = self.reference(&table, name).await? else { return Ok(false) };
            let Some(next) = self.other(&target).filter(|next| next.rows == Rows::All) else {
                return Ok(false);
            };
            if !self.is_even(&target, &next) {
                return Ok(false);
            }
            (table, access) = (target, next);
        }
        Ok(false)
    }

    /// Tables that extend it have the same rules: a reference may point to a row of any of them.
    pub(super) fn is_even(&self, table: &str, access: &TableAccess) -> bool {
        let Some(hierarchy) = &self.hierarchy else { return true };
        hierarchy.descendants(table).iter().all(|below| self.other(below).as_ref() == Some(access))
    }

    /// What fields alone do not show: other tables, searches, scripts.
    async fn check_terms(&self, table: &str, access: &TableAccess, query: &Query) -> Result<(), Error> {
        for term in query.terms() {
            match term {
                Term::Condition(condition) => self.check_value(&condition.value)?,
                Term::Text(_) if access.conceals() => {
                    return Err(self.restricted("a full-text search would look into fields that are hidden"));
                }
                Term::Text(_) => {}
                Term::Join(join) => {
                    let condition = join.condition.as_ref();
                    if join.table != table {
                        return Err(self.restricted("a join must begin with the table that is asked"));
                    }
                    let columns = [Some(join.other_field.as_str()), condition.map(|one| one.field.as_str())];
                    self.check_other(&join.other_table, columns.into_iter().flatten()).await?;
                    if let Some(condition) = condition {
                        self.check_value(&condition.value)?;
                    }
                }
                Term::Related(related) => {
                    let conditions = related.conditions.fields();
                    let columns = conditions.into_iter().chain([related.field.as_str()]);
                    self.check_other(&related.table, columns).await?;
                    if let Some(other) = self.other(&related.table) {
                        Box::pin(self.check_terms(&related.table, &other, &related.conditions)).await?;
                    }
                }
                Term::Invalid(_) => return Err(self.restricted("the query holds a term that cannot be read")),
            }
        }
        Ok(())
    }

    /// Rows of another table decide: all of them must be the caller's, and the columns visible.
    async fn check_other<'a>(
        &self,
        table: &str,
        columns: impl Iterator<Item = &'a str>,
    ) -> Result<(), Error> {
        let Some(access) = self.other(table).filter(|access| access.rows == Rows::All) else {
            return Err(
                self.restricted("the query looks into a table that the caller may not read as a whole")
            );
        };
        if !self.is_even(table, &access) {
            return Err(
                self.restricted("the query looks into a table that others with stricter rules extend")
            );
        }
        let mut forbidden = Vec::new();
        for column in columns {
            if !self.is_visible(table, &access, column, Use::Decide).await? {
                forbidden.push(format!("{table}.{column}"));
            }
        }
        if forbidden.is_empty() { Ok(()) } else { Err(self.forbidden(forbidden, "see")) }
    }

    /// A script could look anywhere. Only calls of `gs` with plain arguments pass: dates, and who one is.
    fn check_value(&self, value: &str) -> Result<(), Error> {
        if scripts_are_plain(value) {
            return Ok(());
        }
        Err(self.restricted("a value holds a script; only calls as javascript:gs.daysAgo(7) are allowed"))
    }

    /// The dictionary has every field of a row filter: the instance would drop a condition on one that it does not know,
    /// and show more rows.
    pub(super) async fn check_filter(&self, filter: &Query) -> Result<(), Error> {
        for path in filter.fields() {
            if !self.exists(path).await? {
                return Err(self.restricted("a row filter names a field that the table does not have"));
            }
        }
        Ok(())
    }

    async fn exists(&self, path: &str) -> Result<bool, Error> {
        let mut table = self.table.clone();
        let mut names = path.split('.').peekable();
        while let Some(name) = names.next() {
            let Some(reference) = self.reference(&table, name).await? else { return Ok(false) };
            if names.peek().is_none() {
                return Ok(true);
            }
            let Some(target) = reference else { return Ok(false) };
            table = target;
        }
        debug_assert!(!first(path).is_empty(), "a parsed filter has no empty field");
        Ok(false)
    }
}

/// Every script in it is one call of `gs`, with nothing but texts and numbers as arguments.
fn scripts_are_plain(value: &str) -> bool {
    const SCRIPT: &str = "javascript:";
    let lower = value.to_ascii_lowercase();
    let mut rest = 0;
    while let Some(found) = lower[rest..].find(SCRIPT) {
        let start = rest + found + SCRIPT.len();
        match plain_call(&value[start..]) {
            Some(length) => rest = start + length,
            None => return false,
        }
    }
    true
}

/// The length of `gs.name(arguments)`, at the end of a part of a value.
fn plain_call(text: &str) -> Option<usize> {
    let after = text.strip_prefix("gs.")?;
    let name = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let arguments = after[name..].strip_prefix('(')?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"'\"-:, .".contains(byte);
    let length = arguments.bytes().take_while(plain).count();
    arguments[length..].strip_prefix(')')?;
    let end = "gs.".len() + name + 1 + length + 1;
    matches!(text.as_bytes().get(end), None | Some(b'@' | b',')).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_calls_are_no_scripts() {
        let cases = [
            ("1", true),
            ("javascript:gs.daysAgo(7)", true),
            ("Today@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()", true),
            ("javascript:gs.dateGenerate('2024-01-01','00:00:00')", true),
            ("javascript:gs.getUserID()", true),
            ("javascript:gs.getUserID();new GlideRecord('x')", false),
            ("javascript:new GlideRecord('sys_user').get()", false),
            ("JavaScript:x()", false),
            ("javascript:gs.eval(gs.x())", false),
            ("a,javascript:x", false),
            ("javascript:", false),
            ("javascript:gs.daysAgo(7)+1", false),
        ];
        for (value, plain) in cases {
            assert_eq!(scripts_are_plain(value), plain, "{value}");
        }
    }
}
