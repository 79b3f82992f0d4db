//! The Import Set API: rows into staging tables. One method per file. Replies are JSON only.

mod create;
mod get;
mod many;

use axum::Router;
use axum::routing::{get, post};
use serde::Serialize;

use super::call::Call;
use super::face::Face;
use super::version::Version;
use crate::engine::{ImportResult, ImportRow};

/// The paths of one version.
pub(super) fn routes(version: Version) -> Router<Face> {
    let path = format!("{}/import/{{table}}", version.path());
    Router::new()
        .route(&path, post(create::create))
        .route(&format!("{path}/insertMultiple"), post(many::create))
        .route(&format!("{path}/{{sys_id}}"), get(get::get))
        .layer(axum::Extension(version))
}

/// What became of a row.
#[derive(Serialize)]
struct Reply {
    import_set: String,
    staging_table: String,
    result: Vec<Element>,
}

/// What a map did with it.
#[derive(Serialize)]
struct Element {
    transform_map: String,
    table: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    display_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record_link: Option<String>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sys_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_message: Option<String>,
}

impl Reply {
    fn of(call: &Call, row: ImportRow) -> Self {
        let result = row.results.into_iter().map(|result| Element::of(call, result)).collect();
        Reply { import_set: row.import_set, staging_table: row.staging_table, result }
    }
}

impl Element {
    fn of(call: &Call, result: ImportResult) -> Self {
        let target = result.target;
        let link =
            target.as_ref().map(|target| call.url(&format!("table/{}/{}", result.table, target.sys_id)));
        let (display_name, display_value, sys_id) = match target {
            Some(target) => (Some(target.display_name), Some(target.display_value), Some(target.sys_id)),
            None => (None, None, None),
        };
        Element {
            transform_map: result.map,
            table: result.table,
            display_name,
            display_value,
            record_link: link,
            status: result.status.as_str(),
            sys_id,
            status_message: result.error.clone(),
            error_message: result.error,
        }
    }
}
