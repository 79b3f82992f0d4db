//! The operators of the API and those of the query language: one to one.

use servicenow::query::Operator;

use crate::error::Error;
use crate::pb;

const PAIRS: [(pb::Operator, Operator); 46] = [
    (pb::Operator::Is, Operator::Is),
    (pb::Operator::IsNot, Operator::IsNot),
    (pb::Operator::LessThan, Operator::LessThan),
    (pb::Operator::LessOrEqual, Operator::LessOrEqual),
    (pb::Operator::GreaterThan, Operator::GreaterThan),
    (pb::Operator::GreaterOrEqual, Operator::GreaterOrEqual),
    (pb::Operator::In, Operator::In),
    (pb::Operator::NotIn, Operator::NotIn),
    (pb::Operator::StartsWith, Operator::StartsWith),
    (pb::Operator::EndsWith, Operator::EndsWith),
    (pb::Operator::Contains, Operator::Contains),
    (pb::Operator::DoesNotContain, Operator::DoesNotContain),
    (pb::Operator::IsEmpty, Operator::IsEmpty),
    (pb::Operator::IsNotEmpty, Operator::IsNotEmpty),
    (pb::Operator::EmptyString, Operator::EmptyString),
    (pb::Operator::Anything, Operator::Anything),
    (pb::Operator::Between, Operator::Between),
    (pb::Operator::SameAs, Operator::SameAs),
    (pb::Operator::NotSameAs, Operator::NotSameAs),
    (pb::Operator::GreaterThanField, Operator::GreaterThanField),
    (pb::Operator::LessThanField, Operator::LessThanField),
    (pb::Operator::GreaterOrEqualField, Operator::GreaterOrEqualField),
    (pb::Operator::LessOrEqualField, Operator::LessOrEqualField),
    (pb::Operator::MoreThan, Operator::MoreThan),
    (pb::Operator::LessThanApart, Operator::LessThanApart),
    (pb::Operator::On, Operator::On),
    (pb::Operator::NotOn, Operator::NotOn),
    (pb::Operator::DatePart, Operator::DatePart),
    (pb::Operator::RelativeAfter, Operator::RelativeAfter),
    (pb::Operator::RelativeOnOrAfter, Operator::RelativeOnOrAfter),
    (pb::Operator::RelativeBefore, Operator::RelativeBefore),
    (pb::Operator::RelativeOnOrBefore, Operator::RelativeOnOrBefore),
    (pb::Operator::RelativeOn, Operator::RelativeOn),
    (pb::Operator::Dynamic, Operator::Dynamic),
    (pb::Operator::InstanceOf, Operator::InstanceOf),
    (pb::Operator::InHierarchy, Operator::InHierarchy),
    (pb::Operator::InHierarchyDynamic, Operator::InHierarchyDynamic),
    (pb::Operator::Changes, Operator::Changes),
    (pb::Operator::ChangesFrom, Operator::ChangesFrom),
    (pb::Operator::ChangesTo, Operator::ChangesTo),
    (pb::Operator::MatchesPattern, Operator::MatchesPattern),
    (pb::Operator::MatchesRegex, Operator::MatchesRegex),
    (pb::Operator::HasVariable, Operator::HasVariable),
    (pb::Operator::HasItemVariable, Operator::HasItemVariable),
    (pb::Operator::DoesNotHave, Operator::DoesNotHave),
    (pb::Operator::Excluding, Operator::Excluding),
];

/// The language's operator for one of the API's.
pub(super) fn parse(field: &'static str, value: i32) -> Result<Operator, Error> {
    let known = pb::Operator::try_from(value)
        .map_err(|_| Error::invalid(field, format!("{value} is no Operator; ListOperators names them")))?;
    let pair = PAIRS.iter().find(|(api, _)| *api == known);
    pair.map(|(_, operator)| *operator).ok_or_else(|| Error::invalid(field, "is required"))
}

/// One of the operators that compare numbers.
pub(in crate::grpc) fn comparison(field: &'static str, value: i32) -> Result<Operator, Error> {
    let operator = parse(field, value)?;
    match operator {
        Operator::Is
        | Operator::IsNot
        | Operator::LessThan
        | Operator::LessOrEqual
        | Operator::GreaterThan
        | Operator::GreaterOrEqual => Ok(operator),
        _ => Err(Error::invalid(field, "must be one of =, !=, >, >=, < and <=")),
    }
}

/// The API's operator for one of the language's.
pub(super) fn encode(operator: Operator) -> pb::Operator {
    let pair = PAIRS.iter().find(|(_, language)| *language == operator);
    pair.map(|(api, _)| *api).expect("a test walks every operator of the language")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_its_counterpart() {
        for operator in Operator::all() {
            assert_eq!(parse("operator", encode(*operator) as i32).unwrap(), *operator);
        }
        assert_eq!(Operator::all().len(), PAIRS.len());
        for value in 1..=PAIRS.len() as i32 {
            assert!(parse("operator", value).is_ok(), "{value} of the API has none");
        }
        assert!(
            pb::Operator::try_from(PAIRS.len() as i32 + 1).is_err(),
            "an operator of the API is missing here"
        );
    }
}
