//! Files attached to records.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// List, send, fetch and delete files attached to records
#[derive(Args, Debug)]
pub(crate) struct Attachment {
    #[command(subcommand)]
    pub(crate) command: AttachmentCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AttachmentCommand {
    List(AttachmentList),
    Upload(AttachmentUpload),
    Download(AttachmentDownload),
    Delete(AttachmentDelete),
}

/// List the attachments of a record, or of all records of a table
#[derive(Args, Debug)]
pub(crate) struct AttachmentList {
    /// As "incident"
    pub(crate) table: String,
    /// The record, 32 characters [default: all records]
    pub(crate) sys_id: Option<String>,
}

/// Attach a file to a record
///
/// Where the command fails or is ended, no attachment is left behind.
#[derive(Args, Debug)]
pub(crate) struct AttachmentUpload {
    /// As "incident"
    pub(crate) table: String,
    /// The record, 32 characters
    pub(crate) sys_id: String,
    /// The file, or - for stdin
    pub(crate) file: PathBuf,
    /// Its name there [default: the file's own; stdin has none]
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// As "application/pdf" [default: what goes with the name's ending]
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
}

/// Fetch an attachment's content
///
/// It is written to NAME.part, which becomes NAME when size and hash are verified. A broken connection is resumed;
/// where that does not help, NAME.part stays and --resume goes on with it later.
#[derive(Args, Debug)]
pub(crate) struct AttachmentDownload {
    /// The attachment, 32 characters
    pub(crate) sys_id: String,
    /// A file, a folder for a file of the attachment's name, or - for stdout
    #[arg(value_name = "TO", default_value = ".")]
    pub(crate) to: PathBuf,
    /// Go on after what NAME.part has
    #[arg(long)]
    pub(crate) resume: bool,
}

/// Delete attachments
#[derive(Args, Debug)]
pub(crate) struct AttachmentDelete {
    /// 32 characters each
    #[arg(value_name = "SYS_ID", required = true)]
    pub(crate) sys_ids: Vec<String>,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
}
