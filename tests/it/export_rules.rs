//! What somebody would try to see more by an export than by a stream of records.

use arrow_array::RecordBatch;
use arrow_flight::flight_service_client::FlightServiceClient;
use arrow_flight::{Action, Criteria, FlightDescriptor, FlightInfo, Ticket};
use arrow_schema::DataType;
use futures::TryStreamExt;
use sncgate_client::pb::role_service_client::RoleServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use sncgate_client::pb::{self, FieldAccess, Permission};
use sncgate_client::{DisplayMode, Export, Types};
use tonic::transport::Endpoint;
use tonic::{Code, Status};

use crate::access::{key_of, revoked_key, user};
use crate::access_rules::{denied, holder, rule, two};
use crate::export::{client_of, column, export};
use crate::harness::{Authorized, Bearer, System, reason};

pub(crate) fn flight(system: &System, token: &str) -> FlightServiceClient<Authorized> {
    FlightServiceClient::new(system.gateway.channel_of(token))
}

/// A connection with the smallest window that HTTP/2 has: what is not taken stays where it is.
pub(crate) fn narrow(system: &System, token: &str) -> FlightServiceClient<Authorized> {
    let endpoint = Endpoint::from_shared(format!("http://{}", system.gateway.address)).unwrap();
    let endpoint = endpoint.initial_stream_window_size(65_535).initial_connection_window_size(65_535);
    FlightServiceClient::new(Authorized::new(endpoint.connect_lazy(), Bearer::new(token)))
}

pub(crate) async fn info(system: &System, token: &str, command: &str) -> Result<FlightInfo, Status> {
    let descriptor = FlightDescriptor::new_cmd(command.to_owned());
    flight(system, token).get_flight_info(descriptor).await.map(tonic::Response::into_inner)
}

pub(crate) async fn ticket(system: &System, token: &str, command: &str) -> Ticket {
    info(system, token, command).await.unwrap().endpoint.remove(0).ticket.unwrap()
}

/// How a ticket fares to its end.
pub(crate) async fn get(system: &System, token: &str, ticket: &Ticket) -> Result<(), Status> {
    let stream = flight(system, token).do_get(ticket.clone()).await?.into_inner();
    stream.try_collect::<Vec<_>>().await.map(drop)
}

pub(crate) async fn act(
    system: &System,
    token: &str,
    kind: &str,
    body: &[u8],
) -> Result<Vec<String>, Status> {
    let stream = flight(system, token).do_action(Action::new(kind, body.to_vec())).await?.into_inner();
    let answers: Vec<_> = stream.try_collect().await?;
    Ok(answers.iter().map(|answer| String::from_utf8(answer.body.to_vec()).unwrap()).collect())
}

async fn refused_everywhere(system: &System, token: &str, command: &str) {
    denied(&info(system, token, command).await.unwrap_err(), command);
    let descriptor = FlightDescriptor::new_cmd(command.to_owned());
    denied(&flight(system, token).get_schema(descriptor).await.unwrap_err(), command);
}

