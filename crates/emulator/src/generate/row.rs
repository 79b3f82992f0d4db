//! A row on its way to the file.

use std::borrow::Cow;

use chrono::{DateTime, Datelike, Timelike};

/// A value; what is empty is not there.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Number(i64),
    Real(f64),
    Text(Cow<'static, str>),
    Id(u128),
}

/// Columns with their values.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) id: u128,
    pub(super) cells: Vec<(Cow<'static, str>, Cell)>,
}

impl Row {
    pub(super) fn new(id: u128) -> Self {
        Row { id, cells: Vec::with_capacity(64) }
    }

    pub(super) fn set(&mut self, column: &'static str, cell: Cell) {
        self.cells.push((Cow::Borrowed(column), cell));
    }

    pub(super) fn number(&mut self, column: &'static str, value: i64) {
        self.set(column, Cell::Number(value));
    }

    pub(super) fn real(&mut self, column: &'static str, value: f64) {
        self.set(column, Cell::Real(value));
    }

    pub(super) fn flag(&mut self, column: &'static str, value: bool) {
        self.number(column, i64::from(value));
    }

    pub(super) fn word(&mut self, column: &'static str, value: &'static str) {
        if !value.is_empty() {
            self.set(column, Cell::Text(Cow::Borrowed(value)));
        }
    }

    pub(super) fn text(&mut self, column: &'static str, value: String) {
        if !value.is_empty() {
            self.set(column, Cell::Text(Cow::Owned(value)));
        }
    }

    pub(super) fn id(&mut self, column: &'static str, value: u128) {
        self.set(column, Cell::Id(value));
    }

    /// A moment, or an offset from the epoch for a duration.
    pub(super) fn time(&mut self, column: &'static str, seconds: i64) {
        self.text(column, moment(seconds));
    }

    pub(super) fn date(&mut self, column: &'static str, seconds: i64) {
        let mut text = moment(seconds);
        text.truncate(10);
        self.text(column, text);
    }

    /// The columns that every table has, for a row that nobody changed.
    pub(super) fn stamp(&mut self, created: i64, by: Cow<'static, str>) {
        self.stamps(created, by.clone(), created, by, 0);
    }

    pub(super) fn stamps(
        &mut self,
        created: i64,
        created_by: Cow<'static, str>,
        updated: i64,
        updated_by: Cow<'static, str>,
        mod_count: i64,
    ) {
        self.time("sys_created_on", created);
        self.set("sys_created_by", Cell::Text(created_by));
        self.time("sys_updated_on", updated);
        self.set("sys_updated_by", Cell::Text(updated_by));
        self.number("sys_mod_count", mod_count);
    }

    pub(super) fn domain(&mut self) {
        self.word("sys_domain", "global");
        self.word("sys_domain_path", "/");
    }
}

/// `YYYY-MM-DD HH:MM:SS`. By hand, as this is written ten times a row.
pub(super) fn moment(seconds: i64) -> String {
    let time = DateTime::from_timestamp(seconds, 0).expect("the years of a plan are within chrono's");
    let mut text = String::with_capacity(19);
    let year = u32::try_from(time.year()).unwrap_or(0);
    two(&mut text, year / 100);
    two(&mut text, year % 100);
    for (mark, part) in [
        ('-', time.month()),
        ('-', time.day()),
        (' ', time.hour()),
        (':', time.minute()),
        (':', time.second()),
    ] {
        text.push(mark);
        two(&mut text, part);
    }
    text
}

fn two(text: &mut String, part: u32) {
    for digit in [part / 10 % 10, part % 10] {
        text.push(char::from_digit(digit, 10).expect("a remainder of ten is a digit"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_and_durations_read_well() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00"),
            (102_197, "1970-01-02 04:23:17"),
            (1_481_555_997, "2016-12-12 15:19:57"),
            (1_767_628_800, "2026-01-05 16:00:00"),
        ] {
            assert_eq!(moment(seconds), text);
        }
    }
}
