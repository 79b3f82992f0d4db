//! TLS of the port, with certificates of both sides.

use std::process::Command;
use std::time::{Duration, Instant};

use sncgate::config::{Certified, ClientAuth, Config, Tls};
use sncgate_client::pb::audit_service_client::AuditServiceClient;
use sncgate_client::pb::auth_service_client::AuthServiceClient;
use sncgate_client::pb::user_service_client::UserServiceClient;
use sncgate_client::{Client, ErrorReason, pb};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic::{Code, Status};

use crate::authority::{Authority, Pair};
use crate::harness::{Gateway, PATIENCE, config, reason};
use crate::program::{program, run, tool};
use crate::serving::{Serving, environment};

const FAR: i32 = 2099;

/// A gateway with a certificate, and who signs.
struct Secured {
    gateway: Gateway,
    ours: Authority,
    theirs: Authority,
    folder: tempfile::TempDir,
}

impl Secured {
    async fn start(client_auth: ClientAuth, change: impl FnOnce(&mut Config)) -> Self {
        let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = ours.server().write(folder.path(), "server");
        let clients = folder.path().join("clients.pem");
        std::fs::write(&clients, &theirs.pem).unwrap();
        std::fs::write(folder.path().join("ca.pem"), &ours.pem).unwrap();
        let mut tls = Tls::new(certificate, key);
        tls.client_auth = client_auth;
        tls.client_ca_file = (client_auth != ClientAuth::None).then_some(clients);
        tls.reload_interval = Duration::from_millis(20);
        // No call reaches the instance.
        let mut config = config(([127, 0, 0, 1], 9).into());
        config.server.tls = Some(tls);
        change(&mut config);
        Secured { gateway: Gateway::start(config).await, ours, theirs, folder }
    }

    fn url(&self) -> String {
        format!("https://{}", self.gateway.address)
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    async fn channel(
        &self,
        trusted: &Authority,
        shown: Option<&Pair>,
    ) -> Result<Channel, tonic::transport::Error> {
        let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&trusted.pem));
        if let Some(pair) = shown {
            tls = tls.identity(Identity::from_pem(&pair.certificate, &pair.key));
        }
        let endpoint = Endpoint::from_shared(self.url()).unwrap().tls_config(tls).unwrap();
        timeout(PATIENCE, endpoint.connect()).await.expect("it connects or is refused in time")
    }

    /// Who the gateway says that it is, with that certificate and that token.
    async fn who(&self, shown: Option<&Pair>, token: &str) -> Result<String, Status> {
        let channel = self
            .channel(&self.ours, shown)
            .await
            .map_err(|error| Status::unavailable(format!("{error:?}")))?;
        let mut request = tonic::Request::new(pb::WhoAmIRequest {});
        if !token.is_empty() {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let call = async { AuthServiceClient::new(channel).who_am_i(request).await };
        timeout(PATIENCE, call)
            .await
            .expect("an answer or a refusal in time")
            .map(|me| me.into_inner().username)
    }

    async fn create_user(&self, shown: Option<&Pair>, username: &str) {
        let channel = self.channel(&self.ours, shown).await.unwrap();
        let user = pb::User {
            username: username.to_owned(),
            roles: vec!["viewer".to_owned()],
            ..pb::User::default()
        };
        let request = pb::CreateUserRequest { user: Some(user), password: String::new() };
        UserServiceClient::new(self.gateway.authorized(channel)).create_user(request).await.unwrap();
    }
}

