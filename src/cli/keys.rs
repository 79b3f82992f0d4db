//! `sncgate keys`.

use std::io::Write;
use std::time::SystemTime;

use anyhow::{Context, Result};
use sncgate_client::Timestamp;
use sncgate_client::pb::{
    ApiKey, CreateApiKeyRequest, DeleteApiKeyRequest, ListApiKeysRequest, RotateApiKeyRequest, TableOperation,
};

use super::args::{self, KeysCommand};
use super::connect::Session;
use super::output::{Cell, Column};
use super::times;

const COLUMNS: [&str; 8] =
    ["id", "name", "username", "prefix", "tables", "operations", "expires", "last_use"];

pub(crate) async fn run(session: &Session, arguments: args::Keys) -> Result<()> {
    session.client.prepare().await?;
    let mut stub = session.client.api_key_stub();
    match arguments.command {
        KeysCommand::List { username } => {
            let request = ListApiKeysRequest { username: username.unwrap_or_default() };
            let answer = session.answer(stub.list_api_keys(session.request(request)).await)?;
            let rows: Vec<_> = answer.api_keys.into_iter().map(row).collect();
            session.write_all(Column::all(&COLUMNS), &rows)
        }
        KeysCommand::Create { name, user, expires, tables, operations } => {
            let end = SystemTime::now().checked_add(expires).context("--expires is too long")?;
            let key = ApiKey {
                name,
                username: user.unwrap_or_default(),
                expire_time: Some(Timestamp::from(end)),
                tables,
                operations: operations.into_iter().map(i32::from).collect(),
                ..ApiKey::default()
            };
            let request = CreateApiKeyRequest { api_key: Some(key) };
            print(&session.answer(stub.create_api_key(session.request(request)).await)?.secret)
        }
        KeysCommand::Rotate { id, overlap } => {
            let overlap = overlap.try_into().context("--overlap is too long")?;
            let request = RotateApiKeyRequest { id, overlap: Some(overlap) };
            print(&session.answer(stub.rotate_api_key(session.request(request)).await)?.secret)
        }
        KeysCommand::Delete { id } => {
            session.answer(stub.delete_api_key(session.request(DeleteApiKeyRequest { id })).await)?;
            Ok(())
        }
    }
}

/// Nothing but the key, for `SNCGATE_TOKEN=$(sncgate keys create ci)`.
fn print(secret: &str) -> Result<()> {
    Ok(writeln!(std::io::stdout(), "{secret}")?)
}

fn row(key: ApiKey) -> Vec<Cell> {
    let operations: Vec<String> = key
        .operations()
        .map(|operation: TableOperation| {
            operation.as_str_name().trim_start_matches("TABLE_OPERATION_").to_lowercase()
        })
        .collect();
    vec![
        Cell::Text(key.id),
        Cell::Text(key.name),
        Cell::Text(key.username),
        Cell::Text(key.prefix),
        Cell::Text(key.tables.join(" ")),
        Cell::Text(operations.join(" ")),
        times::cell(key.expire_time),
        times::cell(key.last_use_time),
    ]
}
