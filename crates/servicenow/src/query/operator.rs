//! The operators of the language, with every spelling that is accepted.

/// What a condition asks of its field.
///
/// Names follow ServiceNow's labels. Each has one canonical spelling, [`Operator::as_str`], which is what is
/// printed; other spellings are accepted by the parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// `=`
    Is,
    /// `!=`
    IsNot,
    /// `<`
    LessThan,
    /// `<=`
    LessOrEqual,
    /// `>`
    GreaterThan,
    /// `>=`
    GreaterOrEqual,
    /// `IN`: one of a comma-separated list.
    In,
    /// `NOT IN`
    NotIn,
    /// `STARTSWITH`
    StartsWith,
    /// `ENDSWITH`, also `%`
    EndsWith,
    /// `LIKE`, also `CONTAINS` and `*`
    Contains,
    /// `NOT LIKE`, also `NOTLIKE`, `DOES NOT CONTAIN` and `!*`
    DoesNotContain,
    /// `ISEMPTY`
    IsEmpty,
    /// `ISNOTEMPTY`
    IsNotEmpty,
    /// `EMPTYSTRING`
    EmptyString,
    /// `ANYTHING`
    Anything,
    /// `BETWEEN`: `a@b`, both ends included.
    Between,
    /// `SAMEAS`: the value is another field, for dates with an optional `@unit`.
    SameAs,
    /// `NSAMEAS`
    NotSameAs,
    /// `GT_FIELD`
    GreaterThanField,
    /// `LT_FIELD`
    LessThanField,
    /// `GT_OR_EQUALS_FIELD`
    GreaterOrEqualField,
    /// `LT_OR_EQUALS_FIELD`
    LessOrEqualField,
    /// `MORETHAN`: `field@unit@before|after|before or after@n`
    MoreThan,
    /// `LESSTHAN`
    LessThanApart,
    /// `ON`: `label@start@end`
    On,
    /// `NOTON`
    NotOn,
    /// `DATEPART`: `label@javascript:gs.datePart('part','value','EE|GE|LE|GT|LT')`
    DatePart,
    /// `RELATIVEGT`: `@unit@ago|ahead@n`
    RelativeAfter,
    /// `RELATIVEGE`
    RelativeOnOrAfter,
    /// `RELATIVELT`
    RelativeBefore,
    /// `RELATIVELE`
    RelativeOnOrBefore,
    /// `RELATIVEEE`
    RelativeOn,
    /// `DYNAMIC`: the sys_id of a `sys_filter_option_dynamic` row.
    Dynamic,
    /// `INSTANCEOF`: the class named, or one that extends it.
    InstanceOf,
    /// `IN_HIERARCHY`: `hierarchy@id`
    InHierarchy,
    /// `IN_HIERARCHY_DYNAMIC`
    InHierarchyDynamic,
    /// `VALCHANGES`: only in trigger conditions.
    Changes,
    /// `CHANGESFROM`: only in trigger conditions.
    ChangesFrom,
    /// `CHANGESTO`: only in trigger conditions.
    ChangesTo,
    /// `MATCH_PAT`: only for in-memory filters.
    MatchesPattern,
    /// `MATCH_RGX`: only for in-memory filters.
    MatchesRegex,
    /// `HASVARIABLE`: catalog variables.
    HasVariable,
    /// `HASITEMVARIABLE`: catalog variables.
    HasItemVariable,
    /// `DOESNOTHAVE`: tags.
    DoesNotHave,
    /// `EXCLUDING`: tags.
    Excluding,
}

/// What kind of operand an operator takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    /// None: whatever follows is ignored.
    None,
    /// One value.
    Value,
    /// Values separated by commas.
    List,
    /// `low@high`.
    Range,
    /// The name of another field of the same row, perhaps with `@unit`.
    Field,
    /// An `@`-separated form of its own, as the operator's documentation shows.
    Parts,
}

