//! Comments and work notes.

use clap::{Args, Subcommand};

/// Read and write comments and work notes of records
#[derive(Args, Debug)]
pub(crate) struct Journal {
    #[command(subcommand)]
    pub(crate) command: JournalCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum JournalCommand {
    List(JournalList),
    Add(JournalAdd),
}

/// List the entries of a record, newest first
#[derive(Args, Debug)]
pub(crate) struct JournalList {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters
    pub(crate) sys_id: String,
    /// Most entries
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
}

/// Add an entry: a comment, which the record's caller sees, or a work note
#[derive(Args, Debug)]
pub(crate) struct JournalAdd {
    /// As "incident"
    pub(crate) table: String,
    /// 32 characters
    pub(crate) sys_id: String,
    /// What is written; - for stdin
    pub(crate) text: String,
    /// Add a work note, which only those who work on the record see
    #[arg(long)]
    pub(crate) work_note: bool,
}
