//! Several instances behind one gateway: each has its own address, credentials, budget and health, and `instance`
//! chooses.

use futures::{StreamExt, stream};
use secrecy::SecretString;
use servicenow_emulator::{Emulator, Running};
use sncgate::config::{Auth, Config, Instance};
use sncgate_client::{Client, ErrorReason, Operation, Query, pb};

use crate::harness::Gateway;

async fn emulator(records: u64) -> (Running, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let builder =
        Emulator::builder().data_dir(data.path()).records(records).seed(records).http(any).https(any);
    (builder.start().await.unwrap(), data)
}

fn instance(at: &Running, username: &str) -> Instance {
    let auth = Auth::Basic { username: username.to_owned(), password: SecretString::from(username) };
    Instance::new(format!("http://{}", at.http()).parse().unwrap(), auth)
}

#[tokio::test]
async fn each_instance_is_its_own() {
    let (prod, _prod_data) = emulator(30).await;
    let (dev, _dev_data) = emulator(10).await;
    let mut config = Config::with_instance("prod", instance(&prod, "admin"));
    config.instances.insert("dev".to_owned(), Instance { max_concurrent: 2, ..instance(&dev, "admin") });
    config.instances.insert("locked".to_owned(), instance(&dev, "nobody"));
    config.default_instance = Some("prod".to_owned());
    config.server.listen.set_port(0);
    config.server.admin_listen.set_port(0);
    let mut gateway = Gateway::start(config).await;
    let client =
        Client::builder(format!("http://{}", gateway.address)).token(&gateway.token).connect().await.unwrap();
    let of_dev = client.with_instance("dev");
    let counts =
        async || [client.count("incident", "").await.unwrap(), of_dev.count("incident", "").await.unwrap()];
    let start = counts().await;

    // Health: each for itself, the wrong credentials too.
    let info = client.info().await.unwrap();
    let health: Vec<_> =
        info.instances.iter().map(|one| (one.name.as_str(), one.reachable, one.reason.as_str())).collect();
    assert_eq!(health, [("dev", true, ""), ("locked", false, "INSTANCE_CREDENTIALS"), ("prod", true, "")]);

    // Every new method goes where it is told.
    let create = || stream::iter([Operation::create("1", "incident", [("short_description", "Mine")])]);
    let made = of_dev.batch(create()).next().await.unwrap().unwrap();
    assert!(made.into_result().is_ok());
    assert_eq!(counts().await, [start[0], start[1] + 1]);
    let mine = || vec![vec![("short_description".to_owned(), "Mine".to_owned())]];
    of_dev.create_many("incident", mine()).await.unwrap().remove(0).unwrap();
    assert_eq!(counts().await, [start[0], start[1] + 2]);
    client.create_many("incident", mine()).await.unwrap().remove(0).unwrap();
    assert_eq!(counts().await, [start[0] + 1, start[1] + 2]);
    let query = || Query::encoded("short_description=Mine");
    let updated = of_dev.update_where("incident", query(), [("urgency", "1")], 10).await.unwrap();
    assert_eq!((updated.matched, updated.results.count().await), (2, 2));
    let deleted = of_dev.delete_where("incident", query(), 10).await.unwrap();
    assert_eq!((deleted.matched, deleted.results.count().await), (2, 2));
    assert_eq!(counts().await, [start[0] + 1, start[1]]);

    // One request id is one call for each instance.
    let request = |instance: &str| pb::CreateRecordRequest {
        instance: instance.to_owned(),
        table: "incident".to_owned(),
        request_id: "6e0f4f0e-53c5-4d2c-9d3b-5c0a3f0f4a13".to_owned(),
        ..Default::default()
    };
    for name in ["prod", "dev", "prod", "dev"] {
        client.create_record(request(name)).await.unwrap();
    }
    assert_eq!(counts().await, [start[0] + 2, start[1] + 1]);

    for error in [
        client.with_instance("nowhere").batch(create()).next().await.unwrap().unwrap_err(),
        client.with_instance("nowhere").create_many("incident", mine()).await.unwrap_err(),
        client.with_instance("nowhere").delete_where("incident", query(), 1).await.err().unwrap(),
    ] {
        assert_eq!(error.reason(), ErrorReason::InstanceUnknown);
    }
    let locked = client.with_instance("locked").batch(create()).next().await.unwrap().unwrap();
    assert_eq!(locked.into_result().unwrap_err().reason(), ErrorReason::InstanceCredentials);

    // Budgets: one limit for each.
    let metrics =
        reqwest::get(format!("http://{}/metrics", gateway.admin)).await.unwrap().text().await.unwrap();
    for line in ["sncgate_instance_limit{instance=\"prod\"} 4", "sncgate_instance_limit{instance=\"dev\"}"] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    gateway.stop().await;
    prod.shutdown().await;
    dev.shutdown().await;
}
