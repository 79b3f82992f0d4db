//! Rules hold in every part of an export that is more than one.

use std::collections::BTreeSet;

use sncgate_client::pb::FieldAccess;
use sncgate_client::{Export, Types};

use crate::access_rules::{denied, holder, rule};
use crate::export::{client_of, column, export};
use crate::export_rules::info;
use crate::harness::System;

/// Most of the rows, and more than one part is worth.
const THEIRS: &str = "impact!=1";

fn of(query: &str, fields: &[&str]) -> Export {
    Export {
        query: query.to_owned(),
        types: Types::String,
        fields: fields.iter().map(|field| (*field).to_owned()).collect(),
        ..Export::of("incident")
    }
}

#[tokio::test]
async fn rows_counts_and_masks_are_right_in_every_part() {
    let system = System::with_records(70_000).await;
    let fields = [("description", FieldAccess::Hidden), ("category", FieldAccess::Masked)];
    let key = holder(&system, "desk", vec![rule(&["incident"], THEIRS, &fields)]).await;
    let (whole, theirs) = (client_of(&system, &system.gateway.token).await, client_of(&system, &key).await);
    let (expected, _) = export(&whole, &of(THEIRS, &["sys_id", "impact", "category", "description"])).await;
    let categories = column(&expected, "category");
    assert!(categories.iter().flatten().all(|value| value != "****"), "there is something to mask");
    assert!(column(&expected, "description").iter().flatten().next().is_some(), "there is something to hide");
    let expected: Vec<_> = column(&expected, "sys_id").into_iter().flatten().collect();
    assert!(expected.len() > 50_000 && expected.len() < 70_000, "{} rows", expected.len());

    for partitions in [None, Some(7)] {
        let wanted = Export { partitions, ..of("", &["sys_id", "impact", "category"]) };
        let plan = theirs.export(&wanted).await.unwrap();
        assert!(plan.parts() > 1, "{} parts", plan.parts());
        assert_eq!(plan.expected(), expected.len() as u64, "the count tells nothing of other rows");
        let mut all = Vec::new();
        for number in 0..plan.parts() {
            let mut part = plan.part(number).await.unwrap();
            let mut rows = 0;
            while let Some(batch) = part.next_batch().await.unwrap() {
                rows += batch.num_rows() as u64;
                let batch = [batch];
                assert!(column(&batch, "impact").iter().all(|impact| impact.as_deref() != Some("1")));
                let masked = column(&batch, "category");
                assert!(masked.iter().flatten().all(|value| value == "****"), "part {number}: {masked:?}");
                assert!(masked.iter().any(Option::is_some), "part {number}");
                all.extend(column(&batch, "sys_id").into_iter().flatten());
            }
            let report = part.report().expect("a part that ended has a report");
            assert_eq!(report.rows, rows, "part {number}");
            assert!(rows > 0, "part {number} has none");
        }
        assert_eq!(all.len(), all.iter().collect::<BTreeSet<_>>().len(), "each row once");
        all.sort();
        assert_eq!(all, expected, "{partitions:?}");
    }

    // All columns: the hidden one is in no part.
    let plan = theirs.export(&of("", &[])).await.unwrap();
    for number in 0..plan.parts() {
        let mut part = plan.part(number).await.unwrap();
        let batch = part.next_batch().await.unwrap().expect("it has rows");
        let schema = batch.schema();
        assert!(schema.fields().len() > 40, "{schema:?}");
        assert!(schema.fields().iter().all(|field| field.name() != "description"), "part {number}");
        let masked = column(&[batch], "category");
        assert!(masked.iter().flatten().all(|value| value == "****"), "part {number}");
    }
    for command in [
        r#"{"table":"incident","fields":["sys_id","description"],"partitions":3}"#,
        r#"{"table":"incident","query":"descriptionISNOTEMPTY","partitions":3}"#,
        r#"{"table":"incident","query":"category=hardware","partitions":3}"#,
    ] {
        denied(&info(&system, &key, command).await.unwrap_err(), command);
    }
    system.stop().await;
}