impl Operator {
    /// Every operator, in the order of the enumeration.
    pub fn all() -> &'static [Operator] {
        &[
            Operator::Is,
            Operator::IsNot,
            Operator::LessThan,
            Operator::LessOrEqual,
            Operator::GreaterThan,
            Operator::GreaterOrEqual,
            Operator::In,
            Operator::NotIn,
            Operator::StartsWith,
            Operator::EndsWith,
            Operator::Contains,
            Operator::DoesNotContain,
            Operator::IsEmpty,
            Operator::IsNotEmpty,
            Operator::EmptyString,
            Operator::Anything,
            Operator::Between,
            Operator::SameAs,
            Operator::NotSameAs,
            Operator::GreaterThanField,
            Operator::LessThanField,
            Operator::GreaterOrEqualField,
            Operator::LessOrEqualField,
            Operator::MoreThan,
            Operator::LessThanApart,
            Operator::On,
            Operator::NotOn,
            Operator::DatePart,
            Operator::RelativeAfter,
            Operator::RelativeOnOrAfter,
            Operator::RelativeBefore,
            Operator::RelativeOnOrBefore,
            Operator::RelativeOn,
            Operator::Dynamic,
            Operator::InstanceOf,
            Operator::InHierarchy,
            Operator::InHierarchyDynamic,
            Operator::Changes,
            Operator::ChangesFrom,
            Operator::ChangesTo,
            Operator::MatchesPattern,
            Operator::MatchesRegex,
            Operator::HasVariable,
            Operator::HasItemVariable,
            Operator::DoesNotHave,
            Operator::Excluding,
        ]
    }

    /// The canonical spelling, which is what a query is printed with.
    pub fn as_str(self) -> &'static str {
        match self {
            Operator::Is => "=",
            Operator::IsNot => "!=",
            Operator::LessThan => "<",
            Operator::LessOrEqual => "<=",
            Operator::GreaterThan => ">",
            Operator::GreaterOrEqual => ">=",
            Operator::In => "IN",
            Operator::NotIn => "NOT IN",
            Operator::StartsWith => "STARTSWITH",
            Operator::EndsWith => "ENDSWITH",
            Operator::Contains => "LIKE",
            Operator::DoesNotContain => "NOT LIKE",
            Operator::IsEmpty => "ISEMPTY",
            Operator::IsNotEmpty => "ISNOTEMPTY",
            Operator::EmptyString => "EMPTYSTRING",
            Operator::Anything => "ANYTHING",
            Operator::Between => "BETWEEN",
            Operator::SameAs => "SAMEAS",
            Operator::NotSameAs => "NSAMEAS",
            Operator::GreaterThanField => "GT_FIELD",
            Operator::LessThanField => "LT_FIELD",
            Operator::GreaterOrEqualField => "GT_OR_EQUALS_FIELD",
            Operator::LessOrEqualField => "LT_OR_EQUALS_FIELD",
            Operator::MoreThan => "MORETHAN",
            Operator::LessThanApart => "LESSTHAN",
            Operator::On => "ON",
            Operator::NotOn => "NOTON",
            Operator::DatePart => "DATEPART",
            Operator::RelativeAfter => "RELATIVEGT",
            Operator::RelativeOnOrAfter => "RELATIVEGE",
            Operator::RelativeBefore => "RELATIVELT",
            Operator::RelativeOnOrBefore => "RELATIVELE",
            Operator::RelativeOn => "RELATIVEEE",
            Operator::Dynamic => "DYNAMIC",
            Operator::InstanceOf => "INSTANCEOF",
            Operator::InHierarchy => "IN_HIERARCHY",
            Operator::InHierarchyDynamic => "IN_HIERARCHY_DYNAMIC",
            Operator::Changes => "VALCHANGES",
            Operator::ChangesFrom => "CHANGESFROM",
            Operator::ChangesTo => "CHANGESTO",
            Operator::MatchesPattern => "MATCH_PAT",
            Operator::MatchesRegex => "MATCH_RGX",
            Operator::HasVariable => "HASVARIABLE",
            Operator::HasItemVariable => "HASITEMVARIABLE",
            Operator::DoesNotHave => "DOESNOTHAVE",
            Operator::Excluding => "EXCLUDING",
        }
    }

    /// Other spellings that the parser takes for this operator.
    pub fn aliases(self) -> &'static [&'static str] {
        match self {
            Operator::EndsWith => &["%"],
            Operator::Contains => &["CONTAINS", "*"],
            Operator::DoesNotContain => &["NOTLIKE", "DOES NOT CONTAIN", "!*"],
            _ => &[],
        }
    }

    /// What a person reads in a condition builder.
    pub fn label(self) -> &'static str {
        match self {
            Operator::Is => "is",
            Operator::IsNot => "is not",
            Operator::LessThan => "less than",
            Operator::LessOrEqual => "less than or is",
            Operator::GreaterThan => "greater than",
            Operator::GreaterOrEqual => "greater than or is",
            Operator::In => "is one of",
            Operator::NotIn => "is not one of",
            Operator::StartsWith => "starts with",
            Operator::EndsWith => "ends with",
            Operator::Contains => "contains",
            Operator::DoesNotContain => "does not contain",
            Operator::IsEmpty => "is empty",
            Operator::IsNotEmpty => "is not empty",
            Operator::EmptyString => "is empty string",
            Operator::Anything => "is anything",
            Operator::Between => "between",
            Operator::SameAs => "is same",
            Operator::NotSameAs => "is different",
            Operator::GreaterThanField => "greater than field",
            Operator::LessThanField => "less than field",
            Operator::GreaterOrEqualField => "greater than or is field",
            Operator::LessOrEqualField => "less than or is field",
            Operator::MoreThan => "is more than",
            Operator::LessThanApart => "is less than",
            Operator::On => "on",
            Operator::NotOn => "not on",
            Operator::DatePart => "trend",
            Operator::RelativeAfter => "relative after",
            Operator::RelativeOnOrAfter => "relative on or after",
            Operator::RelativeBefore => "relative before",
            Operator::RelativeOnOrBefore => "relative on or before",
            Operator::RelativeOn => "relative on",
            Operator::Dynamic => "is (dynamic)",
            Operator::InstanceOf => "is a kind of",
            Operator::InHierarchy => "in hierarchy",
            Operator::InHierarchyDynamic => "in hierarchy (dynamic)",
            Operator::Changes => "changes",
            Operator::ChangesFrom => "changes from",
            Operator::ChangesTo => "changes to",
            Operator::MatchesPattern => "matches pattern",
            Operator::MatchesRegex => "matches regex",
            Operator::HasVariable => "has variable",
            Operator::HasItemVariable => "has item variable",
            Operator::DoesNotHave => "does not have",
            Operator::Excluding => "excluding",
        }
    }

    /// The kind of operand it takes.
    pub fn operand(self) -> Operand {
        use Operator::*;
        match self {
            IsEmpty | IsNotEmpty | EmptyString | Anything | Changes => Operand::None,
            In | NotIn => Operand::List,
            Between => Operand::Range,
            SameAs | NotSameAs | GreaterThanField | LessThanField | GreaterOrEqualField
            | LessOrEqualField => Operand::Field,
            MoreThan | LessThanApart | On | NotOn | DatePart | RelativeAfter | RelativeOnOrAfter
            | RelativeBefore | RelativeOnOrBefore | RelativeOn | InHierarchy | InHierarchyDynamic => {
                Operand::Parts
            }
            Is | IsNot | LessThan | LessOrEqual | GreaterThan | GreaterOrEqual | StartsWith | EndsWith
            | Contains | DoesNotContain | Dynamic | InstanceOf | ChangesFrom | ChangesTo | MatchesPattern
            | MatchesRegex | HasVariable | HasItemVariable | DoesNotHave | Excluding => Operand::Value,
        }
    }

    /// Whether it means something only where a record is being changed (rules, notifications), not in a list.
    pub fn is_trigger_only(self) -> bool {
        matches!(self, Operator::Changes | Operator::ChangesFrom | Operator::ChangesTo)
    }

    /// The operator whose spelling is the longest that `text` starts with, and that spelling's length.
    pub(super) fn at_start(text: &str) -> Option<(Operator, usize)> {
        let first = *text.as_bytes().first()?;
        let mut best: Option<(Operator, usize)> = None;
        for &(spelling, operator) in SPELLINGS {
            let longer = best.is_none_or(|(_, length)| spelling.len() > length);
            if spelling.as_bytes()[0] == first && longer && text.starts_with(spelling) {
                best = Some((operator, spelling.len()));
            }
        }
        best
    }
}

