//! `POST /api/now/tinyurl`: a short name for a long URL, given back as `sysparm_tiny`.

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::extract::State;
use axum::response::IntoResponse;

use super::face::Face;
use super::failure::Failure;
use super::json;
use super::payload::Payload;
use crate::auth::random_hex;

/// The oldest is forgotten beyond it.
const CAPACITY: usize = 1_000;
/// Characters of a URL worth keeping.
const LONGEST: usize = 1024 * 1024;

/// The query strings that have a short name.
#[derive(Default)]
pub(crate) struct TinyUrls(Mutex<VecDeque<(String, String)>>);

impl TinyUrls {
    /// Keeps a query string and gives it a name.
    fn keep(&self, query: &str) -> String {
        let name = random_hex(16);
        let mut kept = self.0.lock().expect("no holder of this lock can panic");
        if kept.len() == CAPACITY {
            kept.pop_front();
        }
        kept.push_back((name.clone(), query.to_owned()));
        name
    }

    /// The query string of that name.
    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let kept = self.0.lock().expect("no holder of this lock can panic");
        kept.iter().find(|(known, _)| known == name).map(|(_, query)| query.clone())
    }
}

/// Answers `{"result":"incident_list.do?sysparm_tiny=…"}` to `{"url":"…"}`.
pub(crate) async fn shorten(
    State(face): State<Face>,
    Payload(fields): Payload,
) -> Result<impl IntoResponse, Failure> {
    let url = fields.into_iter().find(|(name, _)| name == "url").and_then(|(_, url)| url);
    let url = url.filter(|url| url.len() <= LONGEST);
    let url = url.ok_or_else(|| Failure::bad_parameter("url is missing or too long"))?;
    let (path, query) = url.split_once('?').unwrap_or((&url, ""));
    let table = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let name = face.instance.tiny_urls.keep(query);
    Ok(json::result(format!("{table}_list.do?sysparm_tiny={name}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_store_is_bounded() {
        let urls = TinyUrls::default();
        let first = urls.keep("a=1");
        assert_eq!(urls.query(&first).as_deref(), Some("a=1"));
        for _ in 0..CAPACITY {
            urls.keep("b=2");
        }
        assert_eq!(urls.query(&first), None);
        assert_eq!(urls.0.lock().unwrap().len(), CAPACITY);
    }
}
