//! People link their own accounts at the embedded instance, in a real browser, and act as themselves.

use std::time::Duration;

use arrow_flight::FlightDescriptor;
use arrow_flight::flight_service_client::FlightServiceClient;
use servicenow_emulator::{Emulator, OAuthClient, Running};
use sncgate::access::{Clock, Hand};
use sncgate::config::{ActAs, Auth, Link};
use sncgate_client::pb;
use sncgate_client::pb::attachment_service_client::AttachmentServiceClient;
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::batch_service_client::BatchServiceClient;
use sncgate_client::pb::record_service_client::RecordServiceClient;
use sncgate_client::pb::schema_service_client::SchemaServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use tonic::Status;

use crate::access::{key_of, sign_in, user};
use crate::harness::{Authorized, Gateway, config, reason};
use crate::webdriver::Browser;

/// A gateway whose calls are made as who calls, in front of an instance.
pub(crate) struct House {
    instance: Running,
    pub(crate) gateway: Gateway,
    hand: Hand,
    data: tempfile::TempDir,
}

impl House {
    pub(crate) async fn new() -> House {
        let back = "http://127.0.0.1/auth/link/callback";
        let instance = Emulator::builder().records(5).demo_client(|demo| demo.redirect_uri(back));
        let instance = instance.start().await.unwrap();
        let data = tempfile::tempdir().unwrap();
        let mut settings = config(instance.http());
        settings.server.data_dir = data.path().join("data");
        settings.access.access_token_ttl = Duration::from_secs(3600);
        let dev = settings.instances.get_mut("dev").unwrap();
        dev.act_as = ActAs::Person;
        dev.link = Some(Link::new("demo", "demo".into()));
        let (clock, hand) = Clock::by_hand();
        let gateway = Gateway::start_at(settings, clock).await;
        for name in ["alice", "bob"] {
            user(&gateway, name, &["user"]).await;
        }
        House { instance, gateway, hand, data }
    }

    pub(crate) async fn token(&self, username: &str) -> String {
        sign_in(&self.gateway, username).await.tokens.unwrap().access_token
    }

    pub(crate) fn auth(&self, token: &str) -> AuthServiceClient<Authorized> {
        AuthServiceClient::new(self.gateway.channel_of(token))
    }

    pub(crate) async fn begin(&self, token: &str) -> String {
        let request = pb::BeginInstanceLinkRequest::default();
        self.auth(token).begin_instance_link(request).await.unwrap().into_inner().authorization_url
    }

    pub(crate) async fn confirm(&self, token: &str, code: &str) -> Result<pb::InstanceLink, Status> {
        let request = pb::ConfirmInstanceLinkRequest { instance: "dev".to_owned(), code: code.to_owned() };
        let answer = self.auth(token).confirm_instance_link(request).await?;
        Ok(answer.into_inner().link.unwrap())
    }

    pub(crate) async fn links(&self, token: &str, username: &str) -> Result<Vec<pb::InstanceLink>, Status> {
        let request = pb::ListInstanceLinksRequest { username: username.to_owned() };
        Ok(self.auth(token).list_instance_links(request).await?.into_inner().links)
    }

    async fn unlink(&self, token: &str, username: &str) -> Result<pb::UnlinkInstanceResponse, Status> {
        let request = pb::UnlinkInstanceRequest { username: username.to_owned(), ..Default::default() };
        Ok(self.auth(token).unlink_instance(request).await?.into_inner())
    }

    /// Who the instance says made a record of this caller's.
    async fn maker(&self, token: &str) -> Result<String, Status> {
        let mut records = RecordServiceClient::new(self.gateway.channel_of(token));
        let record = records.create_record(incident()).await?.into_inner().record.unwrap();
        Ok(record.fields["sys_created_by"].value.clone())
    }

