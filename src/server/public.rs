//! What the port answers without asking who calls: this list, with the reason of each, and nothing else.
//!
//! The stack of layers takes routes from here and methods that are behind the door; there is no third way in. Methods
//! that anybody may call are not here: they pass the door, which reads from their proto that they are public.

use std::sync::Arc;

use axum::Router;
use axum::routing::MethodRouter;

use crate::access::Access;
use crate::layer::key_set;
use crate::links::{CALLBACK, Links};
use crate::pages;

/// A path that is answered without a token.
pub struct PublicRoute {
    /// The whole path; no pattern.
    pub path: &'static str,
    /// Why nobody is asked who they are.
    pub why: &'static str,
    handler: fn(&Behind) -> MethodRouter,
}

/// What the handlers work with.
pub(super) struct Behind {
    pub(super) access: Arc<Access>,
    pub(super) links: Arc<Links>,
}

/// Every one. A test tries these paths, and others, with nobody's token.
pub const PUBLIC_ROUTES: [PublicRoute; 2] = [
    PublicRoute {
        path: key_set::PATH,
        why: "public keys, for whoever verifies access tokens elsewhere",
        handler: |behind| key_set::handler(behind.access.clone()),
    },
    PublicRoute {
        path: CALLBACK,
        why: "a browser comes back from an instance without a token; the state that it brings is good once",
        handler: |behind| pages::link::handler(behind.links.clone()),
    },
];

/// These routes beside those that are behind the door.
pub(super) fn beside(guarded: Router, behind: &Behind) -> Router {
    PUBLIC_ROUTES.iter().fold(guarded, |routes, public| routes.route(public.path, (public.handler)(behind)))
}