/// Waits until it is so.
async fn until<F: Future<Output = bool>>(what: &str, mut check: impl FnMut() -> F) {
    let end = Instant::now() + PATIENCE;
    while !check().await {
        assert!(Instant::now() < end, "it did not come to be: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn every_kind_of_client_speaks_tls() {
    let mut secured = Secured::start(ClientAuth::Optional, |_| {}).await;
    let (ca, token, url) = (secured.path("ca.pem"), secured.gateway.token.clone(), secured.url());
    secured.theirs.client("somebody", FAR).write(secured.folder.path(), "client");

    let client = Client::builder(&url).ca(secured.ours.pem.as_str()).token(&token).connect().await.unwrap();
    assert_eq!(client.who_am_i().await.unwrap().username, "admin");

    // HTTP/1.1 and HTTP/2, by what the handshake says.
    let trusted = reqwest::Certificate::from_pem(secured.ours.pem.as_bytes()).unwrap();
    let http = || reqwest::Client::builder().tls_certs_only([trusted.clone()]);
    for (http, version) in [(http(), http::Version::HTTP_2), (http().http1_only(), http::Version::HTTP_11)] {
        let answer = http.build().unwrap().get(format!("{url}/.well-known/jwks.json")).send().await.unwrap();
        assert_eq!((answer.status().as_u16(), answer.version()), (200, version));
        assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    }

    // Other people's programs, off this thread, for the gateway runs on it.
    let (cert, key) = (secured.path("client.pem"), secured.path("client.key"));
    let address = secured.gateway.address;
    tokio::task::spawn_blocking(move || {
        let host = address.to_string();
        let listed = program(tool("bin/grpcurl"), &["-cacert", &ca, &host, "list"]).text();
        assert!(listed.contains("sncgate.v1.RecordService"), "{listed}");
        let certified = ["-cacert", &ca, "-cert", &cert, "-key", &key, &host, "list"];
        assert_eq!(program(tool("bin/grpcurl"), &certified).text(), listed);

        let mut sncgate = Command::new(env!("CARGO_BIN_EXE_sncgate"));
        sncgate.env("SNCGATE_SERVER", &url).env("SNCGATE_TOKEN", &token).env("SNCGATE_CA_FILE", &ca);
        let said = run(sncgate.args(["whoami", "--cert-file", &cert, "--key-file", &key])).text();
        assert!(said.contains("admin"), "{said}");

        let script = format!(
            "import pyarrow.flight as f\n\
             read = lambda path: open(path, 'rb').read()\n\
             c = f.connect('grpc+tls://{host}', tls_root_certs=read('{ca}'), cert_chain=read('{cert}'), \
             private_key=read('{key}'))\n\
             o = f.FlightCallOptions(headers=[(b'authorization', b'Bearer {token}')], timeout=30)\n\
             print(len(list(c.list_actions(o))) > 0)"
        );
        let mut python = Command::new(tool("arrow/bin/python"));
        assert_eq!(run(python.args(["-c", &script])).text(), "True\n");
    })
    .await
    .unwrap();
    secured.gateway.stop().await;
}

#[tokio::test]
async fn a_stranger_is_refused_and_told_soon() {
    let mut secured = Secured::start(ClientAuth::Required, |_| {}).await;
    let token = secured.gateway.token.clone();
    let good = secured.theirs.client("good", FAR);
    assert_eq!(secured.who(Some(&good), &token).await.unwrap(), "admin");

    let impostor = Authority::new("theirs").client("good", FAR);
    for (why, shown) in [
        ("expired", Some(secured.theirs.client("old", 2001))),
        ("of another authority", Some(impostor)),
        ("missing", None),
    ] {
        let refused = secured.who(shown.as_ref(), &token).await.expect_err(why);
        assert!(matches!(refused.code(), Code::Unavailable | Code::Unknown), "{why}: {refused:?}");
    }
    let stranger = Authority::new("stranger");
    let error = secured.channel(&stranger, Some(&good)).await.expect_err("the gateway's is not trusted");
    assert!(format!("{error:?}").contains("UnknownIssuer"), "{error:?}");
    secured.gateway.stop().await;
}

#[tokio::test]
async fn a_certificate_signs_its_user_in() {
    let named =
        |san: &str, user: &str| Certified { subject: None, san: Some(san.to_owned()), user: user.to_owned() };
    let mut secured = Secured::start(ClientAuth::Optional, |config| {
        let text = "[access]\ncertificates = [{subject = 'O=Example\\, Inc., CN=carol', user = \"carol\"}]\n\
                    [instances.a]\nurl = \"https://a.example\"\n\
                    auth = {type = \"basic\", username = \"u\", password = \"p\"}";
        config.access.certificates = Config::from_text(text).unwrap().access.certificates;
        config.access.certificates.push(named("DNS:robot.example", "robot"));
        config.access.certificates.push(named("DNS:nobody.example", "nobody"));
    })
    .await;
    let token = secured.gateway.token.clone();
    let robot = secured.theirs.client("robot", FAR);
    let refused = secured.who(Some(&robot), "").await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused).0.as_str()), (Code::Unauthenticated, "CERTIFICATE_REFUSED"));
    for username in ["robot", "carol"] {
        secured.create_user(None, username).await;
    }
    assert_eq!(secured.who(Some(&robot), "").await.unwrap(), "robot");
    assert_eq!(secured.who(Some(&secured.theirs.client("carol", FAR)), "").await.unwrap(), "carol");
    for (why, shown, token, expected) in [
        ("a token of somebody else", "robot", token.as_str(), "CERTIFICATE_REFUSED"),
        ("no such user", "nobody", "", "CERTIFICATE_REFUSED"),
        ("a broken token is not passed over", "robot", "x", "TOKEN_INVALID"),
        ("nobody's certificate proves nothing", "stranger", "", "TOKEN_INVALID"),
    ] {
        let refused = secured.who(Some(&secured.theirs.client(shown, FAR)), token).await.unwrap_err();
        assert_eq!(reason(&refused).0, expected, "{why}");
    }
    let passing = secured.theirs.client("stranger", FAR);
    assert_eq!(
        secured.who(Some(&passing), &token).await.unwrap(),
        "admin",
        "nobody's certificate, and a token"
    );

    // It gives no more than its user has, and ends with them.
    let channel = secured.channel(&secured.ours, Some(&robot)).await.unwrap();
    let mut users = UserServiceClient::new(channel);
    let refused = users.list_users(pb::ListUsersRequest::default()).await.unwrap_err();
    assert_eq!(reason(&refused).0, "PERMISSION_MISSING");
    let admin = secured.channel(&secured.ours, None).await.unwrap();
    let disable = pb::UpdateUserRequest {
        user: Some(pb::User { username: "robot".to_owned(), disabled: true, ..pb::User::default() }),
        update_mask: Some(prost_types::FieldMask { paths: vec!["disabled".to_owned()] }),
    };
    UserServiceClient::new(secured.gateway.authorized(admin)).update_user(disable).await.unwrap();
    let refused = users.list_users(pb::ListUsersRequest::default()).await.unwrap_err();
    assert_eq!(reason(&refused).0, "CERTIFICATE_REFUSED");
    secured.gateway.stop().await;
}

