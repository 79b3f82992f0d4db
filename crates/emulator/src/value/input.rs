//! Text of a request body as a stored value.
//!
//! What a column cannot hold (letters in a number, the 40th of May) is ignored: the field keeps what it had.
//! Emptying it instead would let a typing mistake destroy data.

use chrono::NaiveDateTime;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension};

use super::{calendar, duration, literal, number};
use crate::error::Error;
use crate::query::quoted;
use crate::schema::{Column, Kind, Schema, Table};
use crate::session::Session;
use crate::settings::Settings;
use crate::value::display::is_sys_id;

/// A reference holds a sys_id; longer text is cut to this.
const REFERENCE_LENGTH: usize = 32;

/// What reading a value depends on.
pub(crate) struct Inputs<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) schema: &'a Schema,
    pub(crate) settings: &'a Settings,
    pub(crate) session: &'a Session,
    /// `sysparm_input_display_value`: names, labels and local times instead of stored values.
    pub(crate) display: bool,
}

impl Inputs<'_> {
    /// The stored value; `None` for text that the column cannot hold.
    pub(crate) fn read(&self, table: &Table, column: &Column, text: &str) -> Result<Option<Value>, Error> {
        if text.is_empty() {
            return Ok(Some(Value::Null));
        }
        let text = match self.chosen(table, column, text) {
            Some(text) => text,
            None => return Ok(Some(Value::Null)),
        };
        Ok(match column.kind {
            Kind::Boolean => number::boolean(&text).map(|truth| Value::Integer(i64::from(truth))),
            Kind::Integer => self.integer(&text),
            Kind::Decimal => number::parse(&self.ungrouped(&text)).map(Value::Real),
            Kind::Currency => number::currency(&text).map(Value::Real),
            Kind::DateTime => self.date_time(&text).map(|at| stored(at, literal::DATE_TIME)),
            Kind::Date => self.date(&text).map(|day| Value::Text(day.format(literal::DATE).to_string())),
            Kind::Time => literal::time(&text).map(|time| Value::Text(time.format("%H:%M:%S").to_string())),
            Kind::Duration => duration::parse(&text).and_then(duration::stored).map(Value::Text),
            Kind::Reference => Some(Value::Text(self.reference(column, &text)?)),
            Kind::List => Some(Value::Text(self.list(column, &text)?)),
            Kind::Journal | Kind::JournalList | Kind::Password => None,
            _ => Some(Value::Text(cut(&text, column.max_length as usize))),
        })
    }

    /// The value of a choice. `None`: it is not in the list and the settings drop it.
    fn chosen(&self, table: &Table, column: &Column, text: &str) -> Option<String> {
        let choices = if column.choice { self.schema.choices(table, &column.element) } else { &[] };
        if choices.is_empty() || choices.iter().any(|choice| choice.value == text) {
            return Some(text.to_owned());
        }
        let labelled = choices.iter().find(|choice| self.display && choice.label.eq_ignore_ascii_case(text));
        if let Some(choice) = labelled {
            return Some(choice.value.clone());
        }
        self.settings.allow_unknown_choices.then(|| text.to_owned())
    }

    fn integer(&self, text: &str) -> Option<Value> {
        let text = self.ungrouped(text);
        if let Ok(whole) = text.parse::<i64>() {
            return Some(Value::Integer(whole));
        }
        // A number written with a fraction loses it.
        let number = number::parse(&text)?.trunc();
        (number.abs() < 9e15).then_some(Value::Integer(number as i64))
    }

    fn ungrouped(&self, text: &str) -> String {
        if self.display { text.trim().replace(',', "") } else { text.trim().to_owned() }
    }

    fn date_time(&self, text: &str) -> Option<NaiveDateTime> {
        if !self.display {
            return literal::date_time(text);
        }
        let local = self.session.date_format.parse_date_time(text).or_else(|| literal::date_time(text))?;
        let at = calendar::to_utc(self.session.time_zone, local).naive_utc();
        literal::date_time(&at.format(literal::DATE_TIME).to_string())
    }

    fn date(&self, text: &str) -> Option<chrono::NaiveDate> {
        let shown = self.display.then(|| self.session.date_format.parse_date(text)).flatten();
        shown.or_else(|| literal::date(text))
    }

    fn reference(&self, column: &Column, text: &str) -> Result<String, Error> {
        if let Some(key) = self.resolved(column, text)? {
            return Ok(key);
        }
        let by_name = column.reference_key.is_some();
        let longest = if by_name { column.max_length as usize } else { REFERENCE_LENGTH };
        Ok(cut(text, longest))
    }

    fn list(&self, column: &Column, text: &str) -> Result<String, Error> {
        let mut keys = Vec::new();
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            keys.push(self.resolved(column, item)?.unwrap_or_else(|| item.to_owned()));
        }
        Ok(keys.join(","))
    }

    /// The key of the row with that display value, where inputs are display values.
    fn resolved(&self, column: &Column, text: &str) -> Result<Option<String>, Error> {
        if !self.display || is_sys_id(text) {
            return Ok(None);
        }
        let Some(target) = column.reference.as_deref().and_then(|name| self.schema.table(name)) else {
            return Ok(None);
        };
        let display = target.display();
        let Some(key) = target.column(column.reference_key.as_deref().unwrap_or("sys_id")) else {
            return Ok(None);
        };
        let sql = format!(
            "SELECT {key} FROM {} WHERE {} = ?1 ORDER BY {key} LIMIT 1",
            quoted(&target.storage),
            quoted(&display.element),
            key = quoted(&key.element),
        );
        let found = self.connection.prepare_cached(&sql)?.query_row([text], |row| row.get(0)).optional()?;
        Ok(found)
    }
}

fn stored(at: NaiveDateTime, form: &str) -> Value {
    Value::Text(at.format(form).to_string())
}

/// The first characters of a text; a bound of zero is none.
fn cut(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) if longest > 0 => text[..end].to_owned(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn text_is_cut_at_characters() {
        assert_eq!(cut("héllo", 2), "hé");
        assert_eq!(cut("hi", 2), "hi");
        assert_eq!(cut("hi", 0), "hi");
        assert_eq!(cut("{link=https://instance.service-now.com/x}", 32), "{link=https://instance.service-n");
    }
}
