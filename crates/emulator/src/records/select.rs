//! What a projection selects: the columns in their order, and the columns their display depends on.

use std::sync::Arc;

use super::Projection;
use super::guard::{self, Sight};
use crate::query::{Compiler, Field, Scope, quoted};
use crate::rulebook::Grant;
use crate::schema::{Kind, Table};
use crate::value::display;

/// Columns of one list; more is a mistake.
const MAX_FIELDS: usize = 1_000;

/// A column of the answer and where its parts stand in the row that SQLite gives.
pub(crate) struct Selected {
    pub(crate) name: Arc<str>,
    pub(crate) field: Field,
    /// Of the value.
    pub(crate) at: usize,
    /// Of the sys_id of the row it belongs to: for journals, and to tell an empty walk.
    pub(crate) record: Option<usize>,
    /// Of the column its display depends on.
    pub(crate) companion: Option<usize>,
    /// Of whether the reader may see it in this row, where that depends on the row.
    pub(crate) seen: Option<usize>,
}

/// The columns of an answer.
pub(crate) struct Selection {
    pub(crate) columns: Vec<Selected>,
    expressions: Vec<String>,
}

impl Selection {
    /// Resolves a projection; names that are no column are left out.
    pub(crate) fn new(compiler: &mut Compiler<'_>, scope: &mut Scope, projection: &Projection) -> Self {
        let mut selection = Selection { columns: Vec::new(), expressions: Vec::new() };
        let all: Vec<String>;
        let names = if projection.fields.is_empty() {
            all = every_column(&scope.table);
            &all
        } else {
            &projection.fields
        };
        for name in names.iter().take(MAX_FIELDS) {
            let known = selection.columns.iter().any(|column| *column.name == **name);
            let Some(field) = scope.field(compiler, name).filter(|_| !known) else { continue };
            let seen =
                match compiler.session.may_read_field(compiler.schema, &field.table, &field.column.element) {
                    Grant::Open => Sight::All,
                    // A rule that asks a row other than the list's is not followed there.
                    Grant::Where(conditions) if !field.walked => guard::any(compiler, scope, &conditions),
                    Grant::Closed | Grant::Where(_) => Sight::None,
                };
            let seen = match seen {
                Sight::All => None,
                Sight::None => continue,
                Sight::Some(sql) => Some(selection.expression(sql)),
            };
            selection.add(name, field, projection.display.shows(), seen);
        }
        selection
    }

    fn add(&mut self, name: &str, field: Field, shown: bool, seen: Option<usize>) {
        let at = self.expression(field.sql.clone());
        let of_row = |element: &str| format!("{}.{}", field.alias, quoted(element));
        let journal = matches!(field.column.kind, Kind::Journal | Kind::JournalList) && shown;
        let walked = field.walked && field.column.kind == Kind::Boolean;
        let record = (journal || walked).then(|| self.expression(of_row("sys_id")));
        let companion = display::companion(&field.table, &field.column)
            .filter(|_| shown)
            .map(|element| self.expression(of_row(element)));
        self.columns.push(Selected { name: name.into(), field, at, record, companion, seen });
    }

    /// Where an expression stands in the row.
    pub(crate) fn expression(&mut self, sql: String) -> usize {
        if let Some(at) = self.expressions.iter().position(|known| *known == sql) {
            return at;
        }
        self.expressions.push(sql);
        self.expressions.len() - 1
    }

    /// Selects whether the reader may see the row, where that depends on the row.
    pub(crate) fn seen(&mut self, sight: Sight) -> Option<usize> {
        match sight {
            Sight::Some(sql) => Some(self.expression(sql)),
            Sight::All | Sight::None => None,
        }
    }

    /// `SELECT a, b`
    pub(crate) fn sql(&self) -> String {
        let list = if self.expressions.is_empty() { "1".to_owned() } else { self.expressions.join(", ") };
        format!("SELECT {list}")
    }

    pub(crate) fn names(&self) -> Vec<Arc<str>> {
        self.columns.iter().map(|column| Arc::clone(&column.name)).collect()
    }
}

fn every_column(table: &Table) -> Vec<String> {
    table.columns.iter().map(|column| column.element.clone()).collect()
}
