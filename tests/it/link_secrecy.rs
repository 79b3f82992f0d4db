//! What others, and the log, get to know of a person's link: nothing.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use futures::{StreamExt, stream};
use sncgate::grpc::MethodPermissions;
use sncgate::pb::Permission;
use sncgate_client::pb;
use sncgate_client::pb::auth_service_client::AuthServiceClient;

use crate::access::key_of;
use crate::demo::Demo;
use crate::harness::reason;
use crate::links::{House, consent, parameter};
use crate::program::{at_home, run};
use crate::webdriver::Browser;

/// What is there of a stream that goes on.
const GLANCE: Duration = Duration::from_millis(500);

/// A field of that number with that text.
fn field(number: u8, text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[number << 3 | 2, length], text.as_bytes()].concat()
}

/// All that a call answers, headers included, on grpc-web.
async fn answer(url: &str, token: &str, message: &[u8]) -> String {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    let body = [&[0], &length[..], message].concat();
    let request = reqwest::Client::builder().http1_only().build().unwrap().post(url);
    let request = request.header("authorization", format!("Bearer {token}"));
    let mut reply =
        request.header("content-type", "application/grpc-web+proto").body(body).send().await.unwrap();
    let mut told = format!("{:?}\n", reply.headers());
    let read = async {
        while let Some(chunk) = reply.chunk().await.unwrap() {
            told.push_str(&String::from_utf8_lossy(&chunk));
        }
    };
    let _ = tokio::time::timeout(GLANCE, read).await;
    told
}

/// Whatever B calls, with A's name wherever a text can be, A's account is in no answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_method_tells_others_of_a_link() {
    let house = House::new().await;
    let alice = house.token("alice").await;
    let browser = Browser::start().await;
    consent(&browser, &house.begin(&alice).await).await;
    house.confirm(&alice, &browser.text("#code").await).await.unwrap();
    browser.stop().await;
    let session = &pb::ListSessionsRequest { username: "alice".to_owned() };
    let admin = &house.gateway.token;
    let listed = AuthServiceClient::new(house.gateway.channel_of(admin)).list_sessions(session.clone()).await;
    let session = listed.unwrap().into_inner().sessions.remove(0).id;

    let bob = &key_of(&house.gateway, "bob", &[]).await;
    let address = &house.gateway.address;
    let url = |path: &str| format!("http://{address}{path}");
    let own = answer(&url("/sncgate.v1.AuthService/ListInstanceLinks"), &alice, &[]).await;
    assert!(own.contains("itil"), "there is something to see: {own}");

    let all = MethodPermissions::read().unwrap();
    let paths: BTreeSet<String> = all
        .iter()
        .filter(|(_, needs)| *needs != Permission::Public)
        .map(|(path, _)| path.to_owned())
        .collect();
    let messages = [
        vec![],
        field(1, "alice"),
        field(2, "alice"),
        [field(1, "dev"), field(2, "alice")].concat(),
        field(1, &session),
        field(1, "itil"),
    ];
    let calls = paths.iter().flat_map(|path| messages.iter().map(move |message| (path, message)));
    let calls: Vec<_> = calls.collect();
    assert!(calls.len() > 300, "only {}", calls.len());
    stream::iter(calls)
        .for_each_concurrent(16, async |(path, message)| {
            let told = answer(&url(path), bob, message).await;
            let shown = told.replace("itil is", "");
            // What was sent may be told back: that it is not there.
            if *message != field(1, "itil") {
                assert!(!shown.contains("itil"), "{path} {message:?}: {told}");
            }
            assert!(!told.contains("access_token"), "{path} {message:?}: {told}");
        })
        .await;

    // A user who has a link and one who is not there look the same.
    let token = house.token("bob").await;
    let mut seen = BTreeSet::new();
    for name in ["alice", "admin", "nobody-of-that-name"] {
        let status = house.links(&token, name).await.unwrap_err();
        seen.insert(format!("{:?} {} {:?}", status.code(), status.message(), reason(&status)));
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(house.links(&alice, "").await.unwrap().len(), 1, "nobody removed it");
    house.stop().await;
}

/// A state or a code in a log would be good for whoever reads it.
#[tokio::test]
async fn the_callbacks_query_is_in_no_log() {
    let demo = Demo::with_records(0);
    let data = tempfile::tempdir().unwrap();
    let log = data.path().join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_sncgate"))
        .args(["serve", "--print-json", "--listen", "127.0.0.1:0", "--admin-listen", "127.0.0.1:0"])
        .env("SNCGATE__SERVER__DATA_DIR", data.path().join("gateway"))
        .env("SNCGATE__LOG__LEVEL", "trace")
        .env("SNCGATE__ACCESS__ADMIN_PASSWORD", "the walls have ears")
        .env("SNCGATE__INSTANCES__EMBEDDED__URL", &demo.at.emulator)
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__TYPE", "basic")
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__USERNAME", &demo.at.username)
        .env("SNCGATE__INSTANCES__EMBEDDED__AUTH__PASSWORD", &demo.at.password)
        .env("SNCGATE__INSTANCES__EMBEDDED__LINK__CLIENT_ID", "demo")
        .env("SNCGATE__INSTANCES__EMBEDDED__LINK__CLIENT_SECRET", "demo")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
    let gateway = addresses["gateway"].as_str().unwrap();
    at_home(data.path(), gateway, &["login", "admin", "--password-stdin"], "the walls have ears\n").text();
    // It prints where to go, and ends: there is no code on its stdin.
    let begun = at_home(data.path(), gateway, &["link"], "");
    let url = begun.stderr.lines().map(str::trim).find(|line| line.starts_with("http")).expect("an address");
    let state = parameter(url, "state");

    let callback = format!("{}/auth/link/callback", gateway.trim_end_matches('/'));
    let http = reqwest::Client::new();
    for (query, expected) in [
        (format!("code=MARKED-CODE&state={state}"), 502),
        ("code=MARKED-CODE&state=MARKED-STATE".to_owned(), 400),
        ("MARKED-QUERY".to_owned(), 400),
        ("error=MARKED-ERROR&error_description=MARKED-TEXT&state=MARKED-STATE".to_owned(), 400),
    ] {
        let status = http.get(format!("{callback}?{query}")).send().await.unwrap().status();
        assert_eq!(status.as_u16(), expected, "{query}");
        let head = http.head(format!("{callback}?{query}")).send().await.unwrap().status();
        assert_eq!(head.as_u16(), 405);
    }
    run(Command::new("sh").args(["-c", &format!("kill -s TERM {}", child.id())])).text();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("/auth/link/callback"), "the calls are in the log:\n{log}");
    for secret in ["MARKED-", state.as_str()] {
        let found = log.lines().find(|line| line.contains(secret));
        assert_eq!(found, None, "{secret} is in the log");
    }
}