#[tokio::test]
async fn a_new_certificate_comes_without_dropping_a_connection() {
    let mut secured = Secured::start(ClientAuth::None, |_| {}).await;
    let before = secured.channel(&secured.ours, None).await.unwrap();
    let mut audit = AuditServiceClient::new(secured.gateway.authorized(before));
    let request = pb::StreamAuditEventsRequest { after_sequence: -1 };
    let mut stream = audit.stream_audit_events(request).await.unwrap().into_inner();

    // A new certificate whose key is not there yet: the old one stays, and it is told.
    let next = Authority::new("next");
    let pair = next.server();
    std::fs::write(secured.path("server.pem"), &pair.certificate).unwrap();
    let failed = "sncgate_tls_reloads_total{outcome=\"failed\"} ";
    until("a failed reload is counted", || async { metrics(&secured.gateway).await.contains(failed) }).await;
    secured.channel(&secured.ours, None).await.expect("the one in use stays");

    std::fs::write(secured.path("server.key"), &pair.key).unwrap();
    until("the new one is in use", || async { secured.channel(&next, None).await.is_ok() }).await;
    assert!(secured.channel(&secured.ours, None).await.is_err(), "the old one is not any more");
    assert!(metrics(&secured.gateway).await.contains("sncgate_tls_certificate_expires_days "));

    // The stream that was open then still runs.
    let admin = secured.channel(&next, None).await.unwrap();
    let user = pb::User { username: "late".to_owned(), ..pb::User::default() };
    let create = pb::CreateUserRequest { user: Some(user), password: String::new() };
    UserServiceClient::new(secured.gateway.authorized(admin)).create_user(create).await.unwrap();
    let told = timeout(PATIENCE, stream.message()).await.unwrap().unwrap().unwrap();
    assert_eq!(told.events[0].subject, "late");
    drop((stream, audit));
    secured.gateway.stop().await;
}

