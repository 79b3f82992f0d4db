//! `X-HTTP-Method-Override`: callers whose networks allow only GET and POST.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::Method;

/// Gives a POST the method its header names.
pub(crate) async fn override_method(mut request: Request, next: Next) -> Response {
    *request.method_mut() = effective_method(&request);
    next.run(request).await
}

/// The method a request is meant to have. Only a POST is overridden, and only by a method of the API.
pub(crate) fn effective_method(request: &Request) -> Method {
    let sent = request.method();
    let named = request.headers().get("x-http-method-override").and_then(|value| value.to_str().ok());
    let named = named.map(|name| name.trim().to_ascii_uppercase());
    match named.as_deref() {
        Some(name @ ("GET" | "PUT" | "PATCH" | "DELETE")) if sent == Method::POST => {
            name.parse().expect("these are methods")
        }
        _ => sent.clone(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    #[test]
    fn only_a_post_is_overridden() {
        for (sent, header, expected) in [
            ("POST", Some("PATCH"), "PATCH"),
            ("POST", Some("delete"), "DELETE"),
            ("POST", Some("TRACE"), "POST"),
            ("POST", None, "POST"),
            ("GET", Some("DELETE"), "GET"),
        ] {
            let mut request = Request::builder().method(sent);
            if let Some(header) = header {
                request = request.header("X-HTTP-Method-Override", header);
            }
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(effective_method(&request).as_str(), expected, "{sent} {header:?}");
        }
    }
}
