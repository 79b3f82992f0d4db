//! Rate limit rules: so many requests an hour, for a user, for those with a role, or for all.
//!
//! The rules are rows of `sys_rate_limit_rules`, read again now and then. As on the platform a rule for the user goes
//! before those for roles, of which the strictest counts, and these before the rules for all; each user has a count of
//! their own, which ends with the hour.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::{Engine, Session};
use crate::error::Error;
use crate::query::quoted;

const TABLE: &str = "sys_rate_limit_rules";
const COLUMNS: [&str; 8] = [
    "sys_id",
    "request_limit_per_hour",
    "rest_resource_name",
    "table_name",
    "apply_to",
    "user",
    "role",
    "active",
];
const HOUR: i64 = 3_600;
/// Rules that are looked at.
const MOST_RULES: usize = 1_000;
/// Counts kept; those of past hours go first.
const MOST_COUNTS: usize = 100_000;

/// The rules and the counts.
pub(crate) struct RateRules {
    age: TimeDelta,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    read: Option<DateTime<Utc>>,
    rules: Vec<Rule>,
    counts: HashMap<(String, String), Count>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    id: String,
    limit: u64,
    api: String,
    table: String,
    whom: Whom,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Whom {
    User(String),
    Role(String),
    All,
}

struct Count {
    hour: i64,
    limit: u64,
    requests: u64,
}

/// What a request is for, in the words of a rule.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// `Table API`
    pub(crate) api: &'static str,
    pub(crate) table: Option<String>,
}

/// How a caller stands with the rule that applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) rule: String,
    pub(crate) limit: u64,
    /// Unix seconds at which the count starts again.
    pub(crate) reset: i64,
    /// Seconds until then, for one who has gone over the limit.
    pub(crate) over: Option<u64>,
}

impl RateRules {
    pub(crate) fn new(age: Duration) -> Self {
        let age = TimeDelta::from_std(age).unwrap_or(TimeDelta::MAX);
        RateRules { age, state: Mutex::default() }
    }

    /// Whether what is known of the rules is too old.
    pub(crate) fn stale(&self, now: DateTime<Utc>) -> bool {
        self.lock().read.is_none_or(|read| now - read >= self.age || now < read)
    }

    /// Reads the rules. Blocks on the store.
    pub(crate) fn read(&self, engine: &Engine) -> Result<(), Error> {
        let rules = read(engine)?;
        let mut state = self.lock();
        state.rules = rules;
        state.read = Some(engine.now());
        Ok(())
    }

    /// Counts a request; none where no rule applies.
    pub(crate) fn count(&self, session: &Session, wanted: &Wanted, now: DateTime<Utc>) -> Option<Standing> {
        let mut state = self.lock();
        let rule = applies(&state.rules, session, wanted)?.clone();
        Some(state.count(rule, &session.user_id, now.timestamp()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&mut self, rule: Rule, user: &str, now: i64) -> Standing {
        let hour = now.div_euclid(HOUR);
        if self.counts.len() >= MOST_COUNTS {
            self.counts.retain(|_, count| count.hour == hour);
        }
        let new = Count { hour, limit: rule.limit, requests: 0 };
        let count = self.counts.entry((rule.id.clone(), user.to_owned())).or_insert(new);
        // A new hour or a new limit begins at zero.
        if count.hour != hour || count.limit != rule.limit {
            *count = Count { hour, limit: rule.limit, requests: 0 };
        }
        count.requests = count.requests.saturating_add(1);
        let reset = (hour + 1) * HOUR;
        let over = (count.requests > rule.limit).then(|| reset.abs_diff(now));
        Standing { rule: rule.id, limit: rule.limit, reset, over }
    }
}

/// The rule that counts for the caller.
fn applies<'r>(rules: &'r [Rule], session: &Session, wanted: &Wanted) -> Option<&'r Rule> {
    let fits = |rule: &&Rule| {
        (rule.api.is_empty() || rule.api.eq_ignore_ascii_case(wanted.api))
            && (rule.table.is_empty() || wanted.table.as_deref() == Some(rule.table.as_str()))
    };
    let strictest = |of: &dyn Fn(&Whom) -> bool| {
        rules.iter().filter(fits).filter(|rule| of(&rule.whom)).min_by_key(|rule| rule.limit)
    };
    strictest(&|whom| matches!(whom, Whom::User(user) if *user == session.user_id))
        .or_else(|| strictest(&|whom| matches!(whom, Whom::Role(role) if session.roles.contains(role))))
        .or_else(|| strictest(&|whom| *whom == Whom::All))
}

