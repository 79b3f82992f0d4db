//! The REST API: paths, parameters, shapes and headers.
//!
//! One endpoint per file. A handler reads the request, asks the engine on a blocking thread and encodes the
//! answer; it decides nothing about records. What is common to all replies lies in [`edge`].

mod admin;
mod attachment;
mod batch;
mod body;
mod call;
mod cut;
mod edge;
mod encoder;
mod face;
mod failure;
mod fault;
mod format;
mod import;
mod json;
mod links;
mod metadata;
mod oauth;
mod page;
mod parameters;
mod payload;
mod realistic;
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

use batch::SubRequests;
pub(crate) use face::{Face, Instance};
pub(crate) use fault::Cut;
pub(crate) use parameters::Parameters;
pub(crate) use tiny_url::TinyUrls;
use version::Version;

/// Everything the instance serves, on one listener.
pub(crate) fn router(face: Face) -> Router {
    let batch = batch::routes(SubRequests(sub_requests(&face)));
    let loaded = api().merge(batch).route_layer(from_fn_with_state(face.clone(), realistic::outer));
    let routes = signed_in(&face, loaded).merge(oauth::routes()).nest("/emulator", admin::routes());
    common(&face, routes)
        .layer(from_fn_with_state(face.clone(), edge::limit_url))
        .layer(from_fn_with_state(face.clone(), fault::outer))
        .layer(
            CompressionLayer::new()
                .gzip(true)
                .quality(CompressionLevel::Fastest)
                .compress_when(compressible()),
        )
        .layer(from_fn(edge::common_headers))
        .layer(from_fn_with_state(face, edge::count))
}

/// What the requests of a batch reach: the API without batches, and of any length.
fn sub_requests(face: &Face) -> Router {
    let loaded = api().route_layer(from_fn_with_state(face.clone(), realistic::sub));
    common(face, signed_in(face, loaded)).layer(from_fn_with_state(face.clone(), fault::sub))
}

/// The routes as a service that refuses in the platform's words.
fn common(face: &Face, routes: Router<Face>) -> Router {
    let routes = routes
        .fallback(edge::no_such_path)
        .method_not_allowed_fallback(edge::no_such_method)
        .with_state(face.clone());
    // The innermost comes first. The override changes which route is taken, so the routes are one service here.
    Router::new()
        .fallback_service(routes)
        .layer(CatchPanicLayer::custom(edge::panicked))
        .layer(from_fn(edge::override_method))
        .layer(from_fn(edge::rescue))
}

fn signed_in(face: &Face, routes: Router<Face>) -> Router<Face> {
    routes.route_layer(from_fn_with_state(face.clone(), sign_in::sign_in))
}

fn api() -> Router<Face> {
    [Version::Latest, Version::V1, Version::V2]
        .into_iter()
        .fold(Router::new(), |router, version| router.merge(table_and_stats(version)))
        .route("/api/now/tinyurl", post(tiny_url::shorten))
        .merge(metadata::routes())
        .merge(attachment::routes(Version::Latest))
        .merge(attachment::routes(Version::V1))
        .merge(import::routes(Version::Latest))
        .merge(import::routes(Version::V1))
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
