//! One table of the configuration, whose keys are taken one by one: what is left over is unknown.
//!
//! Serde would stop at the first mistake; here each key's mistake is kept and the next key is read.

use toml::{Table, Value};

use super::problem::Problems;
use super::setting::Setting;

pub(super) struct Section<'a> {
    path: String,
    table: Table,
    known: Vec<&'static str>,
    problems: &'a mut Problems,
}

impl<'a> Section<'a> {
    pub(super) fn root(table: Table, problems: &'a mut Problems) -> Self {
        Self { path: String::new(), table, known: Vec::new(), problems }
    }

    /// A table of this table. A missing one is empty.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'_> {
        self.known.push(key);
        self.named(key)
    }

    /// A table of this table whose name the user chose.
    pub(super) fn named(&mut self, key: &str) -> Section<'_> {
        let path = self.key(key);
        let table = match self.table.remove(key) {
            None => Table::new(),
            Some(Value::Table(table)) => table,
            Some(_) => {
                self.problems.add(&path, "must be a table", format!("Write [{path}] and its keys below."));
                Table::new()
            }
        };
        Section { path, table, known: Vec::new(), problems: self.problems }
    }

    /// Each table of a list of them, as `[[key]]` writes it.
    pub(super) fn each<T>(&mut self, key: &'static str, mut read: impl FnMut(Section<'_>) -> T) -> Vec<T> {
        self.known.push(key);
        let path = self.key(key);
        let tables = match self.table.remove(key) {
            None => Some(Vec::new()),
            Some(Value::Array(list)) => list
                .into_iter()
                .map(|one| if let Value::Table(table) = one { Some(table) } else { None })
                .collect(),
            Some(_) => None,
        };
        let tables: Vec<Table> = tables.unwrap_or_else(|| {
            self.problems.add(
                &path,
                "must be tables",
                format!("Write [[{path}]] and its keys below, for each."),
            );
            Vec::new()
        });
        let one = |(number, table)| {
            let path = format!("{path}[{number}]");
            read(Section { path, table, known: Vec::new(), problems: &mut *self.problems })
        };
        tables.into_iter().enumerate().map(one).collect()
    }

    /// The keys that are still there.
    pub(super) fn keys(&self) -> Vec<String> {
        self.table.keys().cloned().collect()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value of a key; none where it is missing or, which is a problem, not of its type.
    pub(super) fn take<T: Setting>(&mut self, key: &'static str) -> Option<T> {
        self.known.push(key);
        self.take_named(key)
    }

    /// The value of a key whose name the user chose.
    pub(super) fn take_named<T: Setting>(&mut self, key: &str) -> Option<T> {
        let value = self.table.remove(key)?;
        let read = T::read(&value);
        if read.is_none() {
            let found = if T::SECRET { value.type_str().to_owned() } else { value.to_string() };
            self.problem(key, format!("{found} is not {}", T::EXPECTED), format!("Write {}.", T::EXAMPLE));
        }
        read
    }

    /// Whether there was a value of that key, and it was read without a problem.
    pub(super) fn was_read(&self, key: &str) -> bool {
        self.known.contains(&key) && !self.problems.list().iter().any(|problem| problem.key == self.key(key))
    }

    /// The value of a key that must be there: a missing one is a problem too. `T::default()` stands in for what is not there.
    pub(super) fn require<T: Setting + Default>(&mut self, key: &'static str) -> T {
        if !self.has(key) {
            self.problem(key, "missing", format!("Add {key} = {}.", T::EXAMPLE));
        }
        self.take(key).unwrap_or_default()
    }

    /// Adds a problem of a key of this section; of the section itself where `key` is empty.
    pub(super) fn problem(&mut self, key: &str, what: impl Into<String>, fix: impl Into<String>) {
        let path = if key.is_empty() { self.path.clone() } else { self.key(key) };
        self.problems.add(&path, what, fix);
    }

    /// Every key that nobody took is unknown.
    pub(super) fn finish(self) {
        let known = self.known.join(", ");
        for key in self.table.keys() {
            let path = join(&self.path, key);
            self.problems.add(&path, "unknown key", format!("Remove it, or use one of: {known}."));
        }
    }

    fn key(&self, key: &str) -> String {
        join(&self.path, key)
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}
