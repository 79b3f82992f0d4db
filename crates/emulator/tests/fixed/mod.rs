//! An instance that holds exactly the rows of `query_cases/data.txt`.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{TimeZone, Utc};
use rusqlite::types::Value;
use rusqlite::{Transaction, params_from_iter};
use servicenow_emulator::clock::Clock;
use servicenow_emulator::engine::{Engine, Session};
use servicenow_emulator::schema::{Kind, Schema, Table};
use servicenow_emulator::settings::Settings;
use servicenow_emulator::store::{self, Store};

/// The store, and the names of its rows.
pub(crate) struct Instance {
    store: Arc<Store>,
    /// sys_ids by the names that the files use.
    pub(crate) names: HashMap<String, String>,
}

impl Instance {
    pub(crate) fn new() -> Self {
        let store = Arc::new(Store::open(None).unwrap());
        let mut instance = Instance { store, names: HashMap::new() };
        let text = include_str!("../query_cases/data.txt");
        for line in text.lines().filter(|line| line.contains('|') && !line.starts_with("row ")) {
            let name = cells(line)[0];
            let sys_id =
                format!("{:0<32}", name.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
            instance.names.insert(name.to_owned(), sys_id);
        }
        instance.store.write(|transaction| instance.load(transaction, text)).unwrap();
        instance
    }

    /// An engine at the fixed moment.
    pub(crate) fn engine(&self, settings: Settings) -> Engine {
        let now = Utc.with_ymd_and_hms(2024, 5, 15, 18, 30, 0).unwrap();
        Engine::new(Arc::clone(&self.store), settings, Clock::manual(now))
    }

    /// The session of a user by the name of its row; evan alone holds no role.
    pub(crate) fn session(&self, engine: &Engine, user: &str) -> Session {
        let user_name: String = self
            .store
            .read(|connection| -> Result<String, store::Error> {
                let sql = "SELECT user_name FROM sys_user WHERE sys_id = ?1";
                Ok(connection.query_row(sql, [self.sys_id(user)], |row| row.get(0))?)
            })
            .unwrap();
        let mut session = Session::load(engine, &user_name).unwrap().unwrap();
        session.admin = user != "evan";
        session
    }

    pub(crate) fn sys_id(&self, name: &str) -> String {
        self.names.get(name).unwrap_or_else(|| panic!("no row {name}")).clone()
    }

    /// Replaces `{name}` by that row's sys_id.
    pub(crate) fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (name, sys_id) in &self.names {
            filled = filled.replace(&format!("{{{name}}}"), sys_id);
        }
        filled
    }

    fn load(&self, transaction: &Transaction<'_>, text: &str) -> Result<(), store::Error> {
        let schema = self.store.schema();
        let (mut head, mut columns) = ("", Vec::new());
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if let Some(section) = line.strip_prefix('[') {
                head = section.trim_end_matches(']');
            } else if line.starts_with("row ") {
                columns = cells(line);
            } else {
                self.row(transaction, &schema, head, &columns, &cells(line))?;
            }
        }
        Ok(())
    }

    fn row(
        &self,
        transaction: &Transaction<'_>,
        schema: &Schema,
        head: &str,
        columns: &[&str],
        cells: &[&str],
    ) -> Result<(), store::Error> {
        let update = head.strip_prefix("update ");
        let table = schema.table(update.unwrap_or(head)).unwrap_or_else(|| panic!("no table {head}"));
        let mut values = vec![Value::Text(self.sys_id(cells[0]))];
        for (at, column) in columns.iter().enumerate().skip(1) {
            let cell = cells.get(at).copied().unwrap_or_default();
            values.push(stored(table, column, &self.fill(cell)));
        }
        let names = &columns[1..];
        let sql = match update {
            Some(_) => {
                let sets: Vec<String> =
                    names.iter().enumerate().map(|(at, name)| format!("\"{name}\" = ?{}", at + 2)).collect();
                format!("UPDATE \"{}\" SET {} WHERE sys_id = ?1", table.storage, sets.join(", "))
            }
            None => {
                let mut list = names.join("\", \"");
                if table.has_class {
                    list.push_str("\", \"sys_class_name");
                    values.push(Value::Text(table.name.clone()));
                }
                let places: Vec<String> = (1..=values.len()).map(|at| format!("?{at}")).collect();
                format!(
                    "INSERT INTO \"{}\" (sys_id, \"{list}\") VALUES ({})",
                    table.storage,
                    places.join(", ")
                )
            }
        };
        transaction.execute(&sql, params_from_iter(values))?;
        Ok(())
    }
}

fn cells(line: &str) -> Vec<&str> {
    line.split('|').map(str::trim).collect()
}

fn stored(table: &Table, column: &str, text: &str) -> Value {
    let kind = table.column(column).unwrap_or_else(|| panic!("{} has no {column}", table.name)).kind;
    match kind {
        _ if text.is_empty() => Value::Null,
        Kind::Boolean => Value::Integer(i64::from(text == "true")),
        Kind::Integer => Value::Integer(text.parse().unwrap()),
        Kind::Decimal | Kind::Currency => Value::Real(text.parse().unwrap()),
        _ => Value::Text(text.to_owned()),
    }
}
