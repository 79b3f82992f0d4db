//! Audit events as messages.

use crate::grpc::request::timestamp;
use crate::pb::AuditEvent;
use crate::store::Entry;

pub(super) fn event(entry: Entry) -> AuditEvent {
    let event = entry.event;
    AuditEvent {
        sequence: entry.sequence,
        time: timestamp(event.at),
        username: event.username,
        credential: event.credential,
        method: event.method,
        outcome: event.outcome,
        instance: event.instance,
        table: event.table,
        subject: event.subject,
        request_id: event.request_id,
        address: event.address,
        hash: hexadecimal(&entry.hash),
        acted_as: event.acted_as,
    }
}

pub(super) fn hexadecimal(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
