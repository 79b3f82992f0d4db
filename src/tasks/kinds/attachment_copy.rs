//! Copies attachments of a table's records to a destination.
//!
//! Files are called by the attachment's sys_id and what of its name is safe; they have that name once they are whole and
//! their hash was the one described. `attachments-000001.ndjson` and so on say what each file is; `manifest.json` comes last.
//! A task that goes on finds the files of the page that was under way by their size, and reads only the others.
//!
//! It refuses a folder that has a manifest of something else. What it may copy is what its owner may download.

mod name;

use async_trait::async_trait;
use dataset::{MANIFEST, Place};
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use servicenow::query::{Operator, Query};
use servicenow::{Attachment, AttachmentList, Cursor, RecordScan, Scan};
use sha2::{Digest, Sha256};

use super::asked;
use super::tally::Tally;
use crate::access::{self, Caller, Guard, Principal};
use crate::attachments;
use crate::error::{Error, SinkError};
use crate::export::failed;
use crate::instance::Subject;
use crate::pb::{AttachmentCopyTask, Permission, Record, TaskResult};
use crate::records;
use crate::schema;
use crate::tasks::outcome::is_retryable;
use crate::tasks::{Context, Failure, Kind, Services};

/// Records whose attachments are copied between two checkpoints: as many keys as fit a URL.
const PAGE: u64 = 50;
/// Attachments that are asked for at once.
const LISTED: u64 = 200;

/// How far it is.
#[derive(Default, Serialize, Deserialize)]
struct Reached {
    /// The last record whose attachments are there.
    after: String,
    /// Lists that were written.
    lists: u32,
    bytes: u64,
}

/// A line of a list.
#[derive(Serialize)]
struct Entry<'a> {
    file: &'a str,
    sys_id: &'a str,
    table: &'a str,
    record: &'a str,
    name: &'a str,
    content_type: &'a str,
    size: u64,
    sha256: &'a str,
}

/// What says that all is there.
#[derive(Serialize, Deserialize)]
struct Whole {
    kind: String,
    task: String,
    files: i64,
    bytes: u64,
    lists: u32,
}

/// An attempt under way.
struct Copying<'a> {
    context: &'a Context,
    guard: &'a Guard,
    place: &'a Place,
    reached: Reached,
    tally: Tally,
}

#[async_trait]
impl Kind for AttachmentCopyTask {
    fn name(&self) -> &'static str {
        "attachment_copy"
    }

    fn needs(&self) -> Permission {
        Permission::AttachmentsRead
    }

    fn permit(&self, principal: &Principal) -> Result<(), Error> {
        principal.require(Permission::RecordsRead)?;
        Ok(principal.require(self.needs())?)
    }

    async fn check(&self, services: &Services, caller: &Caller) -> Result<(), Error> {
        asked::place(services, &self.destination, &self.path, "attachments")?;
        self.open(services, caller).await.map(|_| ())
    }

    async fn run(&self, context: &Context) -> Result<TaskResult, Failure> {
        let kept: Option<Reached> = context.checkpoint()?;
        let begun = kept.is_some();
        let tally = Tally::new(context.result(), 0);
        let place = asked::place(&context.services, &self.destination, &self.path, context.id())?;
        let (guard, query) = self.open(&context.services, &context.caller).await?;
        let reached = kept.unwrap_or_default();
        let mut copying = Copying { context, guard: &guard, place: &place, reached, tally };
        if copying.is_finished(begun).await? {
            return Ok(copying.tally.result);
        }
        copying.tally.result.location = format!("{}/{MANIFEST}", place.shown());
        let mut scan = scan(&guard, query, &copying.reached.after);
        loop {
            context.save(&copying.reached, &copying.tally.result).await?;
            let subject = Subject::table(guard.table());
            let Some(page) = guard.instance.call("find", subject, scan.next_page()).await? else { break };
            let keys: Vec<&str> = page.rows.iter().map(|row| row.sys_id.as_str()).collect();
            copying.page(&keys).await?;
            copying.reached.after = keys.last().copied().unwrap_or_default().to_owned();
        }
        copying.finish().await?;
        Ok(copying.tally.result)
    }
}

impl AttachmentCopyTask {
    async fn open(&self, services: &Services, caller: &Caller) -> Result<(Guard, Query), Error> {
        let table = schema::table_name(&self.table)?;
        let selection = (services.parse_query)(self.query.clone().unwrap_or_default())?;
        if selection.limit.is_some() || !selection.query.order.is_empty() || !selection.fields.is_empty() {
            return Err(Error::invalid("query", "is a filter here: leave fields, order_by and limit out"));
        }
        let guard = services.links.guard(caller, &self.instance, &table, access::Operation::Read).await?;
        records::check_fields(&guard, ["sys_id"]).await?;
        records::check_query(&guard, &selection.query).await?;
        let query = guard.narrow(selection.query).await?;
        Ok((guard, query))
    }
}

