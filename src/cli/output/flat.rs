//! Rows as lines of plain texts, for tables and CSV.

use super::{Cell, Column};

/// The names of the columns; one with both values has two, as ServiceNow's own exports do.
pub(super) fn names(columns: &[Column]) -> Vec<String> {
    let mut names = Vec::new();
    for column in columns.iter().filter(|column| !column.nested) {
        names.push(column.name.clone());
        if column.both {
            names.push(format!("dv_{}", column.name));
        }
    }
    names
}

pub(super) fn lines(columns: &[Column], rows: &[Vec<Cell>]) -> Vec<Vec<String>> {
    rows.iter().map(|cells| line(columns, cells)).collect()
}

/// One row as lines of a name and a value.
pub(super) fn turned(columns: &[Column], cells: &[Cell]) -> Vec<Vec<String>> {
    names(columns).into_iter().zip(line(columns, cells)).map(|(name, text)| vec![name, text]).collect()
}

fn line(columns: &[Column], cells: &[Cell]) -> Vec<String> {
    let mut line = Vec::new();
    for (column, cell) in columns.iter().zip(cells).filter(|(column, _)| !column.nested) {
        line.push(text(cell));
        if column.both {
            line.push(match cell {
                Cell::Both { display_value, .. } => display_value.clone(),
                other => text(other),
            });
        }
    }
    line
}

fn text(cell: &Cell) -> String {
    match cell {
        Cell::Missing | Cell::Nested(_) => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
        Cell::Flag(flag) => flag.to_string(),
        Cell::List(list) => list.join(", "),
        Cell::Choices(choices) => {
            let shown: Vec<String> =
                choices.iter().map(|(value, label)| format!("{value}={label}")).collect();
            shown.join(", ")
        }
        Cell::Both { value, .. } => value.clone(),
    }
}
