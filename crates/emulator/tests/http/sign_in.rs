//! Basic sign-in and cookie sessions (section 9).

use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use reqwest::Method;
use reqwest::header::SET_COOKIE;
use servicenow_emulator::Accounts;
use servicenow_emulator::clock::Clock;

use crate::harness::{ADMIN, CLIENT, Harness, Reply};

const PATH: &str = "/api/now/table/sys_user?sysparm_limit=1&sysparm_fields=sys_id";

fn assert_not_authenticated(reply: &Reply) {
    let detail = Some("Required to provide Auth information".to_owned());
    assert_eq!(reply.error(), (401, "User Not Authenticated".to_owned(), detail));
    assert_eq!(reply.header("www-authenticate"), Some(r#"BASIC realm="Service-now""#));
}

#[tokio::test]
async fn wrong_credentials_are_refused_alike() {
    let instance =
        Harness::with(|builder| builder.accounts(Accounts::demo().with("not.in.sys_user", "x"))).await;
    for authorization in [
        None,
        Some("Basic YWRtaW46d3Jvbmc="),         // admin:wrong
        Some("Basic bm9ib2R5Om5vYm9keQ=="),     // nobody:nobody
        Some("Basic bm90LmluLnN5c191c2VyOng="), // not.in.sys_user:x
        Some("Basic not-base64"),
        Some("Bearer no-such-token"),
        Some("Negotiate abc"),
        Some(""),
    ] {
        let mut request = instance.anonymous(Method::GET, PATH);
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let reply = Reply::of(request).await;
        assert_not_authenticated(&reply);
        assert_eq!(reply.header("x-is-logged-in"), Some("false"));
        assert!(reply.headers.get(SET_COOKIE).is_none(), "{authorization:?}");
    }
}

#[tokio::test]
async fn users_who_may_not_sign_in_are_refused() {
    for field in ["active", "locked_out"] {
        let instance = Harness::start().await;
        let itil = || Reply::of(instance.anonymous(Method::GET, PATH).basic_auth("itil", Some("itil")));
        assert_eq!(itil().await.status, 200);
        let value = if field == "active" { "false" } else { "true" };
        let body = format!(r#"{{"{field}":"{value}"}}"#);
        let path = "/api/now/table/sys_user/681b365ec0a80164000fb0b05854a0cd";
        assert_eq!(instance.send(Method::PATCH, path, &body).await.status, 200);
        assert_not_authenticated(&itil().await);
        let form =
            [("grant_type", "client_credentials"), ("client_id", CLIENT.0), ("client_secret", CLIENT.1)];
        let token = Reply::of(instance.anonymous(Method::POST, "/oauth_token.do").form(&form)).await;
        assert_eq!(token.status, 401, "{field}");
    }
}

fn session_cookie(reply: &Reply) -> Option<String> {
    let cookies = reply.headers.get_all(SET_COOKIE).iter().map(|value| value.to_str().unwrap());
    let cookie = cookies.into_iter().find(|cookie| cookie.starts_with("JSESSIONID="))?;
    Some(cookie.split(';').next().unwrap().to_owned())
}

#[tokio::test]
async fn a_session_cookie_signs_in_until_it_idles_out() {
    let clock = Clock::manual(DateTime::from_timestamp(1_700_000_000, 0).unwrap());
    let instance = Harness::with(|builder| builder.clock(clock.clone())).await;
    let first = instance.get(PATH).await;
    let cookie = session_cookie(&first).unwrap();
    let id = cookie.strip_prefix("JSESSIONID=").unwrap();
    assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_digit() || (b'A'..=b'F').contains(&b)), "{id}");

    let by_cookie = || Reply::of(instance.anonymous(Method::GET, PATH).header("Cookie", &cookie));
    let again = by_cookie().await;
    assert_eq!((again.status, again.header("x-is-logged-in")), (200, Some("true")));
    assert_eq!(session_cookie(&again), None, "a live session is not replaced");
    let both = Reply::of(instance.request(Method::GET, PATH).header("Cookie", &cookie)).await;
    assert_eq!(session_cookie(&both), None);

    clock.set(clock.now() + TimeDelta::from_std(Duration::from_secs(61)).unwrap());
    assert_not_authenticated(&by_cookie().await);
    let renewed = Reply::of(instance.request(Method::GET, PATH).header("Cookie", &cookie)).await;
    assert!(session_cookie(&renewed).is_some_and(|new| new != cookie));
}

#[tokio::test]
async fn a_cookie_never_outweighs_an_authorization_header() {
    let instance = Harness::start().await;
    let cookie = session_cookie(&instance.get(PATH).await).unwrap();
    let wrong =
        instance.anonymous(Method::GET, PATH).basic_auth("admin", Some("wrong")).header("Cookie", &cookie);
    assert_not_authenticated(&Reply::of(wrong).await);
    let other =
        instance.anonymous(Method::GET, PATH).basic_auth("itil", Some("itil")).header("Cookie", &cookie);
    assert!(session_cookie(&Reply::of(other).await).is_some_and(|new| new != cookie));
}

#[tokio::test]
async fn a_write_by_cookie_repeats_the_user_token() {
    let instance = Harness::start().await;
    let cookie = session_cookie(&instance.get(PATH).await).unwrap();
    let write = |token: Option<String>| {
        let path = format!("/api/now/table/sys_user/{ADMIN}?sysparm_fields=sys_id");
        let request = instance.anonymous(Method::PATCH, &path).header("Cookie", &cookie).body("{}");
        Reply::of(match token {
            Some(token) => request.header("X-UserToken", token),
            None => request,
        })
    };
    let refused = write(Some("stale".to_owned())).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("x-is-logged-in"), Some("true"));
    assert_eq!(refused.header("x-usertoken-request"), Some("stale"));
    assert_eq!(write(None).await.status, 401);
    let fresh = refused.header("x-usertoken-response").unwrap().to_owned();
    assert_eq!(write(Some(fresh)).await.status, 200);
}