fn scan(guard: &Guard, query: Query, after: &str) -> RecordScan<Record> {
    let after = (!after.is_empty()).then(|| Cursor { last_sys_id: after.to_owned(), offset: 0 });
    let scan = Scan { query, read: records::plain_read(&["sys_id"]), page_size: PAGE, after };
    guard.instance.bulk().scan(guard.table(), scan)
}

impl Copying<'_> {
    /// An attempt before this one came to the end, and could not say so.
    async fn is_finished(&self, begun: bool) -> Result<bool, Error> {
        let found = self.place.get(MANIFEST).await.map_err(|error| failed(self.place, error))?;
        let Some(found) = found else { return Ok(false) };
        let ours = serde_json::from_slice::<Whole>(&found).is_ok_and(|whole| whole.task == self.context.id());
        if begun && ours {
            return Ok(true);
        }
        Err(SinkError::Occupied { place: self.place.shown().to_owned() }.into())
    }

    /// The attachments of these records, and the list of them.
    async fn page(&mut self, keys: &[&str]) -> Result<(), Failure> {
        let (mut list, mut offset) = (Vec::new(), 0);
        loop {
            let query = Query::new().and("table_sys_id", Operator::In, keys.join(",")).order_by("sys_id");
            let asked = AttachmentList { query, limit: LISTED, offset };
            let instance = &self.guard.instance;
            let call = instance.client().attachments(&asked);
            let page = instance.call("attachment_list", Subject::none(), call).await?;
            for attachment in &page.rows {
                self.one(attachment, &mut list).await?;
            }
            offset += LISTED;
            let more = page.total.map_or(page.rows.len() as u64 == LISTED, |total| offset < total);
            if !more {
                break;
            }
        }
        if list.is_empty() {
            return Ok(());
        }
        self.reached.lists += 1;
        let name = format!("attachments-{:06}.ndjson", self.reached.lists);
        let put = self.place.put(&name, list.into(), false).await;
        put.map_err(|error| failed(self.place, error).into())
    }

    async fn one(&mut self, attachment: &Attachment, list: &mut Vec<u8>) -> Result<(), Failure> {
        let Some(file) = name::of(attachment) else {
            self.tally.fail(&attachment.sys_id, Error::internal("an attachment has no sys_id that is one"));
            return Ok(());
        };
        let told = |error| failed(self.place, error);
        let is_there = self.place.size(&file).await.map_err(told)? == Some(attachment.size_bytes);
        let hash = match is_there {
            true => Ok(attachment.hash.clone().unwrap_or_default()),
            false => self.copy(attachment, &file).await,
        };
        match hash {
            Ok(hash) => {
                self.tally.result.succeeded += 1;
                self.reached.bytes += attachment.size_bytes;
                note(attachment, &file, &hash, list)?;
            }
            Err(_) if self.context.stop().is_cancelled() => return Err(Failure::Stopped),
            Err(error) if is_retryable(&error) && !self.context.is_last().await => return Err(error.into()),
            Err(error) => self.tally.fail(&attachment.sys_id, error),
        }
        self.context.progress("copying", self.tally.done(), 0, "attachments");
        Ok(())
    }

    /// Its content; the hash of what was written.
    async fn copy(&self, attachment: &Attachment, file: &str) -> Result<String, Error> {
        let (caller, instance) = (&self.context.caller, self.guard.instance.clone());
        let opened = attachments::download(caller, instance, &attachment.sys_id, 0).await?;
        let mut chunks = std::pin::pin!(opened.into_chunks(self.context.stop().clone(), None));
        let told = |error| failed(self.place, error);
        let mut output = self.place.begin(file).await.map_err(told)?;
        let mut digest = Sha256::new();
        while let Some(chunk) = chunks.next().await {
            let chunk = match chunk {
                Ok(chunk) => chunk,
                Err(error) => {
                    output.abort().await;
                    return Err(error);
                }
            };
            digest.update(&chunk);
            output.put(chunk).await.map_err(told)?;
        }
        output.commit().await.map_err(told)?;
        Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    async fn finish(&mut self) -> Result<(), Error> {
        let whole = Whole {
            kind: "attachments".to_owned(),
            task: self.context.id().to_owned(),
            files: self.tally.result.succeeded,
            bytes: self.reached.bytes,
            lists: self.reached.lists,
        };
        let text = serde_json::to_string_pretty(&whole).map_err(Error::internal)?;
        self.tally.result.report.clone_from(&text);
        self.place.put(MANIFEST, text.into(), true).await.map_err(|error| failed(self.place, error))
    }
}

fn note(attachment: &Attachment, file: &str, sha256: &str, list: &mut Vec<u8>) -> Result<(), Error> {
    let entry = Entry {
        file,
        sys_id: &attachment.sys_id,
        table: &attachment.table_name,
        record: &attachment.table_sys_id,
        name: &attachment.file_name,
        content_type: &attachment.content_type,
        size: attachment.size_bytes,
        sha256,
    };
    serde_json::to_writer(&mut *list, &entry).map_err(Error::internal)?;
    list.push(b'\n');
    Ok(())
}
