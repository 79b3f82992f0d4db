//! One part of an export, read to its end whatever breaks meanwhile.
//!
//! After each page the gateway says how to go on after it. Rows are given to the caller once that is known, so that a
//! part that goes on neither repeats nor loses any; a page at most is held back.

use std::collections::VecDeque;

use arrow_array::RecordBatch;
use arrow_flight::Ticket;
use arrow_flight::decode::{DecodedPayload, FlightDataDecoder};
use arrow_flight::error::FlightError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use tonic::{Code, Request};

use super::ExportReport;
use crate::backoff::Backoff;
use crate::client::Client;
use crate::error::{Error, Result};

/// Rows that are held back for a gateway that does not say how to go on.
const MOST_HELD: usize = 100_000;

/// The rows of one part, as they come.
#[derive(Debug)]
pub struct ExportPart {
    client: Client,
    /// Of what is still to come; none where that cannot be said.
    rest: Option<Ticket>,
    data: FlightDataDecoder,
    backoff: Backoff,
    held: VecDeque<RecordBatch>,
    ready: VecDeque<RecordBatch>,
    /// Of the streams that broke off, up to where the next one goes on.
    before: ExportReport,
    so_far: ExportReport,
    report: Option<ExportReport>,
}

/// What stands beside a page.
#[derive(Deserialize)]
struct Note {
    resume: Option<String>,
    so_far: Option<ExportReport>,
}

impl ExportPart {
    pub(super) async fn open(client: Client, ticket: Ticket) -> Result<Self> {
        let mut backoff = Backoff::new(client.settings.retries);
        let data = open(&client, &ticket, &mut backoff).await?;
        Ok(ExportPart {
            client,
            rest: Some(ticket),
            data,
            backoff,
            held: VecDeque::new(),
            ready: VecDeque::new(),
            before: ExportReport::default(),
            so_far: ExportReport::default(),
            report: None,
        })
    }

    /// The next rows, in sys_id order; `None` at the end.
    ///
    /// # Errors
    /// The part broke off and could not go on. It can be opened again, and then begins anew.
    pub async fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            if self.report.is_some() {
                return Ok(None);
            }
            if let Err(error) = self.take().await {
                self.go_on(error).await?;
            }
        }
    }

    /// What the part came to, once it came to its end.
    #[must_use]
    pub fn report(&self) -> Option<&ExportReport> {
        self.report.as_ref()
    }

    /// Takes a message; what may be given to the caller is ready after it.
    async fn take(&mut self) -> Result<()> {
        let Some(message) = self.data.next().await else {
            // The report is the last thing that is sent.
            return Err(Error::local(Code::DataLoss, "the part ended before its report: it is not whole"));
        };
        let message = message.map_err(broken)?;
        let said = message.app_metadata();
        if let DecodedPayload::RecordBatch(batch) = message.payload {
            self.held.push_back(batch);
        }
        if said.is_empty() {
            self.let_go();
            return Ok(());
        }
        match serde_json::from_slice::<Note>(&said) {
            Ok(Note { so_far: Some(so_far), resume }) => {
                self.rest = resume.and_then(|text| STANDARD.decode(text).ok()).map(Ticket::new);
                self.so_far = so_far;
                self.backoff.reset();
            }
            // The report comes with the last message, which is the schema where there are no rows.
            _ => {
                let last = serde_json::from_slice::<ExportReport>(&said);
                let last =
                    last.map_err(|_| Error::local(Code::Internal, "what came beside the rows is no report"))?;
                let mut report = self.before.clone();
                report.merge(&last);
                self.report = Some(report);
            }
        }
        self.ready.append(&mut self.held);
        Ok(())
    }

    /// Whoever does not say how to go on is not waited for.
    fn let_go(&mut self) {
        if self.held.iter().map(RecordBatch::num_rows).sum::<usize>() > MOST_HELD {
            self.rest = None;
            self.ready.append(&mut self.held);
        }
    }

    /// Opens the rest where that may help; otherwise gives the error back.
    async fn go_on(&mut self, error: Error) -> Result<()> {
        let Some(rest) = self.rest.clone().filter(|_| error.is_retryable()) else { return Err(error) };
        let Some(delay) = self.backoff.next(error.retry_after()) else { return Err(error) };
        tokio::time::sleep(delay).await;
        self.held.clear();
        self.before.merge(&std::mem::take(&mut self.so_far));
        self.data = open(&self.client, &rest, &mut self.backoff).await?;
        Ok(())
    }
}

async fn open(client: &Client, ticket: &Ticket, backoff: &mut Backoff) -> Result<FlightDataDecoder> {
    client.bearer().prepare(client.channel()).await?;
    let mut recovered = false;
    loop {
        let mut request = Request::new(ticket.clone());
        if let Some(deadline) = client.settings.stream_deadline {
            request.set_timeout(deadline);
        }
        let used = client.bearer().used();
        let error = match client.flight_stub().do_get(request).await {
            Ok(stream) => {
                return Ok(FlightDataDecoder::new(stream.into_inner().map_err(FlightError::from)));
            }
            Err(status) => Error::from(status),
        };
        if !recovered && client.bearer().recover(client.channel(), &error, &used).await? {
            recovered = true;
            continue;
        }
        if !error.is_retryable() {
            return Err(error);
        }
        let Some(delay) = backoff.next(error.retry_after()) else { return Err(error) };
        tokio::time::sleep(delay).await;
    }
}

fn broken(error: FlightError) -> Error {
    match error {
        FlightError::Tonic(status) => (*status).into(),
        other => Error::local(Code::Internal, format!("what came is no Arrow: {other}")),
    }
}
