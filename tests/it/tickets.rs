//! Tickets: how long they are good, what cancels them, and that a part which breaks off goes on where it stopped.

use std::time::Duration;

use arrow_flight::decode::FlightRecordBatchStream;
use arrow_flight::error::FlightError;
use arrow_flight::{FlightDescriptor, Ticket};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::TryStreamExt;
use sncgate::access::Clock;
use sncgate_client::{Export, Types};
use tonic::Code;

use crate::access::key_of;
use crate::export::{client_of, column, export};
use crate::export_rules::{act, flight, get, narrow, ticket};
use crate::harness::{Gateway, System, config, reason};

#[tokio::test]
async fn a_ticket_is_good_for_an_hour() {
    let mut system = System::with_records(20).await;
    let (clock, hand) = Clock::by_hand();
    system.gateway.stop().await;
    let instance = system.emulator.as_ref().expect("it runs").http();
    system.gateway = Gateway::start_at(config(instance), clock).await;
    let token = system.gateway.token.clone();
    let command = r#"{"table":"incident","fields":["number"]}"#;
    let ticket = ticket(&system, &token, command).await;
    hand.advance(Duration::from_secs(3_599));
    get(&system, &token, &ticket).await.expect("it is good until then");
    hand.advance(Duration::from_secs(1));
    let status = get(&system, &token, &ticket).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
    assert!(status.message().contains("has expired; call GetFlightInfo again"), "{status:?}");
    system.stop().await;
}

#[tokio::test]
async fn a_reading_that_is_cancelled_says_so() {
    let system = System::with_records(20_000).await;
    let token = system.gateway.token.clone();
    let ticket = ticket(&system, &token, r#"{"table":"incident","types":"string","partitions":1}"#).await;
    let mut running = narrow(&system, &token).do_get(ticket.clone()).await.unwrap().into_inner();
    running.message().await.unwrap().unwrap();
    let ended = act(&system, &token, "sncgate.cancel", &ticket.ticket).await.unwrap();
    assert_eq!(ended, [r#"{"ended":1}"#]);
    let status = running.try_collect::<Vec<_>>().await.unwrap_err();
    let (named, metadata) = reason(&status);
    assert_eq!((status.code(), named.as_str()), (Code::Cancelled, "EXPORT_CANCELLED"));
    assert_eq!(metadata["export"].len(), 36, "{metadata:?}");
    system.stop().await;
}

#[tokio::test]
async fn a_schema_is_read_anew_when_that_is_asked_for() {
    let system = System::with_records(5).await;
    let client = client_of(&system, &system.gateway.token).await;
    let token = system.gateway.token.clone();
    let of = Export { fields: vec!["u_new".to_owned()], ..Export::of("incident") };
    assert!(client.export(&of).await.is_err(), "there is no such column yet");
    let column =
        [("name", "incident"), ("element", "u_new"), ("internal_type", "integer"), ("max_length", "40")];
    client.create("sys_dictionary", column).await.unwrap();
    assert!(client.export(&of).await.is_err(), "what is known of the table is kept for a while");
    act(&system, &token, "sncgate.refresh_schema", br#"{"table":"incident"}"#).await.unwrap();
    let plan = client.export(&of).await.unwrap();
    assert_eq!(*plan.schema().field(0).data_type(), arrow_schema::DataType::Int64);
    for (body, told) in [(&b"{}"[..], "is required"), (b"x", "JSON")] {
        let status = act(&system, &token, "sncgate.refresh_schema", body).await.unwrap_err();
        assert!(status.message().contains(told), "{status:?}");
    }
    let listed = flight(&system, &token).list_actions(arrow_flight::Empty {}).await.unwrap().into_inner();
    let listed: Vec<_> = listed.try_collect().await.unwrap();
    assert!(listed.iter().any(|action| action.r#type == "sncgate.refresh_schema"));
    system.stop().await;
}

/// The instance goes away in the middle; whoever has the note of the last page goes on after it.
#[tokio::test]
async fn a_part_goes_on_after_its_last_page() {
    let mut system = System::with_records(10_000).await;
    let client = client_of(&system, &system.gateway.token).await;
    let token = system.gateway.token.clone();
    let wanted = Export { fields: vec!["sys_id".to_owned()], types: Types::String, ..Export::of("incident") };
    let whole = column(&export(&client, &wanted).await.0, "sys_id");

    let command = r#"{"table":"incident","types":"string","fields":["sys_id"]}"#;
    let first = ticket(&system, &token, command).await;
    let mut stream = flight(&system, &token).do_get(first).await.unwrap().into_inner();
    let (mut messages, mut rest) = (Vec::new(), None);
    while rest.is_none() {
        let message = stream.message().await.unwrap().expect("there are more pages");
        let note: Option<serde_json::Value> = serde_json::from_slice(&message.app_metadata).ok();
        rest = note.and_then(|note| Some(STANDARD.decode(note["resume"].as_str()?).unwrap()));
        messages.push(message);
    }
    drop(stream);
    let address = system.kill_emulator().await;
    system.restart_emulator(address).await;
    let ticket = Ticket::new(rest.expect("it was just found"));
    let stream = flight(&system, &token).do_get(ticket).await.unwrap().into_inner();
    let again: Vec<_> = stream.try_collect().await.unwrap();

    let mut rows = Vec::new();
    for part in [messages, again] {
        let data = futures::stream::iter(part.into_iter().map(Ok::<_, FlightError>));
        let batches: Vec<_> =
            FlightRecordBatchStream::new_from_flight_data(data).try_collect().await.unwrap();
        rows.extend(column(&batches, "sys_id"));
    }
    assert_eq!(rows.len(), whole.len());
    assert_eq!(rows, whole);
    system.stop().await;
}

/// The gateway is stopped and another one with its data takes its place: the client goes on by itself.
#[tokio::test]
async fn an_export_outlives_its_gateway() {
    let mut system = System::with_records(30_000).await;
    system.gateway.stop().await;
    let data = tempfile::tempdir().unwrap();
    let instance = system.emulator.as_ref().expect("it runs").http();
    let mut settings = config(instance);
    settings.server.data_dir = data.path().to_owned();
    system.gateway = Gateway::start(settings.clone()).await;
    settings.server.listen = system.gateway.address;
    let key = key_of(&system.gateway, "admin", &[]).await;
    let client = client_of(&system, &key).await;
    let wanted = Export { types: Types::String, partitions: Some(1), ..Export::of("incident") };
    let plan = client.export(&wanted).await.unwrap();
    let expected = plan.expected();

    let (begun, began) = tokio::sync::oneshot::channel();
    let reading = tokio::spawn(async move {
        let mut part = plan.part(0).await.unwrap();
        let mut ids = column(&[part.next_batch().await.unwrap().unwrap()], "sys_id");
        begun.send(()).unwrap();
        while let Some(batch) = part.next_batch().await.unwrap() {
            ids.extend(column(&[batch], "sys_id"));
        }
        (ids, part.report().unwrap().rows)
    });
    began.await.unwrap();
    system.gateway.stop().await;
    system.gateway = Gateway::start(settings).await;
    let (ids, rows) = reading.await.unwrap();
    assert_eq!((ids.len() as u64, rows), (expected, expected));
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "each row once, in order");
    let info = FlightDescriptor::new_cmd(r#"{"table":"incident"}"#);
    flight(&system, &system.gateway.token.clone()).get_flight_info(info).await.unwrap();
    system.stop().await;
}
