//! What is said beside the rows, as JSON in `app_metadata`.
//!
//! After each page: a ticket for the rest, so that a stream that breaks off can go on. With the last message: the report; a
//! stream that lacks it is not whole. Messages of their own would be simpler, but not every client takes one that is no
//! batch.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_flight::FlightData;
use async_stream::stream;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::Stream;
use serde::Serialize;
use tonic::Status;

use crate::export::Report;

/// After a page.
#[derive(Serialize)]
struct Page {
    /// A ticket for what follows, in base64; none where what follows cannot be read by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    resume: Option<String>,
    /// What was read until here.
    so_far: Report,
}

/// At the end.
#[derive(Serialize)]
struct End {
    #[serde(flatten)]
    report: Report,
    /// Where the next increment begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

/// Batches are cut and encoded in between, so what is said waits here until its row is on its way.
#[derive(Clone, Default)]
pub(super) struct Notes(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Rows that were handed over.
    handed: u64,
    /// By the number of rows after which it is said.
    pages: VecDeque<(u64, Page)>,
    end: Option<End>,
}

impl Notes {
    /// `rows` more rows were handed over; `rest` is a ticket for what follows them.
    pub(super) fn after(&self, rows: usize, rest: Option<Vec<u8>>, so_far: Report) {
        let mut inner = self.lock();
        inner.handed += rows as u64;
        let (at, resume) = (inner.handed, rest.map(|rest| STANDARD.encode(rest)));
        inner.pages.push_back((at, Page { resume, so_far }));
    }

    /// All rows were handed over.
    pub(super) fn end(&self, report: Report, cursor: Option<String>) {
        self.lock().end = Some(End { report, cursor });
    }

    /// What is to be said once so many rows are on their way.
    fn page(&self, rows: u64) -> Option<Vec<u8>> {
        let mut inner = self.lock();
        let mut found = None;
        while inner.pages.front().is_some_and(|(at, _)| *at <= rows) {
            found = inner.pages.pop_front();
        }
        found.filter(|(at, _)| *at == rows).map(|(_, page)| text(&page))
    }

    fn last(&self) -> Option<Vec<u8>> {
        self.lock().end.take().map(|end| text(&end))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn text(note: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(note).expect("a struct of text and numbers serializes")
}

/// Puts notes beside the messages that they belong to.
pub(super) fn noted(
    data: impl Stream<Item = Result<FlightData, Status>> + Send,
    notes: Notes,
) -> impl Stream<Item = Result<FlightData, Status>> + Send {
    stream! {
        let (mut held, mut rows): (Option<FlightData>, u64) = (None, 0);
        for await message in data {
            let mut message = match message {
                Ok(message) => message,
                Err(status) => {
                    // What came before the failure is the caller's, and so is the ticket for the rest.
                    if let Some(before) = held.take() {
                        yield Ok(before);
                    }
                    return yield Err(status);
                }
            };
            if let Some(more) = rows_of(&message) {
                rows += more;
                if let Some(page) = notes.page(rows) {
                    message = message.with_app_metadata(page);
                }
            }
            if let Some(before) = held.replace(message) {
                yield Ok(before);
            }
        }
        if let (Some(message), Some(report)) = (held, notes.last()) {
            yield Ok(message.with_app_metadata(report));
        }
    }
}

/// Rows of a message that is a batch.
fn rows_of(message: &FlightData) -> Option<u64> {
    let header = arrow_ipc::root_as_message(&message.data_header).ok()?;
    u64::try_from(header.header_as_record_batch()?.length()).ok()
}
