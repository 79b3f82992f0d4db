//! `sncgate sessions`.

use anyhow::Result;
use sncgate_client::pb::{self, ListSessionsRequest, RevokeSessionRequest};

use super::args::{self, SessionsCommand};
use super::connect::Session;
use super::output::{Cell, Column};
use super::times;

const COLUMNS: [&str; 8] =
    ["id", "username", "device", "address", "created", "last_use", "expires", "current"];

pub(crate) async fn run(session: &Session, arguments: args::Sessions) -> Result<()> {
    session.client.prepare().await?;
    let mut stub = session.client.auth_stub();
    match arguments.command {
        SessionsCommand::List { username } => {
            let request = ListSessionsRequest { username: username.unwrap_or_default() };
            let answer = session.answer(stub.list_sessions(session.request(request)).await)?;
            let rows: Vec<_> = answer.sessions.into_iter().map(row).collect();
            session.write_all(Column::all(&COLUMNS), &rows)
        }
        SessionsCommand::Revoke { id } => {
            let request = RevokeSessionRequest { session_id: id };
            session.answer(stub.revoke_session(session.request(request)).await)?;
            Ok(())
        }
    }
}

fn row(session: pb::Session) -> Vec<Cell> {
    vec![
        Cell::Text(session.id),
        Cell::Text(session.username),
        Cell::Text(session.device),
        Cell::Text(session.address),
        times::cell(session.create_time),
        times::cell(session.last_use_time),
        times::cell(session.idle_expire_time),
        Cell::Flag(session.current),
    ]
}
