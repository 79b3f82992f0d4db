//! `GET …/table/{table}`: the records that match, streamed.

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::header::LINK;
use http::{Method, StatusCode};
use servicenow::query::Query;

use super::rows;
use crate::engine::{Engine, Error, ListRequest};
use crate::http::call::Call;
use crate::http::face::Face;
use crate::http::failure::Failure;
use crate::http::links::links;
use crate::http::page::Page;
use crate::http::parameters::Parameters;
use crate::http::segments::Segments;
use crate::http::version::Version;

/// A page of the table. `HEAD` counts and reads no row.
pub(crate) async fn list(
    State(face): State<Face>,
    call: Call,
    method: Method,
    Segments(table): Segments<String>,
) -> Result<Response, Failure> {
    let settings = &face.instance.settings;
    let page = Page::of(&call.parameters, settings);
    let no_count = call.parameters.flag("sysparm_no_count");
    let counted = !no_count || settings.no_count_reports_returned;
    let url = call.url(&format!("table/{table}"));

    let (query, total) = prepare(&face, &call, &table, counted).await?;
    let mut read = None;
    let body = if method == Method::HEAD {
        Body::empty()
    } else {
        let projection = call.parameters.projection();
        let encoder = call.encoder(projection.display);
        let request = ListRequest { table, query, projection, limit: page.limit, offset: page.offset };
        let rows = rows::stream(&face, call.session.clone(), request, encoder).await?;
        if rows.none && call.version == Version::V1 {
            return Err(Failure::nothing_matches());
        }
        read = Some(rows.read);
        rows.body
    };

    let mut response = call.reply(StatusCode::OK, body);
    if let Some(read) = read {
        response.extensions_mut().insert(read);
    }
    let Some(total) = total else { return Ok(response) };
    let shown = if no_count { page.rows_of(total) } else { total };
    response.headers_mut().insert("x-total-count", shown.into());
    let suppressed = call.parameters.flag("sysparm_suppress_pagination_header");
    if let Some(links) = links(&url, &call.parameters, page, total, settings).filter(|_| !suppressed) {
        response.headers_mut().insert(LINK, links);
    }
    Ok(response)
}

/// The query as a tree, and how many rows match it if that is wanted.
async fn prepare(
    face: &Face,
    call: &Call,
    table: &str,
    counted: bool,
) -> Result<(Query, Option<u64>), Failure> {
    let (session, parameters, table) = (call.session.clone(), call.parameters.clone(), table.to_owned());
    face.ask(move |engine| {
        let query = query_of(engine, &table, &parameters)?;
        let total = if counted { Some(engine.count(&session, &table, &query)?) } else { None };
        Ok((query, total))
    })
    .await
}

/// `sysparm_query`; without it, the plain `field=value` parameters.
pub(crate) fn query_of(engine: &Engine, table: &str, parameters: &Parameters) -> Result<Query, Error> {
    match parameters.query() {
        Some(encoded) => Ok(Query::parse(encoded)),
        None => engine.filters_to_query(table, &parameters.filters()),
    }
}