fn read(engine: &Engine) -> Result<Vec<Rule>, Error> {
    let schema = engine.schema();
    let Some(table) = schema.table(TABLE) else { return Ok(Vec::new()) };
    // An instance made by an older version lacks some columns.
    let columns = COLUMNS.map(|name| match table.column(name) {
        Some(_) => format!("r.{}", quoted(name)),
        None => "NULL".to_owned(),
    });
    let [id, limit, api, on, to, user, role, active] = columns;
    let sql = format!(
        "SELECT {id}, {limit}, {api}, {on}, {to}, {user}, (SELECT name FROM sys_user_role WHERE sys_id = {role}) \
         FROM {} AS r WHERE {active} = 1 AND {limit} > 0 ORDER BY {id} LIMIT {MOST_RULES}",
        quoted(&table.storage),
    );
    engine.read(|connection| {
        let mut statement = connection.prepare_cached(&sql)?;
        let rules = statement.query_map([], |row| {
            let text = |at: usize| row.get::<_, Option<String>>(at).map(Option::unwrap_or_default);
            let whom = match (text(4)?.as_str(), text(5)?, text(6)?) {
                ("user", user, _) => Whom::User(user),
                ("role", _, role) => Whom::Role(role),
                _ => Whom::All,
            };
            let limit = row.get::<_, i64>(1)?.unsigned_abs();
            Ok(Rule { id: text(0)?, limit, api: text(2)?, table: text(3)?, whom })
        })?;
        Ok(rules.collect::<Result<_, _>>()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(id: &str, limit: u64, whom: Whom) -> Rule {
        Rule { id: id.into(), limit, api: String::new(), table: String::new(), whom }
    }

    fn of(whom: &str) -> Whom {
        match whom.split_once(' ') {
            Some(("user", id)) => Whom::User(id.into()),
            Some(("role", name)) => Whom::Role(name.into()),
            _ => Whom::All,
        }
    }

    fn caller() -> Session {
        Session {
            user_id: "ann".into(),
            user_name: "ann".into(),
            name: "Ann".into(),
            time_zone: chrono_tz::UTC,
            date_format: crate::value::format::DateFormat::default(),
            roles: vec!["itil".into(), "import_admin".into()],
            admin: false,
        }
    }

    #[test]
    fn the_closest_rule_applies_and_of_its_kind_the_strictest() {
        let wanted = Wanted { api: "Table API", table: Some("incident".into()) };
        for (rules, expected) in [
            (&[("a", 10, "all"), ("b", 5, "all")][..], Some("b")),
            (&[("a", 10, "all"), ("b", 50, "role itil")], Some("b")),
            (&[("a", 90, "role import_admin"), ("b", 50, "role itil"), ("c", 1, "role other")], Some("b")),
            (&[("a", 1, "role itil"), ("b", 50, "user ann"), ("c", 2, "user bob")], Some("b")),
            (&[("a", 1, "role other"), ("b", 1, "user bob")], None),
        ] {
            let rules: Vec<_> = rules.iter().map(|(id, limit, whom)| rule(id, *limit, of(whom))).collect();
            let found = applies(&rules, &caller(), &wanted).map(|rule| rule.id.as_str());
            assert_eq!(found, expected, "{rules:?}");
        }
    }

    #[test]
    fn a_rule_may_be_for_one_api_and_one_table() {
        for (api, table, expected) in [
            ("Table API", "", true),
            ("table api", "incident", true),
            ("Table API", "problem", false),
            ("Attachment API", "", false),
            ("", "incident", true),
        ] {
            let rules = [Rule { api: api.into(), table: table.into(), ..rule("a", 1, Whom::All) }];
            let wanted = Wanted { api: "Table API", table: Some("incident".into()) };
            assert_eq!(applies(&rules, &caller(), &wanted).is_some(), expected, "{api} {table}");
        }
    }

    #[test]
    fn a_count_ends_with_the_hour_and_with_its_limit() {
        let mut state = State::default();
        let mut ask = |limit, now| state.count(rule("a", limit, Whom::All), "ann", now).over;
        assert_eq!([ask(2, 3_600), ask(2, 3_601), ask(2, 3_602)], [None, None, Some(3_598)]);
        assert_eq!([ask(3, 3_603), ask(3, 7_199)], [None, None], "another limit begins at zero");
        assert_eq!([ask(3, 7_199), ask(3, 7_199), ask(3, 7_200)], [None, Some(1), None]);
    }
}