/// Every accepted spelling.
const SPELLINGS: &[(&str, Operator)] = &[
    ("=", Operator::Is),
    ("!=", Operator::IsNot),
    ("<", Operator::LessThan),
    ("<=", Operator::LessOrEqual),
    (">", Operator::GreaterThan),
    (">=", Operator::GreaterOrEqual),
    ("IN", Operator::In),
    ("NOT IN", Operator::NotIn),
    ("STARTSWITH", Operator::StartsWith),
    ("ENDSWITH", Operator::EndsWith),
    ("%", Operator::EndsWith),
    ("LIKE", Operator::Contains),
    ("CONTAINS", Operator::Contains),
    ("*", Operator::Contains),
    ("NOT LIKE", Operator::DoesNotContain),
    ("NOTLIKE", Operator::DoesNotContain),
    ("DOES NOT CONTAIN", Operator::DoesNotContain),
    ("!*", Operator::DoesNotContain),
    ("ISEMPTY", Operator::IsEmpty),
    ("ISNOTEMPTY", Operator::IsNotEmpty),
    ("EMPTYSTRING", Operator::EmptyString),
    ("ANYTHING", Operator::Anything),
    ("BETWEEN", Operator::Between),
    ("SAMEAS", Operator::SameAs),
    ("NSAMEAS", Operator::NotSameAs),
    ("GT_FIELD", Operator::GreaterThanField),
    ("LT_FIELD", Operator::LessThanField),
    ("GT_OR_EQUALS_FIELD", Operator::GreaterOrEqualField),
    ("LT_OR_EQUALS_FIELD", Operator::LessOrEqualField),
    ("MORETHAN", Operator::MoreThan),
    ("LESSTHAN", Operator::LessThanApart),
    ("ON", Operator::On),
    ("NOTON", Operator::NotOn),
    ("DATEPART", Operator::DatePart),
    ("RELATIVEGT", Operator::RelativeAfter),
    ("RELATIVEGE", Operator::RelativeOnOrAfter),
    ("RELATIVELT", Operator::RelativeBefore),
    ("RELATIVELE", Operator::RelativeOnOrBefore),
    ("RELATIVEEE", Operator::RelativeOn),
    ("DYNAMIC", Operator::Dynamic),
    ("INSTANCEOF", Operator::InstanceOf),
    ("IN_HIERARCHY", Operator::InHierarchy),
    ("IN_HIERARCHY_DYNAMIC", Operator::InHierarchyDynamic),
    ("VALCHANGES", Operator::Changes),
    ("CHANGESFROM", Operator::ChangesFrom),
    ("CHANGESTO", Operator::ChangesTo),
    ("MATCH_PAT", Operator::MatchesPattern),
    ("MATCH_RGX", Operator::MatchesRegex),
    ("HASVARIABLE", Operator::HasVariable),
    ("HASITEMVARIABLE", Operator::HasItemVariable),
    ("DOESNOTHAVE", Operator::DoesNotHave),
    ("EXCLUDING", Operator::Excluding),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_is_listed_once_and_found() {
        for &operator in Operator::all() {
            for spelling in std::iter::once(operator.as_str()).chain(operator.aliases().iter().copied()) {
                let found = Operator::at_start(&format!("{spelling} x"));
                assert_eq!(found, Some((operator, spelling.len())), "{spelling}");
                assert_eq!(
                    SPELLINGS.iter().filter(|(listed, _)| *listed == spelling).count(),
                    1,
                    "{spelling}"
                );
            }
        }
        let spellings: usize = Operator::all().iter().map(|operator| 1 + operator.aliases().len()).sum();
        assert_eq!(spellings, SPELLINGS.len());
    }

    #[test]
    fn the_longest_spelling_wins() {
        for (text, expected) in [
            ("INSTANCEOFx", Operator::InstanceOf),
            ("IN_HIERARCHY_DYNAMICx", Operator::InHierarchyDynamic),
            ("INx", Operator::In),
            ("<=1", Operator::LessOrEqual),
            ("NOTONx", Operator::NotOn),
            ("NOTLIKEx", Operator::DoesNotContain),
        ] {
            assert_eq!(Operator::at_start(text).map(|found| found.0), Some(expected), "{text}");
        }
        assert_eq!(Operator::at_start("in1,2"), None, "spellings are case-sensitive");
        assert_eq!(Operator::at_start(""), None);
    }
}
