//! What an instance would silently drop or misread.

use std::fmt;

use super::{Condition, MAX_NESTING, Operator, Query, Term};

/// A term that does not do what its writer meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The text is no term: an instance drops it and so matches more rows.
    Unreadable {
        /// The text.
        text: String,
    },
    /// Related-list queries stand too deep in one another.
    TooDeep,
    /// The operand does not have the form that the operator needs.
    Operand {
        /// The field asked.
        field: String,
        /// The operator.
        operator: Operator,
        /// The operand as it is.
        value: String,
    },
    /// The operator means something only while a record is being changed.
    TriggerOnly {
        /// The field asked.
        field: String,
        /// The operator.
        operator: Operator,
    },
    /// A condition made by hand whose text reads back as something else.
    Ambiguous {
        /// What it prints as.
        text: String,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Unreadable { text } => write!(formatter, "`{text}` is not a term of an encoded query"),
            Problem::TooDeep => write!(formatter, "related lists are nested deeper than {MAX_NESTING}"),
            Problem::Operand { field, operator, value } => {
                write!(formatter, "`{value}` is no operand for {} on `{field}`", operator.as_str())
            }
            Problem::TriggerOnly { field, operator } => {
                write!(formatter, "{} on `{field}` selects nothing in a list", operator.as_str())
            }
            Problem::Ambiguous { text } => write!(formatter, "`{text}` reads back as something else"),
        }
    }
}

impl Query {
    /// Names every term that an instance would drop or misread, those inside related lists included.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.collect_problems(0, &mut problems);
        problems
    }

    fn collect_problems(&self, depth: usize, problems: &mut Vec<Problem>) {
        if depth > MAX_NESTING {
            problems.push(Problem::TooDeep);
            return;
        }
        for term in self.terms() {
            match term {
                Term::Condition(condition) => problems.extend(condition.problem()),
                Term::Related(related) => related.conditions.collect_problems(depth + 1, problems),
                Term::Join(join) => problems.extend(join.condition.as_ref().and_then(Condition::problem)),
                Term::Text(_) => {}
                Term::Invalid(text) if depth == MAX_NESTING && text.starts_with("RLQUERY") => {
                    problems.push(Problem::TooDeep);
                }
                Term::Invalid(text) => problems.push(Problem::Unreadable { text: text.clone() }),
            }
        }
    }
}

impl Condition {
    fn problem(&self) -> Option<Problem> {
        let (field, operator) = (self.field.clone(), self.operator);
        if operator.is_trigger_only() {
            return Some(Problem::TriggerOnly { field, operator });
        }
        let text = self.to_string();
        let same = Query::parse(&text).terms().eq([&Term::Condition(self.clone())]);
        if !same {
            return Some(Problem::Ambiguous { text });
        }
        let fits = fits(operator, &self.value);
        (!fits).then(|| Problem::Operand { field, operator, value: self.value.clone() })
    }
}

/// Whether the operand has the number of parts that the operator reads.
fn fits(operator: Operator, value: &str) -> bool {
    use Operator::*;
    let parts = value.split('@').count();
    match operator {
        Between | InHierarchy | InHierarchyDynamic => parts == 2,
        SameAs | NotSameAs => parts <= 2 && !value.is_empty(),
        GreaterThanField | LessThanField | GreaterOrEqualField | LessOrEqualField => {
            parts == 1 && !value.is_empty()
        }
        // The value starts with the separator: `@hour@ago@2`.
        RelativeAfter | RelativeOnOrAfter | RelativeBefore | RelativeOnOrBefore | RelativeOn => {
            parts == 4 && value.starts_with('@')
        }
        MoreThan | LessThanApart => parts == 4,
        On | NotOn => parts == 3,
        DatePart => parts == 2,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_would_be_dropped() {
        for (text, expected) in [
            ("a=1^ORDERBYb", vec![]),
            ("a=1^???", vec!["`???` is not a term of an encoded query"]),
            ("aBETWEEN1", vec!["`1` is no operand for BETWEEN on `a`"]),
            ("aBETWEEN1@2^bRELATIVEGT@hour@ago@2^cSAMEASd@day^dONToday@x@y", vec![]),
            ("bRELATIVEGT@hour@2", vec!["`@hour@2` is no operand for RELATIVEGT on `b`"]),
            ("aVALCHANGES", vec!["VALCHANGES on `a` selects nothing in a list"]),
            ("RLQUERYt.f,>0,???^ENDRLQUERY", vec!["`???` is not a term of an encoded query"]),
            ("RLQUERYt^a=1^ENDRLQUERY", vec!["`RLQUERYt^a=1` is not a term of an encoded query"]),
        ] {
            let found: Vec<_> = Query::parse(text).problems().iter().map(ToString::to_string).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn names_what_would_be_misread() {
        let query = Query::new().and("a", Operator::LessThan, "=5").and("b c", Operator::Is, "1");
        let texts = ["`a<=5` reads back as something else", "`b c=1` reads back as something else"];
        assert_eq!(query.problems().iter().map(ToString::to_string).collect::<Vec<_>>(), texts);
    }

    #[test]
    fn names_nesting() {
        let deep = |levels: usize| "RLQUERYt.f,>0,".repeat(levels) + "a=1" + &"^ENDRLQUERY".repeat(levels);
        assert_eq!(Query::parse(&deep(MAX_NESTING)).problems(), []);
        assert_eq!(Query::parse(&deep(MAX_NESTING + 1)).problems(), [Problem::TooDeep]);
    }
}
