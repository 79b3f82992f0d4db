//! What became of rows, as JSON in the metadata of the results.
//!
//! Some are kept for a caller that writes before it reads, so that a program that sends all and then looks is not stuck;
//! when so many wait, no more rows are taken.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures::{Stream, StreamExt};
use serde::Serialize;
use servicenow::{ImportResult, ImportStatus};
use tokio::sync::mpsc::{self, Receiver};
use tracing::Instrument;

use crate::error::Error;
use crate::status;

/// Messages of results that wait to be taken; each has a hundred at most.
const WAITING: usize = 1000;

/// What became of a row.
#[derive(Debug, Serialize)]
pub(super) struct Result {
    /// Its place among all rows, from 0.
    index: u64,
    #[serde(flatten)]
    outcome: Option<Outcome>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Failure>,
    /// The answer was lost: the row may have been taken in all the same.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lost: bool,
}

/// What was done.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    /// `written`, or what a transform map says: `inserted`, `updated`, `ignored`, `skipped`, `error`.
    status: &'static str,
    /// The record; empty where there is none.
    sys_id: String,
    /// The instance's words, where it has some.
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// Why it was not done, as statuses say it.
#[derive(Debug, Serialize)]
struct Failure {
    reason: &'static str,
    message: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    metadata: BTreeMap<&'static str, String>,
}

/// All rows were reported.
#[derive(Debug, Default, Serialize)]
pub(super) struct Ended {
    rows: u64,
    failed: u64,
}

impl Result {
    pub(super) fn new(index: u64, outcome: std::result::Result<Outcome, Error>) -> Self {
        match outcome {
            Ok(outcome) => Result { index, outcome: Some(outcome), error: None, lost: false },
            Err(error) => Result { index, outcome: None, error: Some(Failure::of(&error)), lost: false },
        }
    }

    /// The same, where the row may have been taken in all the same.
    pub(super) fn lost(self, lost: bool) -> Self {
        Result { lost, ..self }
    }

    fn failed(&self) -> bool {
        self.error.is_some() || self.outcome.as_ref().is_some_and(|outcome| outcome.status == "error")
    }
}

impl Outcome {
    pub(super) fn written(sys_id: String) -> Self {
        Outcome { status: "written", sys_id, message: String::new() }
    }

    /// The worst that a transform map did; a row that none took is in the staging table.
    pub(super) fn imported(results: &[ImportResult]) -> Self {
        let worst = results.iter().find(|result| result.status == ImportStatus::Error).or(results.first());
        let Some(result) = worst else {
            return Outcome { status: "loaded", ..Outcome::default() };
        };
        let status = match result.status {
            ImportStatus::Inserted => "inserted",
            ImportStatus::Updated => "updated",
            ImportStatus::Ignored => "ignored",
            ImportStatus::Skipped => "skipped",
            ImportStatus::Error => "error",
            ImportStatus::Unknown => "unknown",
        };
        let message = result.error_message.clone().or_else(|| result.status_message.clone());
        Outcome { status, sys_id: result.sys_id.clone(), message: message.unwrap_or_default() }
    }
}

impl Failure {
    fn of(error: &Error) -> Self {
        let told = status::operation_error(error);
        Failure {
            reason: status::short_name(error.reason()),
            message: told.message,
            metadata: error.metadata().into_iter().collect(),
        }
    }
}

impl Ended {
    pub(super) fn add(&mut self, results: &[Result]) {
        self.rows += results.len() as u64;
        self.failed += results.iter().filter(|result| result.failed()).count() as u64;
    }
}

pub(super) fn text(message: &(impl Serialize + ?Sized)) -> Bytes {
    serde_json::to_vec(message).expect("structs of text and numbers serialize").into()
}

/// The results, kept until they are taken, as far as there is room. Dropping it stops the writing.
pub(super) fn buffered(
    results: impl Stream<Item = std::result::Result<Vec<Result>, Error>> + Send + 'static,
) -> Receiver<std::result::Result<Vec<Result>, Error>> {
    let (send, receive) = mpsc::channel(WAITING);
    let work = async move {
        let mut results = Box::pin(results);
        loop {
            tokio::select! {
                biased;
                () = send.closed() => return,
                next = results.next() => match next {
                    Some(message) => if send.send(message).await.is_err() { return },
                    None => return,
                },
            }
        }
    };
    tokio::spawn(work.in_current_span());
    receive
}
