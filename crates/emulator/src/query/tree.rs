//! The boolean shape of a query: alternatives of clauses of terms.

use servicenow::query::{Query, Term};

use super::{Compiler, Predicate, Scope, condition, related, text};

/// The query's condition, without its order.
pub(crate) fn query(compiler: &mut Compiler<'_>, scope: &mut Scope, query: &Query) -> Predicate {
    let mut alternatives = Vec::new();
    // `a^NQ` has an empty second alternative; it adds nothing.
    for alternative in query.alternatives.iter().filter(|alternative| !alternative.clauses.is_empty()) {
        let mut all = Vec::new();
        let mut never = false;
        for clause in &alternative.clauses {
            match any_of(compiler, scope, &clause.any_of) {
                Predicate::Sql(sql) => all.push(sql),
                Predicate::Never => never = true,
                Predicate::Always => {}
                Predicate::Invalid if compiler.settings.invalid_query_returns_no_rows => {
                    return Predicate::Never;
                }
                Predicate::Invalid => {}
            }
        }
        if never {
            continue;
        }
        if all.is_empty() {
            return Predicate::Always;
        }
        alternatives.push(balanced(all, " AND "));
    }
    if query.alternatives.iter().all(|alternative| alternative.clauses.is_empty()) {
        return Predicate::Always;
    }
    if alternatives.is_empty() { Predicate::Never } else { Predicate::Sql(balanced(alternatives, " OR ")) }
}

/// Terms joined by `^OR`. One that is dropped leaves the others as they are.
fn any_of(compiler: &mut Compiler<'_>, scope: &mut Scope, terms: &[Term]) -> Predicate {
    let mut any = Vec::new();
    let mut valid = false;
    let mut always = false;
    for term in terms {
        match one(compiler, scope, term) {
            Predicate::Invalid if compiler.settings.invalid_query_returns_no_rows => {
                return Predicate::Invalid;
            }
            Predicate::Invalid => continue,
            Predicate::Sql(sql) => any.push(sql),
            Predicate::Always => always = true,
            Predicate::Never => {}
        }
        valid = true;
    }
    match (valid, always, any.is_empty()) {
        (false, ..) => Predicate::Invalid,
        (_, true, _) => Predicate::Always,
        (_, _, true) => Predicate::Never,
        _ => Predicate::Sql(balanced(any, " OR ")),
    }
}

fn one(compiler: &mut Compiler<'_>, scope: &mut Scope, term: &Term) -> Predicate {
    let predicate = match term {
        Term::Condition(condition) => condition::condition(compiler, scope, condition),
        Term::Related(list) => related::related(compiler, scope, list),
        Term::Join(join) => related::join(compiler, scope, join),
        Term::Text(words) => text::search(compiler, scope, words),
        Term::Invalid(_) => Predicate::Invalid,
    };
    if matches!(predicate, Predicate::Sql(_)) && !compiler.admit_term() {
        return Predicate::Never;
    }
    predicate
}

/// Joins terms as a balanced tree: SQLite bounds the depth of an expression, and a long chain is deep.
pub(crate) fn balanced(mut terms: Vec<String>, connector: &str) -> String {
    while terms.len() > 1 {
        let mut halved = Vec::with_capacity(terms.len().div_ceil(2));
        let mut rest = terms.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => format!("({left}{connector}{right})"),
                None => left,
            });
        }
        terms = halved;
    }
    terms.pop().unwrap_or_else(|| "1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_chains_stay_shallow() {
        let terms = (0..5_000).map(|n| format!("a{n}")).collect();
        let sql = balanced(terms, " AND ");
        let mut depth = 0_usize;
        let mut deepest = 0;
        for letter in sql.chars() {
            match letter {
                '(' => depth += 1,
                ')' => depth -= 1,
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        assert_eq!(deepest, 13);
        assert_eq!(balanced(vec!["a".into(), "b".into(), "c".into()], " OR "), "((a OR b) OR c)");
    }
}
