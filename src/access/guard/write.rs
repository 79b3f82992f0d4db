//! What a caller writes: fields that are theirs to change, into rows that stay theirs.

use std::collections::BTreeMap;

use servicenow::query::{Condition, Operator, Query, Term};

use super::{Guard, Operation, first};
use crate::access::policy::Rows;
use crate::error::Error;
use crate::pb::FieldAccess;

impl Guard {
    /// Fails where a field may not be changed, or where the row would not be one of the caller's any more.
    ///
    /// A new row has to say what the row filter asks for, and a change must not unsay it: the filter must then be made
    /// of conditions `field=value`.
    pub fn check_written(
        &self,
        fields: &BTreeMap<String, Option<String>>,
        as_displayed: bool,
    ) -> Result<(), Error> {
        if self.is_free() {
            return Ok(());
        }
        let fixed = |name: &str| self.access.field(name) != FieldAccess::Unspecified || name.contains('.');
        let forbidden: Vec<String> = fields.keys().filter(|name| fixed(name)).cloned().collect();
        if !forbidden.is_empty() {
            return Err(self.forbidden(forbidden, "change"));
        }
        let names_class = fields.contains_key("sys_class_name");
        if names_class && (self.has_row_rules() || self.access.conceals()) {
            return Err(self.forbidden(vec!["sys_class_name".to_owned()], "change"));
        }
        for rows in
            [Some(&self.access.rows), self.shown.as_ref().map(|shown| &shown.rows)].into_iter().flatten()
        {
            if let Rows::Only(filter) = rows {
                self.check_stays(filter, fields, as_displayed)?;
            }
        }
        Ok(())
    }

    fn check_stays(
        &self,
        filter: &Query,
        fields: &BTreeMap<String, Option<String>>,
        as_displayed: bool,
    ) -> Result<(), Error> {
        let creates = self.operation == Operation::Create;
        let touched = filter.fields().into_iter().any(|path| fields.contains_key(first(path)));
        if !creates && !touched {
            return Ok(()); // it is one of the caller's, and what makes it so stays as it is
        }
        if as_displayed {
            return Err(self.restricted("the fields of a row filter must be given as stored values"));
        }
        let Some(wanted) = equalities(filter) else {
            return Err(self.restricted("its row filter cannot be checked for new values"));
        };
        let fits = |(name, value): (&str, &str)| match fields.get(name) {
            Some(given) => given.as_deref().unwrap_or_default() == value,
            None => !creates,
        };
        if wanted.into_iter().all(fits) {
            return Ok(());
        }
        Err(self.restricted("the values do not fit the row filter; give those that it asks for"))
    }
}

/// The conditions of a filter that is nothing but `field=value^field=value`.
fn equalities(filter: &Query) -> Option<Vec<(&str, &str)>> {
    let [alternative] = filter.alternatives.as_slice() else { return None };
    let is_plain = |one: &Condition| {
        one.operator == Operator::Is
            && !one.field.contains('.')
            && !one.value.is_empty()
            && !one.value.to_ascii_lowercase().contains("javascript:")
    };
    let mut found = Vec::new();
    for clause in &alternative.clauses {
        match clause.any_of.as_slice() {
            [Term::Condition(one)] if is_plain(one) => found.push((one.field.as_str(), one.value.as_str())),
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_filters_can_be_checked() {
        let wanted = |text: &str| equalities(&Query::parse(text)).map(|pairs| pairs.len());
        let cases = [
            ("state=1", Some(1)),
            ("state=1^impact=2", Some(2)),
            ("state=1^ORstate=2", None),
            ("state=1^NQimpact=2", None),
            ("caller_id.name=x", None),
            ("state!=1", None),
            ("opened_by=javascript:gs.getUserID()", None),
            ("state=", None),
        ];
        for (text, expected) in cases {
            assert_eq!(wanted(text), expected, "{text}");
        }
    }
}
