//! One FROM clause: a table, the rows of it that belong to a class, and the tables reached by dot-walking.

use std::collections::HashMap;
use std::sync::Arc;

use super::Compiler;
use crate::schema::{Column, Kind, Table};

/// References a display value may pass through (the name of a membership is the name of its group).
const MAX_DISPLAY_DEPTH: usize = 3;
/// References in one dot-walk.
const MAX_WALK: usize = 8;

/// A column in SQL.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    /// `t1."name"`
    pub(crate) sql: String,
    /// What the dictionary says of it.
    pub(crate) column: Arc<Column>,
    /// The class it was looked up on.
    pub(crate) table: Arc<Table>,
    /// The alias its row has.
    pub(crate) alias: String,
    /// Whether it is reached through a reference.
    pub(crate) walked: bool,
}

/// A FROM clause in the making.
pub(crate) struct Scope {
    pub(crate) table: Arc<Table>,
    pub(crate) alias: String,
    joins: Vec<String>,
    by_path: HashMap<String, (String, Arc<Table>)>,
}

impl Scope {
    pub(crate) fn new(compiler: &mut Compiler<'_>, table: Arc<Table>) -> Self {
        Scope { alias: compiler.alias(), table, joins: Vec::new(), by_path: HashMap::new() }
    }

    /// `FROM "task" AS t0 LEFT JOIN …`
    pub(crate) fn from(&self) -> String {
        let mut sql = format!("FROM {} AS {}", quoted(&self.table.storage), self.alias);
        for join in &self.joins {
            sql.push_str(join);
        }
        sql
    }

    /// What selects the rows of the scope's class from the storage it shares; `None` where all are.
    pub(crate) fn class_filter(&self, compiler: &mut Compiler<'_>) -> Option<String> {
        let table = &self.table;
        if !table.has_class || table.name == table.storage {
            return None;
        }
        let class = format!("{}.{}", self.alias, quoted("sys_class_name"));
        if let [only] = table.classes.as_slice() {
            let value = compiler.bind(only.clone());
            // Most rows of a hierarchy can be of one class: a column that really selects is the better index.
            return Some(format!("likelihood({class} = {value}, 0.9)"));
        }
        let list = compiler.bind_all(table.classes.iter().cloned().map(Into::into).collect());
        Some(format!("+{class} IN ({list})"))
    }

    /// The column at the end of a path, joining what it walks through; `None` if there is none.
    pub(crate) fn field(&mut self, compiler: &mut Compiler<'_>, path: &str) -> Option<Field> {
        let mut table = Arc::clone(&self.table);
        let mut alias = self.alias.clone();
        let mut at = 0;
        let mut walked = 0;
        let mut segments = path.split('.').peekable();
        while let Some(segment) = segments.next() {
            at += segment.len() + 1;
            if let Some(class) = segment.strip_prefix("ref_").filter(|_| segments.peek().is_some()) {
                table = extension(compiler, &table, class)?;
                continue;
            }
            let column = Arc::clone(table.column(segment)?);
            let sql = physical(&alias, &column);
            let field =
                Field { sql, column, table: Arc::clone(&table), alias: alias.clone(), walked: walked > 0 };
            if segments.peek().is_none() {
                return Some(field);
            }
            walked += 1;
            if walked > MAX_WALK {
                return None;
            }
            (alias, table) = self.joined(compiler, &path[..at - 1], &field)?;
        }
        None
    }

    /// The table a reference points to, joined once per path.
    fn joined(
        &mut self,
        compiler: &mut Compiler<'_>,
        path: &str,
        field: &Field,
    ) -> Option<(String, Arc<Table>)> {
        if field.column.kind != Kind::Reference {
            return None;
        }
        if let Some(found) = self.by_path.get(path) {
            return Some(found.clone());
        }
        let target = Arc::clone(compiler.schema.table(field.column.reference.as_deref()?)?);
        let key = target.column(field.column.reference_key.as_deref().unwrap_or("sys_id"))?.element.clone();
        if !compiler.admit_join(self.joins.len()) {
            return None;
        }
        let alias = compiler.alias();
        self.joins.push(format!(
            " LEFT JOIN {} AS {alias} ON {alias}.{} = {}",
            quoted(&target.storage),
            quoted(&key),
            field.sql
        ));
        self.by_path.insert(path.to_owned(), (alias.clone(), Arc::clone(&target)));
        Some((alias, target))
    }

    /// The field whose value is the display value of a reference: the target's display column, followed
    /// while that is a reference itself.
    pub(crate) fn display_of(
        &mut self,
        compiler: &mut Compiler<'_>,
        path: &str,
        field: &Field,
    ) -> Option<Field> {
        let mut path = path.to_owned();
        let mut field = field.clone();
        for _ in 0..MAX_DISPLAY_DEPTH {
            if field.column.kind != Kind::Reference {
                break;
            }
            let (alias, target) = self.joined(compiler, &path, &field)?;
            let column = Arc::clone(target.display());
            path = format!("{path}.{}", column.element);
            field = Field { sql: physical(&alias, &column), column, table: target, alias, walked: true };
        }
        Some(field)
    }
}

/// `ref_incident` after a reference to a task: the same row, seen as the class that extends it.
fn extension(compiler: &Compiler<'_>, table: &Table, class: &str) -> Option<Arc<Table>> {
    compiler.schema.table(class).filter(|candidate| candidate.extends(table)).map(Arc::clone)
}

/// Journals have no column of their own; a password is neither read, compared nor sorted by.
fn physical(alias: &str, column: &Column) -> String {
    match column.kind {
        Kind::Journal | Kind::JournalList | Kind::Password => "NULL".to_owned(),
        _ => format!("{alias}.{}", quoted(&column.element)),
    }
}

/// An identifier of the dictionary in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
