//! The browser session of a person at `/oauth_auth.do`: its cookie goes nowhere else and opens nothing else.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::auth::CookieSession;
use crate::http::face::Face;

const COOKIE_NAME: &str = "glide_oauth_session";

/// The live session that a request carries, of a person or, before the sign-in, of nobody.
pub(super) fn session(face: &Face, headers: &HeaderMap) -> Option<CookieSession> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let id = pairs.find(|(name, _)| *name == COOKIE_NAME).map(|(_, id)| id)?;
    face.instance.people.resume(id)
}

/// A new session; an empty name is nobody's.
pub(super) fn start(face: &Face, user_name: &str) -> (CookieSession, HeaderValue) {
    let session = face.instance.people.start(user_name);
    let secure = if face.secure() { "; Secure" } else { "" };
    let cookie = format!("{COOKIE_NAME}={}; Path=/oauth_auth.do; HttpOnly; SameSite=Lax{secure}", session.id);
    (session, HeaderValue::from_str(&cookie).expect("hex digits and ASCII text are a header value"))
}
