//! ListTables.

use prost::Message;
use servicenow::TableInfo;
use tonic::{Request, Response, Status};

use crate::access::guard;
use crate::grpc::{Gateway, list_page, request};
use crate::pb::{ListTablesRequest, ListTablesResponse, TableSummary};
use crate::records::Fingerprint;
use crate::schema;

const DEFAULT_PAGE_SIZE: u64 = 1000;

pub(super) async fn handle(
    gateway: &Gateway,
    request: Request<ListTablesRequest>,
) -> Result<Response<ListTablesResponse>, Status> {
    let deadline = request::deadline(request.metadata(), gateway.deadlines);
    let caller = request::caller(&request)?;
    let message = request.into_inner();
    let bound = ListTablesRequest { page_size: 0, page_token: String::new(), ..message.clone() };
    let fingerprint = Fingerprint::of(&bound.encode_to_vec());
    let page_size = request::page_size(message.page_size, DEFAULT_PAGE_SIZE)?;

    let list = async {
        let instance = gateway.instance(&caller, &message.instance).await?;
        let readable = guard::readable_tables(&caller, &instance).await?;
        let mut tables = schema::tables(&instance, &message.contains).await?;
        tables.retain(|table| readable(&table.name));
        Ok(tables)
    };
    let tables = request::until(deadline, list).await?;
    let (page, next_page_token) = list_page::cut(tables, page_size, &message.page_token, &fingerprint)?;
    Ok(Response::new(ListTablesResponse { tables: page.into_iter().map(summary).collect(), next_page_token }))
}

fn summary(table: TableInfo) -> TableSummary {
    TableSummary { name: table.name, label: table.label, extends: table.super_class.unwrap_or_default() }
}
