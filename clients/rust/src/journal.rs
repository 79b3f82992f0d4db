//! Comments and work notes.

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::client::{Client, Repeat};
use crate::error::Result;
use crate::pb::{
    AddCommentRequest, AddWorkNoteRequest, JournalEntry, ListJournalRequest, ListJournalResponse,
};
use crate::records::{random_uuid, some};

impl Client {
    /// Lists the journal of a record, comments and work notes, newest first.
    pub fn journal(
        &self,
        table: impl Into<String>,
        sys_id: impl Into<String>,
    ) -> BoxStream<'static, Result<JournalEntry>> {
        let request = ListJournalRequest { table: table.into(), sys_id: sys_id.into(), ..Default::default() };
        let pages = journal_pages(self.clone(), request);
        pages.map_ok(|page| futures::stream::iter(page.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// ListJournal.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn list_journal(&self, mut request: ListJournalRequest) -> Result<ListJournalResponse> {
        request.instance = self.instance_or(request.instance);
        let stub = self.journal_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.list_journal(request).await },
        )
        .await
    }

    /// Adds a comment, which the record's caller sees.
    ///
    /// # Errors
    /// `RecordUnknown`, or `FieldUnknown` where the table has no comments.
    pub async fn comment(
        &self,
        table: impl Into<String>,
        sys_id: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<JournalEntry> {
        let (table, sys_id, text) = (table.into(), sys_id.into(), text.into());
        self.add_comment(AddCommentRequest { table, sys_id, text, ..Default::default() }).await
    }

    /// Adds a work note, which only those who work on the record see.
    ///
    /// # Errors
    /// `RecordUnknown`, or `FieldUnknown` where the table has no work notes.
    pub async fn work_note(
        &self,
        table: impl Into<String>,
        sys_id: impl Into<String>,
        text: impl Into<String>,
    ) -> Result<JournalEntry> {
        let (table, sys_id, text) = (table.into(), sys_id.into(), text.into());
        self.add_work_note(AddWorkNoteRequest { table, sys_id, text, ..Default::default() }).await
    }

    /// AddComment. A request without a request_id gets one, so that it can be sent again safely.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn add_comment(&self, mut request: AddCommentRequest) -> Result<JournalEntry> {
        request.instance = self.instance_or(request.instance);
        if request.request_id.is_empty() {
            request.request_id = random_uuid();
        }
        let stub = self.journal_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.add_comment(request).await
        });
        some(answer.await?.entry)
    }

    /// AddWorkNote. A request without a request_id gets one, so that it can be sent again safely.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn add_work_note(&self, mut request: AddWorkNoteRequest) -> Result<JournalEntry> {
        request.instance = self.instance_or(request.instance);
        if request.request_id.is_empty() {
            request.request_id = random_uuid();
        }
        let stub = self.journal_stub();
        let answer = self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.add_work_note(request).await
        });
        some(answer.await?.entry)
    }
}

fn journal_pages(
    client: Client,
    mut request: ListJournalRequest,
) -> impl Stream<Item = Result<Vec<JournalEntry>>> + Send {
    async_stream::try_stream! {
        loop {
            let answer = client.list_journal(request.clone()).await?;
            request.page_token = answer.next_page_token;
            yield answer.entries;
            if request.page_token.is_empty() {
                break;
            }
        }
    }
}
