//! Increments tell no more than exports do, and say so where deletes cannot be seen.

use sncgate_client::pb::{self, ErrorReason, FieldAccess};
use sncgate_client::{Export, ExportStream, Types};

use super::{increment, refused, wanted};
use crate::access_rules::{holder, rule};
use crate::export::client_of;
use crate::harness::System;

const LONG_AGO: &str = "2000-01-01T00:00:00Z";

fn deletes(of: Export) -> Export {
    Export { stream: ExportStream::Deletes, since: LONG_AGO.to_owned(), ..of }
}

#[tokio::test]
async fn deletes_are_for_those_who_may_read_the_records_of_them() {
    let system = System::with_records(20).await;
    let key = holder(&system, "clerk", vec![rule(&["incident"], "", &[])]).await;
    let client = client_of(&system, &key).await;
    assert_eq!(increment_rows(&client).await, 20);
    let error = refused(&client, &deletes(wanted(""))).await;
    assert_eq!(error.reason(), ErrorReason::PermissionMissing, "{error:?}");
    assert!(error.message().contains("ask for changed rows only"), "{error:?}");

    let both = vec![rule(&["incident"], "", &[]), rule(&["sys_audit_delete"], "", &[])];
    let key = holder(&system, "auditor", both).await;
    client_of(&system, &key).await.export(&deletes(wanted(""))).await.unwrap();
    system.stop().await;
}

async fn increment_rows(client: &sncgate_client::Client) -> u64 {
    let plan = client.export(&Export { since: LONG_AGO.to_owned(), ..wanted("") }).await.unwrap();
    crate::export::read(&plan).await.1.rows
}

#[tokio::test]
async fn a_stamp_that_is_hidden_makes_no_increments_and_a_row_filter_holds() {
    let system = System::with_records(100).await;
    let hidden = vec![rule(&["incident"], "", &[("sys_updated_on", FieldAccess::Hidden)])];
    let client = client_of(&system, &holder(&system, "blind", hidden).await).await;
    let some = Export { fields: vec!["sys_id".to_owned()], ..wanted("") };
    let plan = client.export(&some).await.unwrap();
    assert_eq!(plan.cursor(&sncgate_client::ExportReport::default()), None);
    let error = refused(&client, &Export { since: LONG_AGO.to_owned(), ..some }).await;
    assert_eq!(error.reason(), ErrorReason::FieldForbidden, "{error:?}");

    let filtered = vec![rule(&["incident"], "impact=1", &[])];
    let client = client_of(&system, &holder(&system, "desk", filtered).await).await;
    let whole = client_of(&system, &system.gateway.token).await;
    let theirs = whole.export(&wanted("impact=1")).await.unwrap().expected();
    assert_eq!(increment_rows(&client).await, theirs);
    system.stop().await;
}

#[tokio::test]
async fn what_is_no_increment_is_refused_with_what_to_do() {
    let system = System::with_records(20).await;
    let client = client_of(&system, &system.gateway.token).await;
    let cursor = increment(&client, &wanted(""), "").await.cursor;
    let since = |cursor: &str, of: Export| Export { since: cursor.to_owned(), ..of };
    for (export, reason, told) in [
        (since(&cursor, wanted("active=true")), ErrorReason::CursorInvalid, "everything anew"),
        (since(&cursor, Export { types: Types::Typed, ..wanted("") }), ErrorReason::CursorInvalid, "anew"),
        (since("yesterday", wanted("")), ErrorReason::CursorInvalid, "2026-01-01T00:00:00Z"),
        (
            since(LONG_AGO, Export { fields: vec!["number".to_owned()], ..wanted("") }),
            ErrorReason::RequestInvalid,
            "sys_mod_count",
        ),
        (
            since(LONG_AGO, Export { display: pb::DisplayMode::Display, ..wanted("") }),
            ErrorReason::RequestInvalid,
            "stored values",
        ),
        (deletes(Export::of("sys_choice")), ErrorReason::DeletesUnseen, "does not audit"),
    ] {
        let error = refused(&client, &export).await;
        assert_eq!(error.reason(), reason, "{export:?}: {error:?}");
        assert!(error.message().contains(told), "{export:?}: {error:?}");
    }
    system.stop().await;
}
