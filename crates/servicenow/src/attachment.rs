//! The Attachment API: files that hang on rows.
//!
//! Content is streamed both ways, whatever its size, and compared with the size and SHA-256 that the instance
//! keeps. A transfer may take any time as long as bytes move.

mod content;
mod download;
mod measure;
mod save;
mod upload;

use http::Method;

use crate::address::Params;
use crate::query::Query;
use crate::{Cell, Client, DisplayMode, Error, Page, Row, SysId, decode};

pub use download::Download;
pub use upload::Upload;

/// What is known of an attachment besides its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its identity.
    pub sys_id: String,
    /// The table of the row it hangs on.
    pub table_name: String,
    /// The row it hangs on.
    pub table_sys_id: String,
    /// The file's name, as whoever uploaded it chose: it may hold anything.
    pub file_name: String,
    /// The media type that was stated.
    pub content_type: String,
    /// The content's size.
    pub size_bytes: u64,
    /// The content's SHA-256 in hexadecimal digits, if the instance tells it.
    pub hash: Option<String>,
    /// When it was uploaded, in UTC.
    pub sys_created_on: String,
    /// Who uploaded it.
    pub sys_created_by: String,
    /// When its description last changed, in UTC.
    pub sys_updated_on: String,
    /// Where its content is.
    pub download_link: String,
}

impl Attachment {
    /// The hash, if it is one that can be compared.
    fn sha256(&self) -> Option<&str> {
        let is_hash = |hash: &&str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        self.hash.as_deref().filter(is_hash)
    }
}

impl Row for Attachment {
    fn new(_: &str) -> Attachment {
        Attachment::default()
    }

    fn cell(&mut self, name: &str, cell: Cell<'_>) {
        let Some(text) = cell.value.or(cell.display_value) else { return };
        let text = text.into_owned();
        match name {
            "sys_id" => self.sys_id = text,
            "table_name" => self.table_name = text,
            "table_sys_id" => self.table_sys_id = text,
            "file_name" => self.file_name = text,
            "content_type" => self.content_type = text,
            "size_bytes" => self.size_bytes = text.parse().unwrap_or(0),
            "hash" => self.hash = Some(text).filter(|text| !text.is_empty()),
            "sys_created_on" => self.sys_created_on = text,
            "sys_created_by" => self.sys_created_by = text,
            "sys_updated_on" => self.sys_updated_on = text,
            "download_link" => self.download_link = text,
            _ => {}
        }
    }

    fn sys_id(&self) -> Option<&str> {
        Some(self.sys_id.as_str()).filter(|sys_id| !sys_id.is_empty())
    }
}

/// Which attachments to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentList {
    /// Conditions on their descriptions: `table_name`, `table_sys_id`, `file_name`, `content_type`.
    pub query: Query,
    /// The most attachments.
    pub limit: u64,
    /// How many to skip.
    pub offset: u64,
}

impl Default for AttachmentList {
    fn default() -> AttachmentList {
        AttachmentList { query: Query::new(), limit: 1000, offset: 0 }
    }
}

const ROOT: [&str; 3] = ["api", "now", "attachment"];

impl Client {
    /// Lists attachments, with how many match.
    pub async fn attachments(&self, list: &AttachmentList) -> Result<Page<Attachment>, Error> {
        let mut params = Params::default();
        let query = list.query.to_string();
        if !query.is_empty() {
            params.push("sysparm_query", &query);
        }
        params.push("sysparm_limit", &list.limit.to_string());
        if list.offset > 0 {
            params.push("sysparm_offset", &list.offset.to_string());
        }
        let request = self.transport().get(&ROOT, &params)?;
        let decode = |reply: &crate::transport::Reply| {
            let rows = decode::rows(&reply.body, "sys_attachment", DisplayMode::Value)?;
            Ok(Page { rows, total: reply.head.total, has_next: reply.head.has_next })
        };
        self.transport().call(&request, decode).await
    }

    /// What is known of one attachment.
    pub async fn attachment(&self, sys_id: &str) -> Result<Attachment, Error> {
        let sys_id: SysId = sys_id.parse()?;
        let [api, now, attachment] = ROOT;
        let segments = [api, now, attachment, sys_id.as_str()];
        let request = self.transport().get(&segments, &Params::default())?;
        self.transport().call(&request, |reply| described(&reply.body)).await
    }

    /// Deletes an attachment.
    pub async fn delete_attachment(&self, sys_id: &str) -> Result<(), Error> {
        let sys_id: SysId = sys_id.parse()?;
        let [api, now, attachment] = ROOT;
        let segments = [api, now, attachment, sys_id.as_str()];
        let request = self.transport().request(Method::DELETE, &segments, &Params::default(), None)?;
        self.transport().call(&request, |_| Ok(())).await
    }

    /// The URL of an attachment's content, for people to open. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a sys_id that is none.
    pub fn attachment_url(&self, sys_id: &str) -> Result<String, Error> {
        let sys_id: SysId = sys_id.parse()?;
        Ok(format!("{}/api/now/v1/attachment/{sys_id}/file", self.base_url().trim_end_matches('/')))
    }
}

fn described(body: &[u8]) -> Result<Attachment, Error> {
    decode::row(body, "sys_attachment", DisplayMode::Value)
}
