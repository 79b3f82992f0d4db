//! Which paths of the port answer whoever has no token: those of one list, methods that are public, and no others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use futures::{StreamExt, stream};
use http::Method;
use sncgate::config::Limit;
use sncgate::grpc::MethodPermissions;
use sncgate::pb::Permission;
use sncgate::server::PUBLIC_ROUTES;

use crate::harness::{Gateway, config};
use crate::program::root;

/// What is open by the configuration, which `access_matrix` switches.
const SWITCHED: [&str; 3] = [
    "/grpc.health.v1.Health/Check",
    "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
];

/// Where other servers have something, and what looks like a path of ours.
const STRANGE: [&str; 30] = [
    "/",
    "//",
    "/*",
    "/index.html",
    "/favicon.ico",
    "/robots.txt",
    "/metrics",
    "/livez",
    "/readyz",
    "/healthz",
    "/admin",
    "/debug/pprof/",
    "/.env",
    "/.git/config",
    "/.well-known",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json/",
    "/.well-known/JWKS.json",
    "//.well-known/jwks.json",
    "/.well-known%2fjwks.json",
    "/auth",
    "/auth/link",
    "/auth/link/callback/",
    "/auth/link/callback/x",
    "/AUTH/link/callback",
    "/v1/tables/incident/records",
    "/v1/users",
    "/sncgate.v1.RecordService",
    "/sncgate.v1.RecordService/",
    "/sncgate.v1.NoSuchService/GetRecord",
];

const VERBS: [Method; 5] = [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE];
const TYPES: [&str; 4] = ["", "application/grpc", "application/grpc-web+proto", "application/json"];

/// Calls under way at once.
const AT_ONCE: usize = 16;

/// Whether anything but "there is nothing" and "who are you" was said.
async fn is_answered(client: &reqwest::Client, verb: &Method, url: &str, kind: &str) -> bool {
    let mut request = client.request(verb.clone(), url);
    if !kind.is_empty() {
        request = request.header("content-type", kind);
    }
    if *verb == Method::POST {
        request = request.body(vec![0; 5]);
    }
    let answer = request.send().await.unwrap();
    let (status, grpc) = (answer.status().as_u16(), answer.headers().get("grpc-status").cloned());
    match (status, grpc.as_ref().map(|value| value.to_str().unwrap())) {
        (404, _) | (200, Some("12" | "16")) => false,
        // What speaks no gRPC is sent away from a method before anybody looks who it is, and is told nothing.
        (400 | 405 | 415, None) => !answer.bytes().await.unwrap().is_empty(),
        _ => true,
    }
}

#[tokio::test]
async fn nothing_else_answers_without_a_token() {
    let mut settings = config(([127, 0, 0, 1], 9).into());
    settings.limits.source_requests_per_second = Limit::of(0);
    let mut gateway = Gateway::start(settings).await;
    let permissions = MethodPermissions::read().unwrap();
    let public = permissions.iter().filter(|(_, needs)| *needs == Permission::Public).map(|(path, _)| path);
    let expected: BTreeSet<&str> =
        public.chain(SWITCHED).chain(PUBLIC_ROUTES.iter().map(|route| route.path)).collect();
    let methods = permissions.iter().map(|(path, _)| path);
    let tried: BTreeSet<&str> = methods.chain(expected.iter().copied()).chain(STRANGE).collect();

    let one = reqwest::Client::builder().http1_only().build().unwrap();
    let two = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let mut calls = Vec::new();
    for path in tried {
        for (client, verb) in [&one, &two].into_iter().flat_map(|client| VERBS.map(|verb| (client, verb))) {
            calls.extend(TYPES.map(|kind| (path, client, verb.clone(), kind)));
        }
    }
    let url = format!("http://{}", gateway.address);
    let answered: BTreeSet<&str> = stream::iter(calls)
        .map(|(path, client, verb, kind)| {
            let url = format!("{url}{path}");
            async move { is_answered(client, &verb, &url, kind).await.then_some(path) }
        })
        .buffer_unordered(AT_ONCE)
        .filter_map(async |path| path)
        .collect()
        .await;
    assert_eq!(answered, expected);
    gateway.stop().await;
}

/// A route that is made elsewhere would be one that the test above does not know of.
#[test]
fn routes_are_made_in_one_place() {
    let allowed = ["src/server/public.rs", "src/server/stack.rs", "src/server/admin.rs", "src/grpc.rs"];
    let makers = ["Router::new(", ".route(", ".route_service(", ".nest(", ".nest_service(", ".fallback"];
    let mut files = Vec::new();
    sources(&root().join("src"), &mut files);
    assert!(files.len() > 100, "they are looked at");
    for file in files {
        let name = file.strip_prefix(root()).unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let found = makers.iter().find(|maker| text.contains(**maker));
        assert!(
            found.is_none() || allowed.contains(&name),
            "{name} has {found:?}: what needs no token is a row of src/server/public.rs"
        );
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_document_names_them() {
    let document = std::fs::read_to_string(root().join("docs/access.md")).unwrap();
    for route in PUBLIC_ROUTES {
        assert!(!route.why.is_empty(), "{}", route.path);
        assert!(document.contains(&format!("`{}`", route.path)), "{} is not in docs/access.md", route.path);
    }
}
