//! Counts requests by what they ask for.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

use super::override_method::effective_method;
use crate::http::face::Face;

/// Counts every request outside the administrative endpoints.
pub(crate) async fn count(State(face): State<Face>, request: Request, next: Next) -> Response {
    let kind = kind(&effective_method(&request), request.uri().path());
    let response = next.run(request).await;
    if let Some(kind) = kind {
        face.instance.counters.count(kind, response.status().as_u16());
    }
    response
}

/// The kind of a request by its path; `None` for one that is not counted.
pub(crate) fn kind(method: &Method, path: &str) -> Option<&'static str> {
    if path == "/emulator" || path.starts_with("/emulator/") {
        return None;
    }
    if path == "/oauth_token.do" {
        return Some("oauth");
    }
    if path == "/oauth_auth.do" {
        return Some("oauth.authorize");
    }
    if path == "/oauth_revoke_token.do" {
        return Some("oauth.revoke");
    }
    let Some(below) = path.strip_prefix("/api/now/") else { return Some("other") };
    let below = below.strip_prefix("v1/").or_else(|| below.strip_prefix("v2/")).unwrap_or(below);
    let mut segments = below.split('/').filter(|segment| !segment.is_empty());
    let (api, record) = (segments.next(), segments.nth(1).is_some());
    Some(match (api, record, method.as_str()) {
        (Some("table"), false, "GET" | "HEAD") => "table.list",
        (Some("table"), false, "POST") => "table.create",
        (Some("table"), true, "GET" | "HEAD") => "table.get",
        (Some("table"), true, "PUT" | "PATCH") => "table.update",
        (Some("table"), true, "DELETE") => "table.delete",
        (Some("attachment"), _, _) => attachment(method, below),
        (Some("batch"), _, _) => "batch",
        (Some("import"), _, _) => "import",
        (Some("stats"), _, _) => "stats",
        (Some("tinyurl"), _, _) => "tinyurl",
        (Some("doc" | "ui"), _, _) => "metadata",
        _ => "other",
    })
}

/// The kinds of the Attachment API.
fn attachment(method: &Method, below: &str) -> &'static str {
    let segments: Vec<&str> = below.split('/').filter(|segment| !segment.is_empty()).skip(1).collect();
    match (segments.as_slice(), method.as_str()) {
        ([], "GET" | "HEAD") => "attachment.list",
        (["file" | "upload"], "POST") => "attachment.upload",
        ([_], "GET" | "HEAD") => "attachment.get",
        ([_], "PATCH" | "PUT") => "attachment.update",
        ([_], "DELETE") => "attachment.delete",
        ([_, "attributes", ..], _) => "attachment.attributes",
        ([_, "file"], "GET" | "HEAD") => "attachment.download",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        for (method, path, expected) in [
            ("GET", "/api/now/table/incident", Some("table.list")),
            ("HEAD", "/api/now/v2/table/incident/", Some("table.list")),
            ("GET", "/api/now/v1/table/incident/1", Some("table.get")),
            ("POST", "/api/now/table/incident", Some("table.create")),
            ("PATCH", "/api/now/table/incident/1", Some("table.update")),
            ("DELETE", "/api/now/table/incident/1", Some("table.delete")),
            ("DELETE", "/api/now/table/incident", Some("other")),
            ("GET", "/api/now/stats/incident", Some("stats")),
            ("GET", "/api/now/doc/table/schema", Some("metadata")),
            ("POST", "/api/now/tinyurl", Some("tinyurl")),
            ("POST", "/oauth_token.do", Some("oauth")),
            ("GET", "/oauth_auth.do", Some("oauth.authorize")),
            ("POST", "/oauth_revoke_token.do", Some("oauth.revoke")),
            ("GET", "/api/now/attachment", Some("attachment.list")),
            ("GET", "/api/now/v1/attachment/1", Some("attachment.get")),
            ("GET", "/api/now/v1/attachment/1/file", Some("attachment.download")),
            ("POST", "/api/now/attachment/file", Some("attachment.upload")),
            ("POST", "/api/now/attachment/upload", Some("attachment.upload")),
            ("PUT", "/api/now/attachment/1/attributes/a", Some("attachment.attributes")),
            ("PATCH", "/api/now/attachment/1", Some("attachment.update")),
            ("DELETE", "/api/now/attachment/1", Some("attachment.delete")),
            ("POST", "/api/now/v1/batch", Some("batch")),
            ("POST", "/api/now/import/u_imp_incident", Some("import")),
            ("GET", "/", Some("other")),
            ("GET", "/emulator/counters", None),
        ] {
            assert_eq!(kind(&method.parse().unwrap(), path), expected, "{method} {path}");
        }
    }
}
