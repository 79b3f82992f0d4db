//! Tree to text.
//!
//! What the parser makes prints to text that it reads back as the same tree. Trees made by hand have limits
//! that the language sets: `Operator::LessThan` with the value `=5` prints as `<=5`, and a field name with a
//! space reads back as [`Term::Invalid`]. [`Query::problems`] names such terms.

use std::fmt;

use super::{Alternative, Condition, Join, Query, RelatedList, Term, term};

impl fmt::Display for Query {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = Printer::default();
        printer.alternatives(&self.alternatives, Place::Start);
        for field in &self.group_by {
            printer.directive("GROUPBY", field);
        }
        for order in &self.order {
            printer.directive(if order.descending { "ORDERBYDESC" } else { "ORDERBY" }, &order.field);
        }
        formatter.write_str(&printer.text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}{}{}", self.field, self.spelling(), self.value.replace('^', "^^"))
    }
}

impl Condition {
    /// The canonical spelling, unless it runs together with the upper-case letters of a custom column: `BO` and
    /// `NOT LIKE` would read as `B` `ON`, where `BO!*` does not.
    fn spelling(&self) -> &'static str {
        let canonical = self.operator.as_str();
        if !self.field.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return canonical;
        }
        let Condition { field, operator, value } = self;
        let spellings = std::iter::once(canonical).chain(operator.aliases().iter().copied());
        let reads_back =
            |spelling: &&str| term::condition(&format!("{field}{spelling}{value}")).as_ref() == Some(self);
        spellings.into_iter().find(reads_back).unwrap_or(canonical)
    }
}

/// Where a term is written.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// First in the text.
    Start,
    /// After a `^`, an `^NQ`, or the comma of a related list's head.
    Clause,
    /// After `^OR`.
    Or,
}

#[derive(Default)]
struct Printer {
    text: String,
}

impl Printer {
    /// The first term goes to `place`; the separator before it is already written.
    fn alternatives(&mut self, alternatives: &[Alternative], place: Place) {
        let mut place = place;
        for (index, alternative) in alternatives.iter().filter(|one| !is_empty(one)).enumerate() {
            if index > 0 {
                self.text.push_str("^NQ");
            }
            self.clauses(alternative, place);
            place = Place::Clause;
        }
    }

    fn clauses(&mut self, alternative: &Alternative, place: Place) {
        let mut place = place;
        for (index, clause) in
            alternative.clauses.iter().filter(|clause| !clause.any_of.is_empty()).enumerate()
        {
            if index > 0 {
                self.text.push('^');
                place = Place::Clause;
            }
            for (index, term) in clause.any_of.iter().enumerate() {
                if index > 0 {
                    self.text.push_str("^OR");
                    place = Place::Or;
                }
                self.term(term, place);
            }
        }
    }

    fn term(&mut self, term: &Term, place: Place) {
        match term {
            Term::Condition(condition) => self.guarded(&condition.to_string(), place),
            Term::Related(related) => self.related(related),
            Term::Join(join) => self.join(join),
            Term::Text(words) => self.escaped("123TEXTQUERY321=", words),
            Term::Invalid(text) if text.starts_with("RLQUERY") => {
                self.escaped("", text);
                self.text.push_str("^ENDRLQUERY");
            }
            Term::Invalid(text) => self.guarded(&text.replace('^', "^^"), place),
        }
    }

    /// Text that would be taken for a connector or directive is marked as a term by `GOTO`.
    fn guarded(&mut self, term: &str, place: Place) {
        let mistaken = match place {
            Place::Start => is_connector(term),
            Place::Clause => is_connector(term) || term.starts_with('^'),
            Place::Or => term.starts_with("DERBY") || term.starts_with("GOTO"),
        };
        if mistaken {
            self.text.push_str("GOTO");
        }
        self.text.push_str(term);
    }

    fn related(&mut self, related: &RelatedList) {
        let RelatedList { table, field, comparison, count, many_to_many, conditions } = related;
        self.text.push_str(&format!("RLQUERY{table}.{field},{}{count}", comparison.as_str()));
        let mut inner = Printer::default();
        inner.alternatives(&conditions.alternatives, Place::Clause);
        if *many_to_many {
            self.text.push_str(",m2m");
        }
        if !inner.text.is_empty() {
            // Each form as ServiceNow's own client sends it.
            let caret = *many_to_many || inner.text.starts_with("m2m");
            self.text.push(if caret { '^' } else { ',' });
            self.text.push_str(&inner.text);
        }
        self.text.push_str("^ENDRLQUERY");
    }

    fn join(&mut self, join: &Join) {
        let Join { table, field, other_table, other_field, condition } = join;
        self.text.push_str(&format!("JOIN{table}.{field}={other_table}.{other_field}"));
        if let Some(condition) = condition {
            self.text.push('!');
            self.text.push_str(&condition.to_string());
        }
    }

    fn directive(&mut self, name: &str, field: &str) {
        if !self.text.is_empty() {
            self.text.push('^');
        }
        self.escaped(name, field);
    }

    fn escaped(&mut self, prefix: &str, value: &str) {
        self.text.push_str(prefix);
        self.text.push_str(&value.replace('^', "^^"));
    }
}

fn is_empty(alternative: &Alternative) -> bool {
    alternative.clauses.iter().all(|clause| clause.any_of.is_empty())
}

fn is_connector(term: &str) -> bool {
    let prefixes = ["NQ", "OR", "GROUPBY", "GOTO", "123TEXTINDEXGROUP321="];
    term == "EQ" || term == "ENDRLQUERY" || prefixes.iter().any(|prefix| term.starts_with(prefix))
}