/// With an interval that never comes: only the signal makes it look.
#[tokio::test]
async fn a_hangup_makes_it_read_its_certificate() {
    let (ours, next) = (Authority::new("ours"), Authority::new("next"));
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = ours.server().write(folder.path(), "server");
    let data = folder.path().join("data");
    let environment = environment(
        &data,
        &[
            ("SNCGATE__SERVER__TLS__CERT_FILE", certificate.to_str().unwrap()),
            ("SNCGATE__SERVER__TLS__KEY_FILE", key.to_str().unwrap()),
            ("SNCGATE__SERVER__TLS__RELOAD_INTERVAL", "1h"),
        ],
    );
    let gateway = Serving::start(&environment);
    let answers = async |trusted: &Authority| {
        let trusted = reqwest::Certificate::from_pem(trusted.pem.as_bytes()).unwrap();
        let client = reqwest::Client::builder().tls_certs_only([trusted]).build().unwrap();
        let url = format!("{}/.well-known/jwks.json", gateway.url);
        client.get(url).timeout(PATIENCE).send().await.is_ok()
    };
    assert!(answers(&ours).await);
    next.server().write(folder.path(), "server");
    assert!(answers(&ours).await && !answers(&next).await, "nobody told it");
    gateway.signal("HUP");
    until("the new one is in use", || answers(&next)).await;
    assert!(!answers(&ours).await, "the old one is not any more");

    // One that does not fit is left alone, and the process goes on.
    std::fs::write(&key, "no key").unwrap();
    gateway.signal("HUP");
    assert!(answers(&next).await);
    gateway.stop();
}

#[tokio::test]
async fn what_is_no_tls_ends_soon() {
    let mut secured = Secured::start(ClientAuth::None, |config| {
        config.server.tls.as_mut().unwrap().handshake_timeout = Duration::from_millis(200);
        config.server.tls.as_mut().unwrap().max_handshakes = 1;
    })
    .await;
    // The silent one has the only place; it must not keep the others out for longer than its time.
    let mut silent = TcpStream::connect(secured.gateway.address).await.unwrap();
    for text in ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"] {
        let mut plain = TcpStream::connect(secured.gateway.address).await.unwrap();
        plain.write_all(text.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // Reset or closed: it ends.
        let _ = timeout(PATIENCE, plain.read_to_end(&mut answer)).await.expect("it ends");
        assert!(answer.len() < 10, "an alert at most: {answer:?}");
    }
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, silent.read_to_end(&mut rest)).await.expect("it ends");
    let token = secured.gateway.token.clone();
    assert_eq!(secured.who(None, &token).await.unwrap(), "admin");
    let client = Client::builder(format!("http://{}", secured.gateway.address)).token(&token).retries(0);
    let error = match client.connect().await {
        Ok(client) => client.who_am_i().await.unwrap_err(),
        Err(error) => error,
    };
    assert_eq!(error.reason(), ErrorReason::Unspecified, "{error:?}");
    secured.gateway.stop().await;
}

async fn metrics(gateway: &Gateway) -> String {
    reqwest::get(format!("http://{}/metrics", gateway.admin)).await.unwrap().text().await.unwrap()
}
