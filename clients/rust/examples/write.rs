//! Creates, changes, reads and deletes an incident: `cargo run --example write -- http://127.0.0.1:8080`

#![expect(clippy::print_stdout, reason = "an example's output is its purpose")]

use sncgate_client::{Client, ErrorReason, pb};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::args().nth(1).unwrap_or_else(|| "http://127.0.0.1:8080".to_owned());
    let client = Client::builder(url).token_from_env().connect().await?;

    let fields = [("short_description", "The printer is on fire"), ("impact", "1"), ("urgency", "1")];
    let created = client.create("incident", fields).await?;
    println!("created {} with priority {}", created.fields["number"].value, created.fields["priority"].value);

    client.update("incident", &created.sys_id, [("state", "2")]).await?;
    let read = client.get("incident", &created.sys_id).await?;
    println!("its state is {}", read.fields["state"].value);

    // The etag of the first version: somebody (we) has changed the record since.
    let stale = pb::DeleteRecordRequest {
        table: "incident".into(),
        sys_id: created.sys_id.clone(),
        etag: created.etag,
        ..Default::default()
    };
    match client.delete_record(stale).await {
        Err(error) if error.reason() == ErrorReason::EtagMismatch => println!("it has changed, so it stays"),
        other => other?,
    }
    client.delete("incident", &created.sys_id).await?;
    println!("deleted");
    Ok(())
}
