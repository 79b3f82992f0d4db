//! What each encoded query means: the cases under `query_cases/` over the fixed rows of `data.txt`.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod fixed;

use std::fmt::Write;
use std::ops::ControlFlow;

use fixed::Instance;
use servicenow::query::Query;
use servicenow_emulator::engine::{Engine, Error, ListRequest, Projection, Session};
use servicenow_emulator::settings::Settings;

/// One line of a case file.
struct Case<'t> {
    line: usize,
    query: String,
    expected: &'t str,
    ordered: bool,
}

#[test]
fn connectors_and_directives() {
    run(include_str!("query_cases/connectors.txt"), 60);
}

#[test]
fn operators_by_kind() {
    run(include_str!("query_cases/operators.txt"), 120);
}

#[test]
fn dates_and_functions() {
    run(include_str!("query_cases/dates.txt"), 120);
}

#[test]
fn relations_and_order() {
    run(include_str!("query_cases/relations.txt"), 60);
}

/// Runs a file; every failing line is reported at once. `least` guards against a file that is not read.
fn run(text: &str, least: usize) {
    let instance = Instance::new();
    let mut failures = String::new();
    let mut cases = 0;
    let mut section = None;
    for (at, line) in text.lines().enumerate() {
        if let Some(head) = line.strip_prefix('[') {
            section = Some(Section::read(head.trim_end_matches(']'), &instance));
        } else if let Some(case) = Case::read(at + 1, line, &instance) {
            let section = section.as_ref().expect("a section comes before its cases");
            cases += 1;
            if let Err(found) = section.check(&case, &instance) {
                writeln!(failures, "line {}: {}\n  {found}", case.line, case.query).unwrap();
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
    assert!(cases >= least, "only {cases} cases were read");
}

/// `[table switch… as user]`
struct Section {
    table: String,
    engine: Engine,
    session: Session,
}

impl Section {
    fn read(head: &str, instance: &Instance) -> Self {
        let (what, user) = head.split_once(" as ").unwrap_or((head, "abel"));
        let mut words = what.split(' ');
        let table = words.next().unwrap().to_owned();
        let mut settings = Settings::default();
        for switch in words {
            match switch {
                "invalid_query_returns_no_rows" => settings.invalid_query_returns_no_rows = true,
                "negation_matches_empty" => settings.negation_matches_empty = true,
                "unknown_query_field_forbidden" => settings.unknown_query_field_forbidden = true,
                other => panic!("no switch {other}"),
            }
        }
        let engine = instance.engine(settings);
        let session = instance.session(&engine, user);
        Section { table, engine, session }
    }

    fn check(&self, case: &Case<'_>, instance: &Instance) -> Result<(), String> {
        let found = self.list(&case.query);
        if case.expected == "!forbidden" {
            let forbidden = matches!(found, Err(Error::QueryForbidden));
            return if forbidden { Ok(()) } else { Err(format!("expected a refusal, found {found:?}")) };
        }
        let mut found = found.map_err(|error| error.to_string())?;
        let count = self.engine.count(&self.session, &self.table, &Query::parse(&case.query));
        if count.as_ref().ok() != Some(&(found.len() as u64)) {
            return Err(format!("counted {count:?}, listed {}", found.len()));
        }
        let mut expected = match case.expected {
            "*" => self.list("").map_err(|error| error.to_string())?,
            "-" => Vec::new(),
            names => names.split(' ').map(|name| instance.sys_id(name)).collect(),
        };
        if !case.ordered {
            found.sort();
            expected.sort();
        }
        if found == expected {
            return Ok(());
        }
        let name = |id: &String| {
            let known = instance.names.iter().find(|(_, known)| *known == id);
            known.map_or_else(|| id.clone(), |(name, _)| name.clone())
        };
        let names = |ids: &[String]| ids.iter().map(name).collect::<Vec<_>>().join(" ");
        Err(format!("expected {}\n  found    {}", names(&expected), names(&found)))
    }

    fn list(&self, query: &str) -> Result<Vec<String>, Error> {
        let projection = Projection { fields: vec!["sys_id".to_owned()], ..Projection::default() };
        let query = Query::parse(query);
        let request = ListRequest { table: self.table.clone(), query, projection, limit: 1_000, offset: 0 };
        let mut found = Vec::new();
        self.engine.list(&self.session, &request, &mut |_, cells| {
            found.push(cells[0].value.clone());
            ControlFlow::Continue(())
        })?;
        Ok(found)
    }
}

impl<'t> Case<'t> {
    /// `query => rows  # paragraph`
    fn read(line: usize, text: &'t str, instance: &Instance) -> Option<Self> {
        if text.starts_with('#') || text.trim().is_empty() {
            return None;
        }
        let (case, _) = text.rsplit_once("  # ").unwrap_or_else(|| panic!("line {line}: no paragraph"));
        let (query, expected, ordered) = match (case.rsplit_once(" => "), case.rsplit_once(" >> ")) {
            (Some((query, expected)), _) => (query, expected, false),
            (None, Some((query, expected))) => (query, expected, true),
            (None, None) => panic!("line {line}: no rows"),
        };
        Some(Case { line, query: instance.fill(query), expected, ordered })
    }
}