fn names(batches: &[RecordBatch]) -> Vec<String> {
    batches[0].schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[tokio::test]
async fn a_hidden_column_is_in_no_export_and_a_masked_one_is_masked() {
    let system = System::with_records(20).await;
    two(&system).await;
    let masked = ["close_notes", "impact", "active", "opened_at", "category", "caller_id"];
    let mut fields = vec![("description", FieldAccess::Hidden), ("work_notes", FieldAccess::Hidden)];
    fields.extend(masked.map(|name| (name, FieldAccess::Masked)));
    let key = holder(&system, "clerk", vec![rule(&["incident", "sys_user"], "", &fields)]).await;
    let client = client_of(&system, &key).await;

    for display in [DisplayMode::Value, DisplayMode::Display, DisplayMode::Both] {
        let all = Export { types: Types::String, display, ..Export::of("incident") };
        let (batches, report) = export(&client, &all).await;
        assert_eq!(report.rows, 22);
        let names = names(&batches);
        assert!(names.len() > 40 && names.iter().all(|name| !name.starts_with("description")), "{names:?}");
        assert!(
            names.iter().all(|name| !name.starts_with("work_notes") || name.starts_with("work_notes_list"))
        );
        for name in &names {
            let values: Vec<_> = column(&batches, name).into_iter().flatten().collect();
            let of = name.trim_end_matches("__display");
            if masked.contains(&of) {
                assert!(
                    !values.is_empty() && values.iter().all(|value| value == "****"),
                    "{name}: {values:?}"
                );
            }
            let told = |value: &String| value.contains("hidden text") || value.contains("masked text");
            assert!(!values.iter().any(told), "{name} tells");
        }
    }
    // A typed column would have no room for the mask, and dates and numbers would be seen.
    let fields = masked.map(str::to_owned).to_vec();
    let (batches, report) = export(&client, &Export { fields, ..Export::of("incident") }).await;
    assert!(batches[0].schema().fields().iter().all(|field| *field.data_type() == DataType::Utf8));
    assert!(masked.iter().all(|name| column(&batches, name).iter().flatten().all(|value| value == "****")));
    assert_eq!((report.unparsed, report.unparsed_samples.len()), (0, 0));

    for command in [
        r#"{"table":"incident","fields":["description"]}"#,
        r#"{"table":"incident","fields":["number","parent_incident.description"]}"#,
        r#"{"table":"incident","fields":["parent_incident.close_notes"]}"#,
        r#"{"table":"incident","fields":["caller_id.name"]}"#,
        r#"{"table":"incident","query":"descriptionLIKEhidden"}"#,
        r#"{"table":"incident","query":"active=true"}"#,
        r#"{"table":"incident","query":"close_notesSTARTSWITHthe^ORnumberISNOTEMPTY"}"#,
        r#"{"table":"incident","query":"numberISNOTEMPTY^NQdescriptionISNOTEMPTY"}"#,
        r#"{"table":"incident","query":"short_descriptionSAMEASdescription"}"#,
        r#"{"table":"incident","query":"parent_incident.descriptionLIKEx"}"#,
        r#"{"table":"incident","query":"123TEXTQUERY321=hidden"}"#,
        r#"{"table":"incident","query":"RLQUERYincident.parent_incident,>=1^descriptionLIKEx^ENDRLQUERY"}"#,
        r#"{"table":"incident","query":"JOINincident.sys_id=incident.parent_incident!descriptionLIKEx"}"#,
        r#"{"table":"incident","query":"sys_id=javascript:new GlideRecord('incident').get('x')"}"#,
        r#"{"table":"task"}"#,
        r#"{"table":"sys_audit"}"#,
        r#"{"table":"sys_journal_field"}"#,
    ] {
        refused_everywhere(&system, &key, command).await;
    }
    system.stop().await;
}

#[tokio::test]
async fn a_row_filter_holds_for_exports() {
    let system = System::with_records(200).await;
    two(&system).await;
    let key = holder(&system, "desk", vec![rule(&["incident"], "impact=1", &[])]).await;
    let client = client_of(&system, &key).await;
    let whole = client_of(&system, &system.gateway.token).await;
    let wanted = |query: &str| Export {
        query: query.to_owned(),
        types: Types::String,
        fields: vec!["sys_id".to_owned(), "impact".to_owned()],
        partitions: Some(3),
        ..Export::of("incident")
    };
    let (theirs, _) = export(&whole, &wanted("impact=1")).await;
    let theirs = column(&theirs, "sys_id");
    assert!(!theirs.is_empty());
    for query in
        ["", "impact=1", "impact=3^NQimpact=1", "sys_idISNOTEMPTY^ORimpact=3", "active=true^NQactive=false"]
    {
        let plan = client.export(&wanted(query)).await.unwrap();
        assert_eq!(plan.expected(), theirs.len() as u64, "{query}: the count tells nothing of other rows");
        let (batches, _) = export(&client, &wanted(query)).await;
        assert_eq!(column(&batches, "sys_id"), theirs, "{query}");
        assert!(column(&batches, "impact").iter().all(|impact| impact.as_deref() == Some("1")), "{query}");
    }
    assert_eq!(client.export(&wanted("impact=3")).await.unwrap().expected(), 0);
    assert_eq!(export(&client, &wanted("impact=3")).await.1.rows, 0);
    system.stop().await;
}

#[tokio::test]
async fn a_ticket_is_good_in_the_hands_of_its_user_only() {
    let system = System::with_records(20).await;
    for name in ["alice", "bob"] {
        user(&system.gateway, name, &["viewer"]).await;
    }
    let alice = key_of(&system.gateway, "alice", &[]).await;
    let bob = key_of(&system.gateway, "bob", &[]).await;
    let revoked = revoked_key(&system.gateway, "alice").await;
    let command = r#"{"table":"incident","fields":["number"]}"#;
    let ticket = ticket(&system, &alice, command).await;

    get(&system, &alice, &ticket).await.unwrap();
    let another = key_of(&system.gateway, "alice", &["incident"]).await;
    get(&system, &another, &ticket).await.expect("it is the same user, with a key for that table");
    for (who, token) in [("bob", &bob), ("the administrator", &system.gateway.token)] {
        let status = get(&system, token, &ticket).await.unwrap_err();
        denied(&status, who);
        assert!(status.message().contains("somebody else"), "{status:?}");
    }
    for (what, token) in [("no token", ""), ("a revoked key", &revoked)] {
        let status = get(&system, token, &ticket).await.unwrap_err();
        assert_eq!(status.code(), Code::Unauthenticated, "{what}: {status:?}");
    }
    // Whoever it is issued to is part of what is signed.
    let mut text = String::from_utf8_lossy(&ticket.ticket[32..]).into_owned();
    let from = text.find(r#""user":""#).expect("it names the user") + r#""user":""#.len();
    text.replace_range(from..=from, "x");
    let forged = [&ticket.ticket[..32], text.as_bytes()].concat();
    let status = get(&system, &bob, &Ticket::new(forged)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));

    denied(&act(&system, &bob, "sncgate.cancel", &ticket.ticket).await.unwrap_err(), "another's export");
    get(&system, &alice, &ticket).await.expect("nobody cancelled it");
    act(&system, &system.gateway.token, "sncgate.cancel", &ticket.ticket)
        .await
        .expect("who may end sessions");
    let status = get(&system, &alice, &ticket).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).0.as_str()), (Code::Cancelled, "EXPORT_CANCELLED"));
    system.stop().await;
}

