//! The REST API: paths, parameters, shapes and headers.
//!
//! One endpoint per file. A handler reads the request, asks the engine on a blocking thread and encodes the
//! answer; it decides nothing about records. What is common to all replies lies in [`edge`].

mod admin;
mod attachment;
mod body;
mod call;
mod edge;
mod encoder;
mod face;
mod failure;
mod format;
mod json;
mod links;
mod metadata;
mod oauth;
mod page;
mod parameters;
mod payload;
mod segments;
mod sign_in;
mod stats;
mod table;
mod tiny_url;
mod version;

use ::http::{Extensions, HeaderMap, StatusCode};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};

pub(crate) use face::{Face, Instance};
pub(crate) use tiny_url::TinyUrls;
use version::Version;

/// Everything the instance serves, on one listener.
pub(crate) fn router(face: Face) -> Router {
    let api = [Version::Latest, Version::V1, Version::V2]
        .into_iter()
        .fold(Router::new(), |router, version| router.merge(table_and_stats(version)))
        .route("/api/now/tinyurl", post(tiny_url::shorten))
        .merge(metadata::routes())
        .merge(attachment::routes(Version::Latest))
        .merge(attachment::routes(Version::V1))
        .route_layer(from_fn_with_state(face.clone(), sign_in::sign_in));
    let routes = api
        .route("/oauth_token.do", post(oauth::token))
        .nest("/emulator", admin::routes())
        .fallback(edge::no_such_path)
        .method_not_allowed_fallback(edge::no_such_method)
        .with_state(face.clone());
    // The innermost comes first. The override changes which route is taken, so the routes are one service here.
    Router::new()
        .fallback_service(routes)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn(edge::override_method))
        .layer(from_fn(edge::rescue))
        .layer(from_fn_with_state(face.clone(), edge::limit_url))
        .layer(
            CompressionLayer::new()
                .gzip(true)
                .quality(CompressionLevel::Fastest)
                .compress_when(compressible()),
        )
        .layer(from_fn(edge::common_headers))
        .layer(from_fn_with_state(face, edge::count))
}

/// What is worth packing, and may be.
fn compressible() -> impl Predicate {
    DefaultPredicate::new().and(|_: StatusCode, _: ::http::Version, _: &HeaderMap, marks: &Extensions| {
        marks.get::<edge::Verbatim>().is_none()
    })
}

fn table_and_stats(version: Version) -> Router<Face> {
    let collection = || get(table::list).post(table::create);
    let record = || get(table::get).put(table::update).patch(table::update).delete(table::delete);
    let path = version.path();
    Router::new()
        .route(&format!("{path}/table/{{table}}"), collection())
        .route(&format!("{path}/table/{{table}}/"), collection())
        .route(&format!("{path}/table/{{table}}/{{sys_id}}"), record())
        .route(&format!("{path}/stats/{{table}}"), get(stats::stats))
        .layer(axum::Extension(version))
}
