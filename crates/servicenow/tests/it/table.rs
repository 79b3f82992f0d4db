//! A table behind the REST API, just real enough to go through it and change it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::response::Response;
use serde_json::{Value, json as value};

use crate::batch::{reply, served, subs};
use crate::server::{Asked, Server, answer, failure, json, with_header};

type Rows = BTreeMap<String, BTreeMap<String, String>>;

#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) rows: Arc<Mutex<Rows>>,
    /// Rows that the caller may not read: they count, and are never sent.
    pub(crate) hidden: Vec<String>,
}

pub(crate) fn sys_id(number: usize) -> String {
    format!("{number:032x}")
}

impl Table {
    pub(crate) fn of(rows: usize) -> Table {
        let row = |number: usize| {
            let fields = [
                ("sys_id", sys_id(number)),
                ("number", format!("INC{number}")),
                ("state", "1".to_owned()),
                ("opened_at", "2024-02-29 23:59:58".to_owned()),
            ];
            (sys_id(number), fields.map(|(name, value)| (name.to_owned(), value)).into_iter().collect())
        };
        Table { rows: Arc::new(Mutex::new((0..rows).map(row).collect())), hidden: Vec::new() }
    }

    pub(crate) async fn serve(&self) -> Server {
        let table = self.clone();
        Server::start(move |asked, _| table.answer(asked)).await
    }

    pub(crate) fn field(&self, number: usize, name: &str) -> Option<String> {
        self.rows.lock().unwrap().get(&sys_id(number))?.get(name).cloned()
    }

    fn answer(&self, asked: &Asked) -> Response {
        if !asked.path.ends_with("/batch") {
            let body = serde_json::from_str(&asked.body).unwrap_or_default();
            let (status, body, total) = self.carry_out(&asked.method, &asked.path, &asked.params, &body);
            return match (status, total) {
                (204, _) => answer(204, "", ""),
                (_, Some(total)) => {
                    with_header(json(status, body.to_string()), "x-total-count", &total.to_string())
                }
                (403, _) => failure(403, "Operation Failed"),
                _ => json(status, body.to_string()),
            };
        }
        let one = |sub: crate::batch::Sub| {
            let (path, query) = sub.url.split_once('?').unwrap_or((&sub.url, ""));
            let params = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
            let (status, body, _) = self.carry_out(&sub.method, path, &params, &sub.body);
            served(&sub.id, status, &body)
        };
        reply(&subs(asked).into_iter().map(one).collect::<Vec<_>>(), &[])
    }

    fn carry_out(
        &self,
        method: &str,
        path: &str,
        params: &BTreeMap<String, String>,
        body: &Value,
    ) -> (u16, Value, Option<usize>) {
        let mut rows = self.rows.lock().unwrap();
        let id = path.strip_prefix("/api/now/table/incident/").unwrap_or_default().to_owned();
        let missing = value!({"error": {"message": "No Record found", "detail": null}});
        if id.is_empty() && method == "GET" {
            return self.list(&rows, params);
        }
        if method == "POST" {
            let fresh = sys_id(1000 + rows.len());
            let mut row = strings(body);
            let id = row.entry("sys_id".to_owned()).or_insert(fresh).clone();
            row.entry("number".to_owned()).or_insert_with(|| "INC_NEW".to_owned());
            let told = shown(&row);
            rows.insert(id, row);
            return (201, value!({"result": told}), None);
        }
        let Some(row) = rows.get_mut(&id) else { return (404, missing, None) };
        match method {
            "DELETE" => {
                rows.remove(&id);
                (204, Value::Null, None)
            }
            "PATCH" if body.get("state").is_some_and(|state| state == "forbidden") => {
                (403, value!({"error": {"message": "Operation Failed", "detail": "aborted"}}), None)
            }
            "PATCH" => {
                row.extend(strings(body));
                (200, value!({"result": shown(row)}), None)
            }
            _ => (200, value!({"result": shown(row)}), None),
        }
    }

    fn list(&self, rows: &Rows, params: &BTreeMap<String, String>) -> (u16, Value, Option<usize>) {
        let query = params.get("sysparm_query").map(String::as_str).unwrap_or_default();
        let number = |name: &str, otherwise| params.get(name).map_or(otherwise, |text| text.parse().unwrap());
        let after = query.split("sys_id>").nth(1).map(|rest| rest.split('^').next().unwrap());
        let asked_for = query.split('^').find_map(|term| term.strip_prefix("number="));
        let matches = |row: &&BTreeMap<String, String>| {
            after.is_none_or(|after| row["sys_id"].as_str() > after)
                && asked_for.is_none_or(|number| row["number"] == number)
        };
        let mut found: Vec<_> = rows.values().filter(matches).collect();
        if query.contains("ORDERBYDESC") {
            found.reverse();
        }
        let page = found.iter().skip(number("sysparm_offset", 0)).take(number("sysparm_limit", 10_000));
        let page: Vec<_> =
            page.filter(|row| !self.hidden.contains(&row["sys_id"])).map(|row| shown(row)).collect();
        (200, value!({"result": page}), Some(found.len()))
    }
}

fn strings(body: &Value) -> BTreeMap<String, String> {
    let fields = body.as_object().into_iter().flatten();
    fields.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Both faces; states have labels.
fn shown(row: &BTreeMap<String, String>) -> Value {
    let face = |name: &str, text: &str| match name {
        "state" => format!("<{text}>"),
        _ => text.to_owned(),
    };
    row.iter()
        .map(|(name, text)| (name.clone(), value!({"value": text, "display_value": face(name, text)})))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
