//! One condition: the field it names, and which family of operators it belongs to.

use servicenow::query::{Condition, Operator};

use super::{Compiler, Predicate, Scope, compare, dates, hierarchy, text};
use crate::rulebook::Operation;
use crate::schema::Kind;

/// A condition as SQL.
pub(crate) fn condition(compiler: &mut Compiler<'_>, scope: &mut Scope, condition: &Condition) -> Predicate {
    let Some(field) = scope.field(compiler, &condition.field) else {
        if compiler.settings.unknown_query_field_forbidden && !compiler.session.admin {
            compiler.forbid();
        }
        return Predicate::Invalid;
    };
    if !compiler.may_query(&field, operation(condition.operator)) {
        return Predicate::Never;
    }
    if field.column.kind == Kind::Password {
        return Predicate::Never;
    }
    let (path, value) = (condition.field.as_str(), condition.value.as_str());
    match condition.operator {
        Operator::Is => compare::is(compiler, &field, value),
        Operator::IsNot => compare::is_not(compiler, &field, value),
        Operator::LessThan => compare::order(compiler, &field, "<", value),
        Operator::LessOrEqual => compare::order(compiler, &field, "<=", value),
        Operator::GreaterThan => compare::order(compiler, &field, ">", value),
        Operator::GreaterOrEqual => compare::order(compiler, &field, ">=", value),
        Operator::In => compare::within(compiler, &field, value),
        Operator::NotIn => compare::not_within(compiler, &field, value),
        Operator::Between => compare::between(compiler, &field, value),
        Operator::IsEmpty => Predicate::Sql(format!("{} IS NULL", field.sql)),
        Operator::IsNotEmpty => Predicate::Sql(format!("{} IS NOT NULL", field.sql)),
        Operator::EmptyString => compare::empty_string(&field),
        Operator::Anything => Predicate::Always,
        Operator::StartsWith | Operator::EndsWith | Operator::Contains | Operator::DoesNotContain => {
            text::like(compiler, scope, path, &field, condition.operator, value)
        }
        Operator::SameAs => dates::same(compiler, scope, &field, "=", value),
        Operator::NotSameAs => dates::same(compiler, scope, &field, "<>", value),
        Operator::GreaterThanField => dates::against_field(compiler, scope, &field, ">", value),
        Operator::LessThanField => dates::against_field(compiler, scope, &field, "<", value),
        Operator::GreaterOrEqualField => dates::against_field(compiler, scope, &field, ">=", value),
        Operator::LessOrEqualField => dates::against_field(compiler, scope, &field, "<=", value),
        Operator::MoreThan => dates::apart(compiler, scope, &field, value, true),
        Operator::LessThanApart => dates::apart(compiler, scope, &field, value, false),
        Operator::On => dates::on(compiler, &field, value, true),
        Operator::NotOn => dates::on(compiler, &field, value, false),
        Operator::DatePart => dates::part(compiler, &field, value),
        Operator::RelativeAfter => dates::relative(compiler, &field, ">", value),
        Operator::RelativeOnOrAfter => dates::relative(compiler, &field, ">=", value),
        Operator::RelativeBefore => dates::relative(compiler, &field, "<", value),
        Operator::RelativeOnOrBefore => dates::relative(compiler, &field, "<=", value),
        Operator::RelativeOn => dates::relative_on(compiler, &field, value),
        Operator::Dynamic => hierarchy::dynamic(compiler, &field, value),
        Operator::InstanceOf => hierarchy::instance_of(compiler, &field, value),
        Operator::InHierarchy => hierarchy::in_hierarchy(compiler, &field, value),
        Operator::InHierarchyDynamic => hierarchy::in_hierarchy_dynamic(compiler, &field, value),
        Operator::Changes
        | Operator::ChangesFrom
        | Operator::ChangesTo
        | Operator::MatchesPattern
        | Operator::MatchesRegex
        | Operator::HasVariable
        | Operator::HasItemVariable
        | Operator::DoesNotHave
        | Operator::Excluding => Predicate::Invalid,
    }
}

/// What naming a field with that operator is to access rules.
fn operation(operator: Operator) -> Operation {
    match operator {
        Operator::Is
        | Operator::IsNot
        | Operator::In
        | Operator::NotIn
        | Operator::SameAs
        | Operator::NotSameAs
        | Operator::Anything
        | Operator::EmptyString
        | Operator::IsEmpty
        | Operator::IsNotEmpty => Operation::QueryMatch,
        _ => Operation::QueryRange,
    }
}
