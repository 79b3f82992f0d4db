//! `sncgate attachment`: a table of contents; each command is in its own file.

mod delete;
mod download;
mod list;
mod upload;

use anyhow::Result;
use sncgate_client::pb::Attachment;

use super::args::{self, AttachmentCommand};
use super::connect::Session;
use super::output::{Cell, Column};

pub(crate) async fn run(session: &Session, arguments: args::Attachment) -> Result<()> {
    match arguments.command {
        AttachmentCommand::List(arguments) => list::run(session, arguments).await,
        AttachmentCommand::Upload(arguments) => upload::run(session, arguments).await,
        AttachmentCommand::Download(arguments) => download::run(session, arguments).await,
        AttachmentCommand::Delete(arguments) => delete::run(session, arguments).await,
    }
}

fn columns() -> Vec<Column> {
    Column::all(&[
        "sys_id",
        "file_name",
        "content_type",
        "size_bytes",
        "table",
        "record_sys_id",
        "created_by",
        "created_time",
        "sha256",
    ])
}

fn row(known: Attachment) -> Vec<Cell> {
    vec![
        Cell::Text(known.sys_id),
        Cell::Text(known.file_name),
        Cell::Text(known.content_type),
        Cell::Number(known.size_bytes),
        Cell::Text(known.table),
        Cell::Text(known.record_sys_id),
        Cell::Text(known.created_by),
        known.created_time.map_or(Cell::Missing, |time| Cell::Text(time.to_string())),
        Cell::Text(known.sha256),
    ]
}
