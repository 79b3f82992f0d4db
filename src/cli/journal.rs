//! `sncgate journal`.

use std::io::Read;

use anyhow::{Context, Result};
use futures::{StreamExt, TryStreamExt};
use sncgate_client::pb::{JournalEntry, JournalKind};

use super::args::{self, JournalAdd, JournalCommand, JournalList};
use super::connect::Session;
use super::output::{Cell, Column};

const COLUMNS: [&str; 5] = ["created_time", "created_by", "kind", "text", "sys_id"];

pub(crate) async fn run(session: &Session, arguments: args::Journal) -> Result<()> {
    match arguments.command {
        JournalCommand::List(arguments) => list(session, arguments).await,
        JournalCommand::Add(arguments) => add(session, arguments).await,
    }
}

async fn list(session: &Session, arguments: JournalList) -> Result<()> {
    let JournalList { table, sys_id, limit } = arguments;
    let entries = session.client.journal(table, sys_id).take(limit.unwrap_or(usize::MAX));
    let rows: Vec<_> = entries.map_ok(row).try_collect().await?;
    session.write_all(Column::all(&COLUMNS), &rows)
}

async fn add(session: &Session, arguments: JournalAdd) -> Result<()> {
    let JournalAdd { table, sys_id, mut text, work_note } = arguments;
    if text == "-" {
        text.clear();
        std::io::stdin().read_to_string(&mut text).context("cannot read stdin")?;
    }
    let entry = match work_note {
        true => session.client.work_note(table, sys_id, text).await?,
        false => session.client.comment(table, sys_id, text).await?,
    };
    session.write_one(Column::all(&COLUMNS), row(entry))
}

fn row(entry: JournalEntry) -> Vec<Cell> {
    let kind = match entry.kind() {
        JournalKind::Comment => "comment",
        JournalKind::WorkNote => "work_note",
        JournalKind::Unspecified => "",
    };
    vec![
        entry.created_time.map_or(Cell::Missing, |time| Cell::Text(time.to_string())),
        Cell::Text(entry.created_by),
        Cell::Text(kind.to_owned()),
        Cell::Text(entry.text),
        Cell::Text(entry.sys_id),
    ]
}
