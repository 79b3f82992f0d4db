//! API keys, tokens in the URL, and client certificates (section 9).

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use reqwest::{Certificate, Identity, Method};
use serde_json::json;
use servicenow::Credentials;
use servicenow_emulator::{Accounts, OAuthClient};

use crate::harness::{Harness, Reply, client_builder};

const ME: &str =
    "/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_fields=user_name";

fn keyed() -> Accounts {
    Accounts::demo().with_api_key("itil", "k&y").with_api_key("nobody", "orphan")
}

#[tokio::test]
async fn a_key_signs_in_by_header_or_in_the_url() {
    let instance = Harness::with(|builder| builder.accounts(keyed())).await;
    for (header, in_url, status) in [
        (Some("k&y"), "", 200),
        (None, "&x-sn-apikey=k%26y", 200),
        (Some("wrong"), "", 401),
        (Some("wrong"), "&x-sn-apikey=k%26y", 401),
        (Some(""), "", 401),
        (None, "&x-sn-apikey=", 401),
        (Some("orphan"), "", 401),
    ] {
        let mut request = instance.anonymous(Method::GET, &format!("{ME}{in_url}"));
        if let Some(key) = header {
            request = request.header("x-sn-apikey", key);
        }
        let reply = Reply::of(request).await;
        assert_eq!(reply.status, status, "{header:?} {in_url}");
        if status == 200 {
            assert_eq!(reply.result(), json!([{"user_name": "itil"}]));
        }
    }
    let both = instance.request(Method::GET, ME).header("x-sn-apikey", "wrong");
    assert_eq!(Reply::of(both).await.result(), json!([{"user_name": "admin"}]), "the other header decides");
}

#[tokio::test]
async fn a_token_may_stand_in_the_url_and_is_not_echoed() {
    let instance = Harness::start().await;
    let form = [("grant_type", "client_credentials"), ("client_id", "demo"), ("client_secret", "demo")];
    let granted = Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(&form)).await.json();
    let token = granted["access_token"].as_str().unwrap();
    let path = format!("/api/now/table/sys_user?access_token={token}&sysparm_limit=1&sysparm_fields=sys_id");
    let reply = Reply::of(instance.anonymous(Method::GET, &path)).await;
    assert_eq!(reply.status, 200);
    let link = reply.header("link").unwrap();
    assert!(link.contains("sysparm_limit=1") && !link.contains(token), "{link}");
    let wrong = path.replace(token, "wrong");
    assert_eq!(Reply::of(instance.anonymous(Method::GET, &wrong)).await.status, 401);
}

struct Authority(Issuer<'static, KeyPair>, String);

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "clients");
        let pem = params.self_signed(&key).unwrap().pem();
        Authority(Issuer::new(params, key), pem)
    }

    /// A certificate and its key for a name, in PEM.
    fn certificate(&self, name: &str) -> String {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        format!("{certificate}{}", key.serialize_pem())
    }

    fn identity(&self, name: &str) -> Identity {
        Identity::from_pem(self.certificate(name).as_bytes()).unwrap()
    }
}

#[tokio::test]
async fn a_client_certificate_stands_for_the_user_it_names() {
    let authority = Authority::new();
    let instance = Harness::with(|builder| builder.client_ca(authority.1.clone())).await;
    let trusted = Certificate::from_pem(instance.running.ca_pem().as_bytes()).unwrap();
    let url = format!("{}{ME}", instance.running.https_url());
    let client = |identity: Option<Identity>| {
        let builder = client_builder().tls_certs_only([trusted.clone()]);
        identity.into_iter().fold(builder, reqwest::ClientBuilder::identity).build().unwrap()
    };
    let itil = client(Some(authority.identity("itil")));
    let reply = Reply::of(itil.get(&url)).await;
    assert_eq!(reply.result(), json!([{"user_name": "itil"}]));
    let other = Reply::of(itil.get(&url).basic_auth("admin", Some("admin"))).await;
    assert_eq!(other.result(), json!([{"user_name": "admin"}]), "a header decides");
    assert_eq!(Reply::of(itil.get(&url).basic_auth("admin", Some("wrong"))).await.status, 401);

    assert_eq!(Reply::of(client(None).get(&url)).await.status, 401, "nobody");
    assert_eq!(Reply::of(client(None).get(&url).basic_auth("itil", Some("itil"))).await.status, 200);
    let unknown = client(Some(authority.identity("no.such.user")));
    assert_eq!(Reply::of(unknown.get(&url)).await.status, 401);
    let foreign = client(Some(Authority::new().identity("admin")));
    assert!(foreign.get(&url).send().await.is_err(), "the handshake fails");
}

/// Who the instance takes a client of the Rust library for; the name of the user.
async fn me(client: servicenow::Client) -> Result<String, servicenow::Error> {
    let mut user = client.glide_record("sys_user")?;
    user.add_encoded_query("sys_id=javascript:gs.getUserID()");
    assert!(user.next().await?);
    Ok(user.value("user_name")?.to_owned())
}

#[tokio::test]
async fn the_rust_library_signs_in_in_every_way() {
    let authority = Authority::new();
    let signer = OAuthClient::public("signer").jwt_key("k1", include_str!("../keys/public.pem")).unwrap();
    let instance = Harness::with(|builder| {
        builder.accounts(keyed()).oauth_client(signer).client_ca(authority.1.clone())
    })
    .await;
    let pem = include_str!("../../../servicenow/tests/it/key.pem");
    let assertion = |subject: &str, kid: &str| Credentials::OAuthJwtBearer {
        client_id: "signer".into(),
        client_secret: None,
        private_key: pem.into(),
        key_id: Some(kid.into()),
        issuer: "signer".into(),
        subject: subject.into(),
        audience: "signer".into(),
    };
    let client =
        |credentials| servicenow::Client::builder(&instance.running.http_url()).credentials(credentials);
    for (credentials, user) in [
        (assertion("david.loo", "k1"), "david.loo"),
        (Credentials::ApiKey { key: "k&y".into() }, "itil"),
        (Credentials::Basic { username: "employee".into(), password: "employee".into() }, "employee"),
        (
            Credentials::OAuthClientCredentials { client_id: "demo".into(), client_secret: "demo".into() },
            "admin",
        ),
    ] {
        assert_eq!(me(client(credentials).build().unwrap()).await.unwrap(), user);
    }
    let certified = servicenow::Client::builder(&instance.running.https_url())
        .ca_certificate(instance.running.ca_pem())
        .client_certificate(authority.certificate("itil"));
    assert_eq!(me(certified.build().unwrap()).await.unwrap(), "itil");

    let refused = me(client(assertion("itil", "k2")).build().unwrap()).await.unwrap_err();
    assert!(matches!(refused, servicenow::Error::Auth { grant: "JWT bearer", .. }), "{refused:?}");
    let wrong =
        me(client(Credentials::ApiKey { key: "wrong-key".into() }).build().unwrap()).await.unwrap_err();
    assert!(!format!("{wrong:?} {wrong}").contains("wrong-key"), "{wrong:?}");
}
