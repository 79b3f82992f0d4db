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