/// The rules are those of the moment, not those of the ticket.
#[tokio::test]
async fn a_ticket_grants_no_more_than_its_user_may_read_when_it_is_used() {
    let system = System::with_records(20).await;
    two(&system).await;
    let key = holder(&system, "clerk", vec![rule(&["incident"], "", &[])]).await;
    let named = ticket(&system, &key, r#"{"table":"incident","fields":["number","description"]}"#).await;
    let whole = ticket(&system, &key, r#"{"table":"incident"}"#).await;
    get(&system, &key, &whole).await.unwrap();
    let client = client_of(&system, &key).await;
    let wanted = Export { fields: vec!["impact".to_owned()], types: Types::String, ..Export::of("incident") };
    let plan = client.export(&wanted).await.unwrap();

    let mut roles = RoleServiceClient::new(system.gateway.channel());
    let hidden = [("description", FieldAccess::Hidden)];
    let role = |rows: &str| pb::Role {
        name: "clerk".to_owned(),
        permissions: vec![Permission::RecordsRead.into()],
        table_rules: vec![rule(&["incident"], rows, &hidden)],
        ..pb::Role::default()
    };
    roles.update_role(pb::UpdateRoleRequest { role: Some(role("impact=1")) }).await.unwrap();
    for (what, ticket) in [("named", &named), ("among all", &whole)] {
        let status = get(&system, &key, ticket).await.unwrap_err();
        denied(&status, what);
        assert_eq!(reason(&status).1["fields"], "description");
    }
    let mut part = plan.part(0).await.unwrap();
    let mut rows = 0;
    while let Some(batch) = part.next_batch().await.unwrap() {
        rows += batch.num_rows();
        assert!(column(&[batch], "impact").iter().all(|impact| impact.as_deref() == Some("1")));
    }
    assert!(rows > 0 && rows < 22, "{rows} rows");

    let gone = pb::Role { table_rules: vec![rule(&["problem"], "", &[])], ..role("") };
    roles.update_role(pb::UpdateRoleRequest { role: Some(gone) }).await.unwrap();
    denied(&get(&system, &key, &whole).await.unwrap_err(), "the table");
    system.stop().await;
}

#[tokio::test]
async fn a_key_with_bounds_exports_within_them() {
    let system = System::with_records(20).await;
    let key = key_of(&system.gateway, "admin", &["incident"]).await;
    info(&system, &key, r#"{"table":"incident","fields":["number"]}"#).await.unwrap();
    for command in [
        r#"{"table":"problem"}"#,
        r#"{"table":"task"}"#,
        r#"{"table":"incident","fields":["caller_id.name"]}"#,
    ] {
        refused_everywhere(&system, &key, command).await;
    }
    // The same user's ticket, got with a key that has no bounds.
    let ticket = ticket(&system, &system.gateway.token, r#"{"table":"problem"}"#).await;
    denied(&get(&system, &key, &ticket).await.unwrap_err(), "a ticket for another table");
    let listed = flight(&system, &key).list_flights(Criteria::default()).await.unwrap().into_inner();
    let listed: Vec<FlightInfo> = listed.try_collect().await.unwrap();
    let tables: Vec<String> =
        listed.into_iter().flat_map(|info| info.flight_descriptor.unwrap().path).collect();
    assert_eq!(tables, ["incident"]);
    system.stop().await;
}

#[tokio::test]
async fn readings_are_seen_by_who_reads_and_by_administrators() {
    let system = System::with_records(5_000).await;
    for name in ["alice", "bob"] {
        user(&system.gateway, name, &["viewer"]).await;
    }
    let alice = key_of(&system.gateway, "alice", &[]).await;
    let bob = key_of(&system.gateway, "bob", &[]).await;
    let ticket = ticket(&system, &alice, r#"{"table":"incident","types":"string","partitions":1}"#).await;
    let mut running = narrow(&system, &alice).do_get(ticket).await.unwrap().into_inner();
    running.message().await.unwrap().unwrap();
    for (who, token, seen) in
        [("alice", &alice, 1), ("bob", &bob, 0), ("the administrator", &system.gateway.token, 1)]
    {
        let shown = act(&system, token, "sncgate.list", b"").await.unwrap();
        assert_eq!(shown.len(), seen, "{who}: {shown:?}");
    }
    // Who may not read any more does not read on, either.
    let mut users = UserServiceClient::new(system.gateway.channel());
    users.delete_user(pb::DeleteUserRequest { username: "alice".to_owned() }).await.unwrap();
    let status = running.try_collect::<Vec<_>>().await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated, "{status:?}");
    system.stop().await;
}

/// What the matrix of all methods leaves open: that those who may get what a stream gives them.
#[tokio::test]
async fn viewers_export_and_others_do_not() {
    let system = System::with_records(20).await;
    user(&system.gateway, "viewer", &["viewer"]).await;
    user(&system.gateway, "nobody", &[]).await;
    let viewer = client_of(&system, &key_of(&system.gateway, "viewer", &[]).await).await;
    let fields = vec!["number".to_owned()];
    assert_eq!(export(&viewer, &Export { fields, ..Export::of("incident") }).await.1.rows, 20);

    let nobody = key_of(&system.gateway, "nobody", &[]).await;
    let command = r#"{"table":"incident"}"#;
    refused_everywhere(&system, &nobody, command).await;
    let ticket = ticket(&system, &system.gateway.token, command).await;
    denied(&get(&system, &nobody, &ticket).await.unwrap_err(), "DoGet");
    denied(&act(&system, &nobody, "sncgate.list", b"").await.unwrap_err(), "DoAction");
    denied(
        &flight(&system, &nobody).list_flights(Criteria::default()).await.map(drop).unwrap_err(),
        "ListFlights",
    );
    assert_eq!(info(&system, "", command).await.unwrap_err().code(), Code::Unauthenticated);
    system.stop().await;
}
