//! Authorization codes with PKCE: `/oauth_auth.do` as a browser without scripts meets it (section 9.2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use serde_json::json;
use servicenow_emulator::OAuthClient;
use servicenow_emulator::clock::Clock;
use sha2::{Digest, Sha256};

use crate::harness::{Harness, Reply};

const VERIFIER: &str = "a-verifier-of-43-characters-or-more-0123456789";
const CALLBACK: &str = "http://127.0.0.1:49152/callback";

async fn instance() -> (Clock, Harness) {
    let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let own = OAuthClient::new("web", "web-secret").redirect_uri("https://web.example/cb?x=1");
    let native = OAuthClient::public("native").redirect_uri("http://127.0.0.1/callback");
    let instance =
        Harness::with(|builder| builder.clock(clock.clone()).oauth_client(own).oauth_client(native)).await;
    (clock, instance)
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

fn path(pairs: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("/oauth_auth.do?{query}")
}

fn native_path() -> String {
    let challenge = challenge();
    path(&[
        ("response_type", "code"),
        ("client_id", "native"),
        ("redirect_uri", CALLBACK),
        ("state", "s t&te"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ])
}

/// A person's browser: it keeps the page's cookie, and sends back the form it was shown.
struct Browser<'a> {
    instance: &'a Harness,
    cookie: Option<String>,
    page: Reply,
}

impl<'a> Browser<'a> {
    async fn open(instance: &'a Harness, path: &str) -> Browser<'a> {
        let page = Reply::of(instance.anonymous(Method::GET, path)).await;
        let mut browser = Browser { instance, cookie: None, page };
        browser.keep_cookie();
        browser
    }

    fn keep_cookie(&mut self) {
        if let Some(set) = self.page.header("set-cookie") {
            assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
            self.cookie = set.split(';').next().map(str::to_owned);
        }
    }

    fn token(&self) -> String {
        let (_, after) =
            self.page.text.split_once("name=\"sysparm_ck\" value=\"").expect("the page has a token");
        after.split('"').next().unwrap().to_owned()
    }

    async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) {
        let token = self.token();
        self.send(path, &token, fields).await;
    }

    async fn send(&mut self, path: &str, token: &str, fields: &[(&str, &str)]) {
        let form: Vec<_> = [("sysparm_ck", token)].iter().chain(fields).copied().collect();
        let mut request = self.instance.anonymous(Method::POST, path).form(&form);
        if let Some(cookie) = &self.cookie {
            request = request.header("Cookie", cookie);
        }
        self.page = Reply::of(request).await;
        self.keep_cookie();
    }

    async fn follow(&mut self) {
        let to = self.page.header("location").unwrap().to_owned();
        let request =
            self.instance.anonymous(Method::GET, &to).header("Cookie", self.cookie.as_ref().unwrap());
        self.page = Reply::of(request).await;
    }

    async fn sign_in(&mut self, path: &str, user: &str) {
        self.submit(path, &[("user_name", user), ("user_password", user), ("action", "sign_in")]).await;
        assert_eq!(self.page.status, 303, "{}", self.page.text);
        self.follow().await;
        assert!(self.page.text.contains("Allow access?"), "{}", self.page.text);
    }

    /// The answer in the URL that the browser is sent to.
    fn answer(&self, name: &str) -> Option<String> {
        assert_eq!(self.page.status, 302, "{}", self.page.text);
        let (_, query) = self.page.header("location")?.split_once('?')?;
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

async fn trade(instance: &Harness, fields: &[(&str, &str)]) -> Reply {
    let form: Vec<_> = [("grant_type", "authorization_code")].iter().chain(fields).copied().collect();
    Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(&form)).await
}

async fn code(instance: &Harness, path: &str, user: &str) -> String {
    let mut browser = Browser::open(instance, path).await;
    browser.sign_in(path, user).await;
    browser.submit(path, &[("action", "allow")]).await;
    browser.answer("code").unwrap()
}

#[tokio::test]
async fn a_public_client_gets_its_token_by_code_and_verifier() {
    let (_, instance) = instance().await;
    let mut browser = Browser::open(&instance, &native_path()).await;
    assert_eq!(browser.page.status, 200);
    for part in [
        "<html lang=\"en\">",
        "<label for=\"user_name\">",
        "<label for=\"user_password\">",
        "<h1>Sign in</h1>",
    ] {
        assert!(browser.page.text.contains(part), "{part}");
    }
    assert_eq!(browser.page.header("x-frame-options"), Some("DENY"));
    assert!(browser.page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    browser.sign_in(&native_path(), "itil").await;
    browser.submit(&native_path(), &[("action", "allow")]).await;
    assert!(browser.page.header("location").unwrap().starts_with(&format!("{CALLBACK}?code=")));
    assert_eq!(browser.answer("state").as_deref(), Some("s t&te"));
    let code = browser.answer("code").unwrap();

    let form = [
        ("client_id", "native"),
        ("code", code.as_str()),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let granted = trade(&instance, &form).await.json();
    assert_eq!((&granted["token_type"], &granted["expires_in"]), (&json!("Bearer"), &json!(1_800)));
    let me =
        "/api/now/table/sys_user?sysparm_query=sys_id=javascript:gs.getUserID()&sysparm_fields=user_name";
    let token = granted["access_token"].as_str().unwrap();
    let reply = Reply::of(instance.anonymous(Method::GET, me).bearer_auth(token)).await;
    assert_eq!(reply.result(), json!([{"user_name": "itil"}]));

    let again = trade(&instance, &form).await;
    assert_eq!(
        (again.status, &again.json()["error"]),
        (401, &json!("invalid_grant")),
        "a code is for one trade"
    );
    let refresh = granted["refresh_token"].as_str().unwrap();
    let form = [("grant_type", "refresh_token"), ("client_id", "native"), ("refresh_token", refresh)];
    let refreshed = Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(&form)).await;
    assert_eq!(refreshed.status, 200, "a public client refreshes without a secret");
}

#[tokio::test]
async fn a_client_with_a_secret_needs_no_challenge() {
    let (_, instance) = instance().await;
    let uri = "https://web.example/cb?x=1";
    let path =
        path(&[("response_type", "code"), ("client_id", "web"), ("redirect_uri", uri), ("state", "s")]);
    let code = code(&instance, &path, "admin").await;
    let form = [("client_id", "web"), ("code", code.as_str()), ("redirect_uri", uri)];
    assert_eq!(trade(&instance, &form).await.status, 401, "it needs its secret");
    let form = [&form[..], &[("client_secret", "web-secret")]].concat();
    assert_eq!(trade(&instance, &form).await.status, 200);
}

#[tokio::test]
async fn what_does_not_fit_a_code_is_refused() {
    let (clock, instance) = instance().await;
    for (client, uri, verifier, seconds) in [
        ("native", CALLBACK, "another-verifier-of-43-characters-0123456789abc", 0),
        ("native", CALLBACK, "", 0),
        ("native", "http://127.0.0.1:49153/callback", VERIFIER, 0),
        ("demo", CALLBACK, VERIFIER, 0),
        ("native", CALLBACK, VERIFIER, 60),
    ] {
        let code = code(&instance, &native_path(), "itil").await;
        clock.set(clock.now() + TimeDelta::seconds(seconds));
        let secret = if client == "demo" { "demo" } else { "" };
        let form = [
            ("client_id", client),
            ("client_secret", secret),
            ("code", code.as_str()),
            ("redirect_uri", uri),
            ("code_verifier", verifier),
        ];
        let refused = trade(&instance, &form).await;
        let error = refused.json()["error"].clone();
        assert_eq!((refused.status, error), (401, json!("invalid_grant")), "{client} {uri} {verifier}");
    }
}

#[tokio::test]
async fn a_request_that_nobody_can_be_trusted_with_is_told_to_the_person() {
    let (_, instance) = instance().await;
    let challenge = challenge();
    let all = [
        ("response_type", "code"),
        ("client_id", "native"),
        ("redirect_uri", CALLBACK),
        ("state", "s"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ];
    // What is changed, to what; and where the answer goes, with which error.
    for (name, value, told, error) in [
        ("client_id", "nobody", Some("not registered"), None),
        ("redirect_uri", "http://evil.example/callback", Some("redirect_uri"), None),
        ("redirect_uri", "", Some("redirect_uri"), None),
        ("state", "", Some("Missing State parameter in request"), None),
        ("response_type", "token", None, Some("unsupported_response_type")),
        ("code_challenge", "", None, Some("invalid_request")),
        ("code_challenge", "short", None, Some("invalid_request")),
        ("code_challenge_method", "S512", None, Some("invalid_request")),
    ] {
        let pairs = all.map(|(key, kept)| if key == name { (key, value) } else { (key, kept) });
        let reply = Reply::of(instance.anonymous(Method::GET, &path(&pairs))).await;
        match told {
            Some(text) => {
                assert_eq!(reply.status, 400, "{name}={value}");
                assert!(reply.text.contains(text) && reply.text.contains("role=\"alert\""), "{}", reply.text);
            }
            None => {
                let to = reply.header("location").unwrap();
                assert_eq!(reply.status, 302);
                assert!(to.starts_with(&format!("{CALLBACK}?error={}", error.unwrap())), "{to}");
                assert!(to.ends_with("&state=s"), "{to}");
            }
        }
    }
}

#[tokio::test]
async fn forged_and_wrong_answers_give_no_code() {
    let (_, instance) = instance().await;
    let at = native_path();
    let mut browser = Browser::open(&instance, &at).await;
    browser.submit(&at, &[("user_name", "itil"), ("user_password", "wrong")]).await;
    assert_eq!(browser.page.status, 401);
    assert!(browser.page.text.contains("User name or password invalid"), "{}", browser.page.text);
    assert!(!browser.page.text.contains("wrong"), "a password is never shown");
    browser.submit(&at, &[("action", "allow")]).await;
    assert!(browser.page.text.contains("<h1>Sign in</h1>"), "nobody cannot consent");
    browser.sign_in(&at, "itil").await;

    let token = browser.token();
    browser.send(&at, "forged", &[("action", "allow")]).await;
    assert!(browser.page.header("location").is_none(), "the form is not the page's");
    browser.cookie = None;
    browser.send(&at, &token, &[("action", "allow")]).await;
    assert!(browser.page.header("location").is_none(), "the token alone is not enough");

    let mut browser = Browser::open(&instance, &at).await;
    browser.sign_in(&at, "itil").await;
    browser.submit(&at, &[("action", "deny")]).await;
    assert_eq!(browser.answer("error").as_deref(), Some("access_denied"));
    assert_eq!((browser.answer("code"), browser.answer("state").as_deref()), (None, Some("s t&te")));
    // The cookie of this page opens the page only.
    let read =
        instance.anonymous(Method::GET, "/api/now/table/incident").header("Cookie", browser.cookie.unwrap());
    assert_eq!(Reply::of(read).await.status, 401);
}

#[tokio::test]
async fn text_of_the_request_cannot_become_markup() {
    let hostile = OAuthClient::new("<script>x</script>", "s").redirect_uri("http://127.0.0.1/<b>\"");
    let instance = Harness::with(|builder| builder.oauth_client(hostile)).await;
    let at = path(&[
        ("response_type", "code"),
        ("client_id", "<script>x</script>"),
        ("redirect_uri", "http://127.0.0.1/<b>\""),
        ("state", "s"),
    ]);
    let mut browser = Browser::open(&instance, &at).await;
    assert!(!browser.page.text.contains("<script>"), "{}", browser.page.text);
    browser.sign_in(&at, "itil").await;
    assert!(!browser.page.text.contains("<b>") && !browser.page.text.contains("<script>"));
}
