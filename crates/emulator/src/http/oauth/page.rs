//! The pages of `/oauth_auth.do`: sign in, consent, and why neither is possible. Plain HTML forms.

use axum::response::{Html, IntoResponse, Response};
use http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_FRAME_OPTIONS};
use http::{HeaderValue, StatusCode};
use quick_xml::escape::escape;

/// Framed pages invite clicks that were meant for another; the referrer would tell the next site the state.
fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n{body}</main>\n</body>\n</html>\n"
    );
    let mut response = (status, Html(html)).into_response();
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;color:#1a1a1a;background:#f4f5f6;margin:0}\
    main{max-width:26rem;margin:4rem auto;padding:2rem;background:#fff;border:1px solid #767676;border-radius:.5rem}\
    h1{font-size:1.4rem;margin-top:0}label{display:block;margin-top:1rem}\
    input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem;border:1px solid #767676}\
    button{font:inherit;padding:.5rem 1.2rem;margin:1.5rem .5rem 0 0}\
    [role=alert]{color:#a00000;font-weight:600}";

/// Asks for a name and a password. `token` is the session's, against forged forms.
pub(super) fn sign_in(client: &str, token: &str, wrong: bool) -> Response {
    let (client, token) = (escape(client), escape(token));
    let alert = if wrong { "<p role=\"alert\">User name or password invalid</p>\n" } else { "" };
    let status = if wrong { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let body = format!(
        "{alert}<p>Sign in to let <strong>{client}</strong> use your account.</p>\n<form method=\"post\">\n\
         <input type=\"hidden\" name=\"sysparm_ck\" value=\"{token}\">\n\
         <label for=\"user_name\">User name</label>\n\
         <input id=\"user_name\" name=\"user_name\" autocomplete=\"username\" required autofocus>\n\
         <label for=\"user_password\">Password</label>\n\
         <input id=\"user_password\" name=\"user_password\" type=\"password\" autocomplete=\"current-password\" required>\n\
         <button id=\"sign_in\" name=\"action\" value=\"sign_in\">Sign in</button>\n</form>\n"
    );
    page(status, "Sign in", &body)
}

/// Asks whether the client may act for the person.
pub(super) fn consent(client: &str, user_name: &str, redirect_uri: &str, token: &str) -> Response {
    let (client, user_name, redirect_uri, token) =
        (escape(client), escape(user_name), escape(redirect_uri), escape(token));
    let body = format!(
        "<p><strong>{client}</strong> asks to use this instance as <strong>{user_name}</strong>.</p>\n\
         <p>Your answer goes to {redirect_uri}.</p>\n<form method=\"post\">\n\
         <input type=\"hidden\" name=\"sysparm_ck\" value=\"{token}\">\n\
         <button id=\"allow\" name=\"action\" value=\"allow\">Allow</button>\n\
         <button id=\"deny\" name=\"action\" value=\"deny\">Deny</button>\n\
         <button id=\"sign_out\" name=\"action\" value=\"sign_out\">Use another account</button>\n</form>\n"
    );
    page(StatusCode::OK, "Allow access?", &body)
}

/// Says why the request cannot be answered.
pub(super) fn unfit(why: &str) -> Response {
    page(
        StatusCode::BAD_REQUEST,
        "This request cannot be answered",
        &format!("<p role=\"alert\">{}</p>\n", escape(why)),
    )
}
