//! What one compilation collects: bound values, aliases, and the bounds it may not pass.

use rusqlite::types::Value;

use super::Field;
use crate::error::Error;
use crate::rulebook::Operation;
use crate::schema::Schema;
use crate::session::Session;
use crate::settings::Settings;
use crate::value::script::Caller;

/// Values bound by one statement; SQLite itself stops at 32,766.
const MAX_VALUES: usize = 20_000;
/// How far back an equal value is looked for.
const RECENT: usize = 16;
/// Terms that became SQL.
const MAX_TERMS: usize = 4_000;
/// Tables in one FROM; SQLite itself stops at 64.
const MAX_JOINS: usize = 50;
/// Related-list queries inside related-list queries.
const MAX_DEPTH: usize = 4;

/// One statement in the making.
pub(crate) struct Compiler<'a> {
    pub(crate) schema: &'a Schema,
    pub(crate) settings: &'a Settings,
    pub(crate) session: &'a Session,
    pub(crate) caller: Caller<'a>,
    values: Vec<Value>,
    aliases: usize,
    terms: usize,
    depth: usize,
    passed: Option<&'static str>,
    forbidden: bool,
    trusted: bool,
}

impl<'a> Compiler<'a> {
    pub(crate) fn new(
        schema: &'a Schema,
        settings: &'a Settings,
        session: &'a Session,
        now: chrono::DateTime<chrono::Utc>,
    ) -> Self {
        let caller = session.caller(now);
        Compiler {
            schema,
            settings,
            session,
            caller,
            values: Vec::new(),
            aliases: 0,
            terms: 0,
            depth: 0,
            passed: None,
            forbidden: false,
            trusted: false,
        }
    }

    /// Binds a value and names it for the SQL text. A value that was bound a moment ago keeps its name: SQLite
    /// sees that `t = ?1 AND id > ?2 OR t > ?1` is a range of `t` only if both are one parameter.
    pub(crate) fn bind(&mut self, value: impl Into<Value>) -> String {
        let value = value.into();
        let recent = self.values.len().saturating_sub(RECENT);
        if let Some(at) = self.values[recent..].iter().position(|known| *known == value) {
            return format!("?{}", recent + at + 1);
        }
        if self.values.len() >= MAX_VALUES {
            self.passed = Some("values");
            return "NULL".to_owned();
        }
        self.values.push(value);
        format!("?{}", self.values.len())
    }

    /// Binds several, separated by commas.
    pub(crate) fn bind_all(&mut self, values: Vec<Value>) -> String {
        let mut list = String::new();
        for value in values {
            if !list.is_empty() {
                list.push(',');
            }
            list.push_str(&self.bind(value));
        }
        list
    }

    /// A table alias nobody else has.
    pub(crate) fn alias(&mut self) -> String {
        self.aliases += 1;
        format!("t{}", self.aliases - 1)
    }

    /// Counts a term; false when there are too many of them.
    pub(crate) fn admit_term(&mut self) -> bool {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            self.passed = Some("terms");
        }
        self.passed.is_none()
    }

    /// Whether a FROM that has `joins` may have one more.
    pub(crate) fn admit_join(&mut self, joins: usize) -> bool {
        if joins >= MAX_JOINS {
            self.passed = Some("joins");
        }
        self.passed.is_none()
    }

    /// Runs `inner` one level deeper; `None` when that is too deep.
    pub(crate) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            self.passed = Some("nested queries");
            return None;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Notes that the query names a field this caller may not read.
    pub(crate) fn forbid(&mut self) {
        self.forbidden |= !self.trusted;
    }

    /// Whether the query may name the field. If not, that is noted.
    pub(crate) fn may_query(&mut self, field: &Field, operation: Operation) -> bool {
        let may = self.trusted
            || self.session.may_query(self.schema, &field.table, &field.column.element, operation);
        if !may {
            self.forbid();
        }
        may
    }

    /// Compiles words that are not the caller's: of access rules and business rules.
    pub(crate) fn trusting<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.trusted, true);
        let result = inner(self);
        self.trusted = before;
        result
    }

    /// The values, if every bound was kept.
    pub(crate) fn finish(self) -> Result<Vec<Value>, Error> {
        if self.forbidden {
            return Err(Error::QueryForbidden);
        }
        match self.passed {
            Some(what) => Err(Error::TooComplex(what)),
            None => Ok(self.values),
        }
    }
}
