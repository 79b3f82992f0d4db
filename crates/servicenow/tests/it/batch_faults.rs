//! Thousands of writes through an instance that fails in every way: each is reported once, the reports are true,
//! and nothing is written twice.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::response::Response;
use futures::StreamExt as _;
use serde_json::{Value, json as value};
use servicenow::{BatchOperation, BatchOptions, BatchOutcome, Fields, Read, Record, WriteOptions};

use crate::batch::{Sub, reply, served, subs};
use crate::server::{Server, failure, json};

/// A table, and how often each row was inserted and deleted.
struct Instance {
    rows: BTreeMap<String, Value>,
    inserted: BTreeMap<String, u32>,
    deleted: BTreeMap<String, u32>,
    dice: fastrand::Rng,
}

impl Instance {
    fn percent(&mut self, percent: f64) -> bool {
        self.dice.f64() * 100.0 < percent
    }

    fn answer(&mut self, subs: &[Sub]) -> Response {
        if self.percent(5.0) {
            return failure(429, "slower");
        }
        if self.percent(1.0) {
            return broken();
        }
        let mut serviced = Vec::new();
        let mut unserviced = Vec::new();
        for sub in subs {
            if self.percent(1.0) {
                unserviced.push(sub.id.clone());
            } else if self.percent(2.0) {
                serviced.push(served(&sub.id, 429, &Value::Null));
            } else {
                let carried_out = self.carry_out(sub);
                let lost = self.percent(0.5);
                serviced.push(if lost { served(&sub.id, 500, &Value::Null) } else { carried_out });
            }
        }
        let whole = reply(&serviced, &unserviced);
        if self.percent(0.5) {
            return failure(500, "committed all the same");
        }
        match self.percent(1.0) {
            true => json(200, r#"{"batch_request_id":"1","serviced_requests":[{"id":"1","bo"#),
            false => whole,
        }
    }

    fn carry_out(&mut self, sub: &Sub) -> Value {
        let path = sub.url.split('?').next().unwrap();
        let sys_id = path.rsplit('/').next().unwrap().to_owned();
        let missing =
            served(&sub.id, 404, &value!({"error": {"message": "No Record found", "detail": null}}));
        match sub.method.as_str() {
            "POST" => {
                let sys_id = sub.body["sys_id"].as_str().unwrap().to_owned();
                if self.rows.contains_key(&sys_id) {
                    return served(
                        &sub.id,
                        403,
                        &value!({"error": {"message": "Operation Failed", "detail": "unique key"}}),
                    );
                }
                *self.inserted.entry(sys_id.clone()).or_default() += 1;
                self.rows.insert(sys_id, sub.body.clone());
                served(&sub.id, 201, &value!({"result": sub.body}))
            }
            "DELETE" => match self.rows.remove(&sys_id) {
                Some(_) => {
                    *self.deleted.entry(sys_id).or_default() += 1;
                    served(&sub.id, 204, &Value::Null)
                }
                None => missing,
            },
            "PATCH" => match self.rows.get_mut(&sys_id) {
                Some(row) => {
                    row["state"] = sub.body["state"].clone();
                    served(&sub.id, 200, &value!({"result": row}))
                }
                None => missing,
            },
            _ => match self.rows.get(&sys_id) {
                Some(row) => served(&sub.id, 200, &value!({"result": row})),
                None => missing,
            },
        }
    }
}

/// A connection that breaks off within the reply.
fn broken() -> Response {
    let chunks = futures::stream::iter([Ok("{\"serviced"), Err(std::io::Error::other("cut"))]);
    json(200, Body::from_stream(chunks))
}

fn sys_id(number: usize) -> String {
    format!("{number:032x}")
}

#[tokio::test]
async fn every_operation_is_reported_once_and_truly() {
    const ROWS: usize = 3000;
    let rows =
        (0..ROWS).map(|number| (sys_id(number), value!({"sys_id": sys_id(number), "state": "1"}))).collect();
    let instance = Arc::new(Mutex::new(Instance {
        rows,
        inserted: BTreeMap::new(),
        deleted: BTreeMap::new(),
        dice: fastrand::Rng::with_seed(7),
    }));
    let behind = instance.clone();
    let server = Server::start(move |asked, _| behind.lock().unwrap().answer(&subs(asked))).await;
    let options = BatchOptions { concurrency: 3, max_rounds: 8, ..BatchOptions::default() };
    let mut batch = server.client().batch::<Record>(options);
    let mut creates = Vec::new();
    for number in 0..ROWS {
        let (table, sys_id) = ("incident".to_owned(), sys_id(number));
        let state: Fields = [("state".to_owned(), Some("2".to_owned()))].into_iter().collect();
        let operation = match number % 3 {
            0 => BatchOperation::Delete { table, sys_id },
            1 => BatchOperation::Update { table, sys_id, fields: state, options: WriteOptions::default() },
            _ => BatchOperation::Get { table, sys_id, read: Read::default() },
        };
        batch.push(number.to_string(), operation).unwrap();
        if number % 2 == 0 {
            let (table, fields) = ("incident".to_owned(), Fields::new());
            let create = BatchOperation::Create { table, fields, options: WriteOptions::default() };
            creates.push(format!("new {number}"));
            batch.push(format!("new {number}"), create).unwrap();
        }
    }
    let pushed = batch.len();
    let results: Vec<_> = batch.execute().collect().await;
    let reported: BTreeMap<_, _> =
        results.iter().map(|result| (result.id.as_str(), &result.result)).collect();
    assert_eq!((results.len(), reported.len()), (pushed, pushed), "each exactly once");

    let instance = instance.lock().unwrap();
    let failed: Vec<_> = results.iter().filter(|result| result.result.is_err()).collect();
    assert!(failed.is_empty(), "{failed:?}");
    for number in 0..ROWS {
        let row = instance.rows.get(&sys_id(number));
        match number % 3 {
            0 => assert_eq!(row, None),
            1 => assert_eq!(row.unwrap()["state"], "2"),
            _ => assert_eq!(row.unwrap()["state"], "1"),
        }
    }
    for id in &creates {
        let Ok(BatchOutcome::Created { sys_id, row }) = reported[id.as_str()] else { panic!("{id}") };
        assert!(instance.rows.contains_key(sys_id) && row.value("sys_id") == Some(sys_id));
    }
    assert_eq!(instance.inserted.len(), creates.len(), "no row was made that was not reported");
    assert!(instance.inserted.values().chain(instance.deleted.values()).all(|times| *times == 1));
    assert!(server.count() > pushed / 100 + 10, "the instance did fail");
}
