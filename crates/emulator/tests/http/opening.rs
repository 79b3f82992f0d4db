//! What an instance is made of: generated data, loaded files, files that are there already.

use servicenow_emulator::load::Load;
use servicenow_emulator::{Emulator, Error, generate};

use crate::harness::{Reply, client_builder};

#[tokio::test]
async fn a_file_with_data_is_used_as_it_is_unless_numbers_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Emulator::builder().data_dir(folder.path());
    drop(open().records(1).open().unwrap());
    drop(open().open().unwrap());
    drop(open().records(1).open().unwrap());
    let other = open().records(2).open();
    assert!(matches!(other, Err(Error::Generate(generate::Error::OtherPlan { .. }))));
}

#[tokio::test]
async fn a_file_of_records_is_loaded_once() {
    let folder = tempfile::tempdir().unwrap();
    let (file, map) = (folder.path().join("log.csv"), folder.path().join("map.toml"));
    std::fs::write(&file, "Ticket,Text,Status\nINC7,first,New\nINC8,second,Closed\nINC7,later,Closed\n")
        .unwrap();
    std::fs::write(
        &map,
        "key = \"Ticket\"\n[columns]\nTicket = \"number\"\nText = \"short_description\"\nStatus = \"state\"\n",
    )
    .unwrap();
    let load = Load { table: "incident".to_owned(), file, map };
    for _ in 0..2 {
        let builder = Emulator::builder().data_dir(folder.path()).records(0).load(load.clone());
        let running = builder.start().await.unwrap();
        let query = "sysparm_query=ORDERBYnumber&sysparm_fields=number,short_description,state&sysparm_display_value=true";
        let url = format!("{}/api/now/table/incident?{query}", running.http_url());
        let reply =
            Reply::of(client_builder().build().unwrap().get(url).basic_auth("admin", Some("admin"))).await;
        assert_eq!(
            reply.text,
            r#"{"result":[{"number":"INC7","short_description":"later","state":"Closed"},{"number":"INC8","short_description":"second","state":"Closed"}]}"#
        );
        running.shutdown().await;
    }
}

#[tokio::test]
async fn a_file_that_does_not_fit_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let load = Load {
        table: "incident".to_owned(),
        file: folder.path().join("missing.csv"),
        map: folder.path().join("missing.toml"),
    };
    let refused = Emulator::builder().records(0).load(load).open();
    let Err(error @ Error::Load(_)) = refused else { panic!("a missing file was loaded") };
    assert!(error.to_string().contains("missing"), "{error}");
}