    /// What the callback says to a browser that comes with this query.
    async fn callback(&self, query: &str) -> (u16, String) {
        let url = format!("http://{}/auth/link/callback?{query}", self.gateway.address);
        let answer = reqwest::get(url).await.unwrap();
        let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
        assert!(header("content-security-policy").contains("default-src 'none'"));
        assert_eq!(
            (header("referrer-policy").as_str(), header("cache-control").as_str()),
            ("no-referrer", "no-store")
        );
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    /// The tokens in force for the demo's client and this user, which the instance gives again.
    async fn tokens_in_force(&self, name: &str) -> serde_json::Value {
        let form = [
            ("grant_type", "password"),
            ("client_id", "demo"),
            ("client_secret", "demo"),
            ("username", name),
            ("password", name),
        ];
        let url = format!("{}/oauth_token.do", self.instance.http_url());
        let answer = reqwest::Client::new().post(url).form(&form).send().await.unwrap();
        answer.json().await.unwrap()
    }

    async fn revoke_at_the_instance(&self, token: &str) {
        let url = format!("{}/oauth_revoke_token.do", self.instance.http_url());
        let answer = reqwest::Client::new().post(url).form(&[("token", token)]).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// Whether a text is anywhere in what the gateway keeps.
    fn keeps(&self, text: &str) -> bool {
        let files = std::fs::read_dir(self.data.path().join("data")).unwrap();
        files
            .map(|file| std::fs::read(file.unwrap().path()).unwrap())
            .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
    }

    pub(crate) async fn stop(mut self) {
        self.gateway.stop().await;
        self.instance.shutdown().await;
    }
}

fn incident() -> pb::CreateRecordRequest {
    let fields = [("short_description".to_owned(), "who made me".to_owned())].into();
    pb::CreateRecordRequest { table: "incident".to_owned(), fields, ..Default::default() }
}

/// The parameter of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> String {
    let url: url::Url = url.parse().unwrap();
    url.query_pairs().find(|pair| pair.0 == name).unwrap().1.into_owned()
}

async fn why<T: std::fmt::Debug>(call: impl Future<Output = Result<T, Status>>) -> String {
    reason(&call.await.unwrap_err()).0
}

/// Signs in at the instance, and agrees.
pub(crate) async fn consent(browser: &Browser, url: &str) {
    browser.open(url).await;
    if browser.text("h1").await == "Sign in" {
        browser.type_into("#user_name", "itil").await;
        browser.type_into("#user_password", "itil").await;
        browser.click("#sign_in").await;
    }
    browser.click("#allow").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_links_their_account_and_acts_as_themselves() {
    let house = House::new().await;
    let (alice, bob) = (house.token("alice").await, house.token("bob").await);
    let browser = Browser::start().await;

    let url = house.begin(&alice).await;
    consent(&browser, &url).await;
    for (place, expected) in [("#username", "alice"), ("#account", "itil"), ("#instance", "dev")] {
        assert_eq!(browser.text(place).await, expected);
    }
    let code = browser.text("#code").await;
    // The state is used up, and was never any good to others.
    let replay = format!("code=x&state={}", parameter(&url, "state"));
    let (status, page) = house.callback(&replay).await;
    assert!(status == 400 && page.contains("id=\"failed\""), "{status} {page}");
    assert_eq!(why(house.maker(&alice)).await, "LINK_REQUIRED", "nothing is linked yet");
    assert_eq!(why(house.confirm(&bob, &code)).await, "LINK_INVALID", "another one's code");
    assert_eq!(
        why(house.confirm(&house.token("alice").await, &code)).await,
        "LINK_INVALID",
        "another session"
    );
    assert_eq!(why(house.confirm(&alice, "AAAAA-AAAAA")).await, "LINK_INVALID");
    let typed = code.to_lowercase().replace('-', " ");
    let link = house.confirm(&alice, &typed).await.unwrap();
    assert_eq!((link.username.as_str(), link.instance_username.as_str()), ("alice", "itil"));
    assert_eq!(why(house.confirm(&alice, &code)).await, "LINK_INVALID", "a code is good once");

    assert_eq!(house.maker(&alice).await.unwrap(), "itil");
    let key = key_of(&house.gateway, "alice", &[]).await;
    assert_eq!(house.maker(&key).await.unwrap(), "itil", "a key acts as its user");
    let begin = house.auth(&key).begin_instance_link(pb::BeginInstanceLinkRequest::default()).await;
    assert_eq!(reason(&begin.unwrap_err()).0, "REQUEST_INVALID", "a key is no person");
    batches_and_files_are_made_as_the_person(&house, &alice).await;

    let filter =
        pb::ListAuditEventsRequest { username: "alice".to_owned(), page_size: 100, ..Default::default() };
    let events = AuditServiceClient::new(house.gateway.channel()).list_audit_events(filter).await.unwrap();
    let events = events.into_inner().events;
    for method in ["RecordService/CreateRecord", "AuthService/ConfirmInstanceLink", "/auth/link/callback"] {
        let event = events.iter().find(|event| event.method.ends_with(method) && event.outcome == "OK");
        assert_eq!(event.map(|event| event.acted_as.as_str()), Some("itil"), "{method}: {events:?}");
    }

    let tokens = house.tokens_in_force("itil").await;
    for name in ["access_token", "refresh_token"] {
        assert!(!house.keeps(tokens[name].as_str().unwrap()), "the {name} is kept in the clear");
    }
    assert!(house.keeps("itil"), "the files are those that the gateway keeps");
    browser.stop().await;
    house.stop().await;
}

async fn batches_and_files_are_made_as_the_person(house: &House, token: &str) {
    let create = pb::CreateOperation {
        table: "incident".to_owned(),
        fields: [("short_description".to_owned(), "in a batch".to_owned())].into(),
        ..Default::default()
    };
    let operation = pb::Operation { id: "1".to_owned(), kind: Some(pb::operation::Kind::Create(create)) };
    let batch = pb::ExecuteBatchRequest { operations: vec![operation], ..Default::default() };
    let mut batches = BatchServiceClient::new(house.gateway.channel_of(token));
    let answers = batches.execute_batch(futures::stream::iter([batch])).await.unwrap();
    let answer = answers.into_inner().message().await.unwrap().unwrap();
    let Some(pb::operation_result::Outcome::Record(record)) = &answer.results[0].outcome else {
        panic!("{answer:?}")
    };
    assert_eq!(record.fields["sys_created_by"].value, "itil");

    let header = pb::UploadHeader {
        table: "incident".to_owned(),
        record_sys_id: record.sys_id.clone(),
        file_name: "a.txt".to_owned(),
        ..Default::default()
    };
    let parts = [
        pb::upload_attachment_request::Part::Header(header),
        pb::upload_attachment_request::Part::Chunk("hello".into()),
    ];
    let parts = parts.map(|part| pb::UploadAttachmentRequest { part: Some(part) });
    let mut files = AttachmentServiceClient::new(house.gateway.channel_of(token));
    let made = files.upload_attachment(futures::stream::iter(parts)).await.unwrap().into_inner();
    assert_eq!(made.attachment.unwrap().created_by, "itil");
}

/// Every way to an instance asks for the link; none falls back to the gateway's own account.
#[tokio::test]
async fn without_a_link_nothing_is_reached() {
    let house = House::new().await;
    let bob = house.token("bob").await;
    let channel = || house.gateway.channel_of(&bob);
    let mut records = RecordServiceClient::new(channel());
    let mut files = AttachmentServiceClient::new(channel());
    let table = || "incident".to_owned();
    let sys_id = || "0".repeat(32);

    let create = records.create_record(incident()).await.unwrap_err();
    assert_eq!(
        (reason(&create).0.as_str(), reason(&create).1["instance"].as_str()),
        ("LINK_REQUIRED", "dev")
    );
    let list = pb::ListRecordsRequest { table: table(), ..Default::default() };
    assert_eq!(why(records.list_records(list)).await, "LINK_REQUIRED");
    let stream = pb::StreamRecordsRequest { table: table(), ..Default::default() };
    assert_eq!(why(records.stream_records(stream)).await, "LINK_REQUIRED");
    let delete = pb::DeleteRecordsRequest {
        table: table(),
        query: Some(crate::harness::encoded("active=true")),
        max_records: 5,
        ..Default::default()
    };
    assert_eq!(why(records.delete_records(delete)).await, "LINK_REQUIRED");
    let get = pb::GetAttachmentRequest { sys_id: sys_id(), ..Default::default() };
    assert_eq!(why(files.get_attachment(get)).await, "LINK_REQUIRED");
    let download = pb::DownloadAttachmentRequest { sys_id: sys_id(), ..Default::default() };
    assert_eq!(why(files.download_attachment(download)).await, "LINK_REQUIRED");
    let delete = pb::DeleteAttachmentRequest { sys_id: sys_id(), ..Default::default() };
    assert_eq!(why(files.delete_attachment(delete)).await, "LINK_REQUIRED");
    let attached = pb::ListAttachmentsRequest { table: table(), ..Default::default() };
    assert_eq!(why(files.list_attachments(attached)).await, "LINK_REQUIRED");
    let mut schema = SchemaServiceClient::new(channel());
    assert_eq!(why(schema.list_tables(pb::ListTablesRequest::default())).await, "LINK_REQUIRED");
    let get = pb::GetTableRequest { table: table(), ..Default::default() };
    assert_eq!(why(schema.get_table(get)).await, "LINK_REQUIRED");
    let mut batches = BatchServiceClient::new(channel());
    let batch = futures::stream::iter([pb::ExecuteBatchRequest::default()]);
    let mut answers = batches.execute_batch(batch).await.unwrap().into_inner();
    assert_eq!(why(answers.message()).await, "LINK_REQUIRED");
    let mut flight = FlightServiceClient::new(channel());
    let wish = || FlightDescriptor::new_path(vec![table()]);
    assert_eq!(why(flight.get_flight_info(wish())).await, "LINK_REQUIRED");
    assert_eq!(why(flight.get_schema(wish())).await, "LINK_REQUIRED");
    assert_eq!(why(flight.list_flights(arrow_flight::Criteria::default())).await, "LINK_REQUIRED");

    let made = house.instance.changes().since(0, 1000).unwrap();
    assert!(made.iter().all(|change| change.table != "incident"), "nothing was written: {made:?}");
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_link_ends_at_either_side() {
    let house = House::new().await;
    let (alice, bob) = (house.token("alice").await, house.token("bob").await);
    let browser = Browser::start().await;
    consent(&browser, &house.begin(&alice).await).await;
    house.confirm(&alice, &browser.text("#code").await).await.unwrap();
    assert_eq!(house.maker(&alice).await.unwrap(), "itil");

    // Others do not see it; an administrator sees that it is there.
    assert!(house.links(&bob, "").await.unwrap().is_empty());
    assert_eq!(why(house.links(&bob, "alice")).await, "PERMISSION_MISSING");
    assert_eq!(why(house.unlink(&bob, "alice")).await, "PERMISSION_MISSING");
    let seen = house.links(&house.gateway.token, "alice").await.unwrap();
    assert_eq!(seen[0].instance_username, "itil");

    // An access token that dies is replaced, and nobody notices.
    let tokens = house.tokens_in_force("itil").await;
    house.revoke_at_the_instance(tokens["access_token"].as_str().unwrap()).await;
    let calls = (0..8).map(|_| house.maker(&alice));
    for maker in futures::future::join_all(calls).await {
        assert_eq!(maker.unwrap(), "itil");
    }
    let renewed = house.links(&alice, "").await.unwrap();
    assert!(renewed[0].renew_time.is_some() && renewed[0].broken_time.is_none());

    // So is one that grows old: the hand is the gateway's clock.
    house.hand.advance(Duration::from_secs(1795));
    assert_eq!(house.maker(&alice).await.unwrap(), "itil");

    // Without its refresh token the link is broken, and says so until it is made anew.
    house.revoke_at_the_instance(tokens["refresh_token"].as_str().unwrap()).await;
    for _ in 0..2 {
        assert_eq!(why(house.maker(&alice)).await, "LINK_BROKEN");
    }
    assert!(house.links(&alice, "").await.unwrap()[0].broken_time.is_some());
    consent(&browser, &house.begin(&alice).await).await;
    house.confirm(&alice, &browser.text("#code").await).await.unwrap();
    assert_eq!(house.maker(&alice).await.unwrap(), "itil");

    // Unlinked, it is ended at the instance too.
    let tokens = house.tokens_in_force("itil").await;
    let done = house.unlink(&alice, "").await.unwrap();
    assert!(done.unlinked && done.revoked);
    assert!(!house.unlink(&alice, "").await.unwrap().unlinked);
    assert_eq!(why(house.maker(&alice)).await, "LINK_REQUIRED");
    assert_ne!(house.tokens_in_force("itil").await["refresh_token"], tokens["refresh_token"]);

    // A user who is deleted takes the link along.
    consent(&browser, &house.begin(&bob).await).await;
    house.confirm(&bob, &browser.text("#code").await).await.unwrap();
    let tokens = house.tokens_in_force("itil").await;
    let mut users = UserServiceClient::new(house.gateway.channel());
    users.delete_user(pb::DeleteUserRequest { username: "bob".to_owned() }).await.unwrap();
    assert_ne!(house.tokens_in_force("itil").await["refresh_token"], tokens["refresh_token"]);
    browser.stop().await;
    house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_confirmed_in_time_and_place_links_nothing() {
    let house = House::new().await;
    let alice = house.token("alice").await;
    let browser = Browser::start().await;

    // The person does not agree.
    let url = house.begin(&alice).await;
    browser.open(&url).await;
    browser.type_into("#user_name", "itil").await;
    browser.type_into("#user_password", "itil").await;
    browser.click("#sign_in").await;
    browser.click("#deny").await;
    assert!(browser.text("#declined").await.contains("Nothing was linked"));
    let state = parameter(&url, "state");
    assert_eq!(house.callback(&format!("code=x&state={state}")).await.0, 400, "the state is used up");

    // A state that nobody gave, and a code that the instance does not know.
    assert_eq!(house.callback("code=x&state=made-up").await.0, 400);
    let state = parameter(&house.begin(&alice).await, "state");
    let (status, page) = house.callback(&format!("code=made-up-code&state={state}")).await;
    assert!(status == 502 && !page.contains("made-up-code"), "{status} {page}");

    // A session that was ended takes what it began along.
    let other = house.token("alice").await;
    let state = parameter(&house.begin(&other).await, "state");
    house.auth(&other).logout(pb::LogoutRequest::default()).await.unwrap();
    assert_eq!(house.callback(&format!("code=x&state={state}")).await.0, 400);

    // Too late for the code, and too late for the state.
    consent(&browser, &house.begin(&alice).await).await;
    let code = browser.text("#code").await;
    let state = parameter(&house.begin(&alice).await, "state");
    house.hand.advance(Duration::from_secs(600));
    assert_eq!(why(house.confirm(&alice, &code)).await, "LINK_INVALID");
    assert_eq!(house.callback(&format!("code=x&state={state}")).await.0, 400);

    // Whoever looks at a page ahead of its reader uses nothing up.
    let state = parameter(&house.begin(&alice).await, "state");
    let url = format!("http://{}/auth/link/callback?code=x&state={state}", house.gateway.address);
    let head = reqwest::Client::new().head(&url).send().await.unwrap();
    assert_eq!(head.status().as_u16(), 405);
    assert_eq!(house.callback(&format!("code=x&state={state}")).await.0, 502, "the state was still good");

    assert!(house.links(&alice, "").await.unwrap().is_empty());
    browser.stop().await;
    house.stop().await;
}

/// Each grant that can be configured reaches the instance as who it should be.
#[tokio::test]
async fn every_way_to_sign_in_reaches_the_instance() {
    let accounts = servicenow_emulator::Accounts::demo().with_api_key("itil", "a-key-of-itil");
    let (private, public) = (
        include_str!("../../crates/servicenow/tests/it/key.pem"),
        include_str!("../../crates/emulator/tests/keys/public.pem"),
    );
    let instance = Emulator::builder()
        .records(1)
        .accounts(accounts)
        .oauth_client(OAuthClient::public("signer").jwt_key("k1", public).unwrap())
        .start()
        .await
        .unwrap();
    let demo = || "demo".to_owned();
    let form = [
        ("grant_type", "password"),
        ("client_id", "demo"),
        ("client_secret", "demo"),
        ("username", "itil"),
        ("password", "itil"),
    ];
    let url = format!("{}/oauth_token.do", instance.http_url());
    let granted = reqwest::Client::new().post(url).form(&form).send().await.unwrap();
    let granted: serde_json::Value = granted.json().await.unwrap();
    let refresh_token = granted["refresh_token"].as_str().unwrap().into();
    let itil = || "itil".to_owned();
    for (auth, expected) in [
        (Auth::Basic { username: itil(), password: "itil".into() }, "itil"),
        (
            Auth::OAuthPassword {
                client_id: demo(),
                client_secret: "demo".into(),
                username: itil(),
                password: "itil".into(),
            },
            "itil",
        ),
        (Auth::ClientCredentials { client_id: demo(), client_secret: "demo".into() }, "admin"),
        (Auth::Refresh { client_id: demo(), client_secret: "demo".into(), refresh_token }, "itil"),
        (
            Auth::JwtBearer {
                client_id: "signer".to_owned(),
                client_secret: None,
                private_key: private.into(),
                key_id: Some("k1".to_owned()),
                issuer: "signer".to_owned(),
                subject: itil(),
                audience: "signer".to_owned(),
            },
            "itil",
        ),
        (Auth::ApiKey { key: "a-key-of-itil".into() }, "itil"),
    ] {
        let mut settings = config(instance.http());
        let told = format!("{auth:?}");
        settings.instances.get_mut("dev").unwrap().auth = auth;
        let mut gateway = Gateway::start(settings).await;
        let mut records = RecordServiceClient::new(gateway.channel());
        let record =
            records.create_record(incident()).await.unwrap_or_else(|status| panic!("{told}: {status:?}"));
        assert_eq!(record.into_inner().record.unwrap().fields["sys_created_by"].value, expected, "{told}");
        gateway.stop().await;
    }
    instance.shutdown().await;
}
