//! `sncgate audit`.

use anyhow::{Result, bail};
use sncgate_client::pb::{
    AuditEvent, ListAuditEventsRequest, StreamAuditEventsRequest, VerifyAuditLogRequest,
};

use super::args::{self, AuditCommand};
use super::connect::Session;
use super::output::{Cell, Column};
use super::times;

const COLUMNS: [&str; 12] = [
    "sequence",
    "time",
    "username",
    "acted_as",
    "method",
    "outcome",
    "instance",
    "table",
    "subject",
    "address",
    "credential",
    "request_id",
];

pub(crate) async fn run(session: &Session, arguments: args::Audit) -> Result<()> {
    session.client.prepare().await?;
    let mut stub = session.client.audit_stub();
    match arguments.command {
        AuditCommand::List { user, method, limit } => {
            let request = ListAuditEventsRequest {
                username: user,
                method,
                page_size: limit,
                ..ListAuditEventsRequest::default()
            };
            let answer = session.answer(stub.list_audit_events(session.request(request)).await)?;
            let rows: Vec<_> = answer.events.into_iter().map(row).collect();
            session.write_all(Column::all(&COLUMNS), &rows)
        }
        AuditCommand::Tail { all } => tail(session, if all { 0 } else { -1 }).await,
        AuditCommand::Verify => verify(session).await,
    }
}

async fn tail(session: &Session, after_sequence: i64) -> Result<()> {
    let mut stub = session.client.audit_stub();
    let request = StreamAuditEventsRequest { after_sequence };
    let mut messages = session.answer(stub.stream_audit_events(request).await)?;
    let mut rows = session.rows(Column::all(&COLUMNS));
    while let Some(message) = messages.message().await.map_err(sncgate_client::Error::from)? {
        rows.write(&message.events.into_iter().map(row).collect::<Vec<_>>())?;
    }
    Ok(rows.finish()?)
}

async fn verify(session: &Session) -> Result<()> {
    let mut stub = session.client.audit_stub();
    let verdict = session.answer(stub.verify_audit_log(session.request(VerifyAuditLogRequest {})).await)?;
    let columns = Column::all(&["intact", "events", "first_sequence", "first_broken_sequence", "last_hash"]);
    let number = |sequence| if sequence == 0 { Cell::Missing } else { Cell::Number(sequence) };
    let cells = vec![
        Cell::Flag(verdict.intact),
        Cell::Number(verdict.events),
        number(verdict.first_sequence),
        number(verdict.first_broken_sequence),
        Cell::Text(verdict.last_hash),
    ];
    session.write_one(columns, cells)?;
    if !verdict.intact {
        bail!("the audit log is not as it was written, from event {} on", verdict.first_broken_sequence);
    }
    Ok(())
}

fn row(event: AuditEvent) -> Vec<Cell> {
    vec![
        Cell::Number(event.sequence),
        times::cell(event.time),
        Cell::Text(event.username),
        Cell::Text(event.acted_as),
        Cell::Text(event.method.trim_start_matches("sncgate.v1.").to_owned()),
        Cell::Text(event.outcome),
        Cell::Text(event.instance),
        Cell::Text(event.table),
        Cell::Text(event.subject),
        Cell::Text(event.address),
        Cell::Text(event.credential),
        Cell::Text(event.request_id),
    ]
}
