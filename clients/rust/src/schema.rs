//! Tables, columns, the query language, and the gateway itself.

use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::client::{Client, Repeat};
use crate::error::Result;
use crate::pb::{
    ExplainQueryRequest, ExplainQueryResponse, GetInfoRequest, GetInfoResponse, GetTableRequest,
    ListOperatorsRequest, ListTablesRequest, ListTablesResponse, OperatorInfo, Table, TableSummary,
};
use crate::query::Query;
use crate::records::some;

impl Client {
    /// Lists the tables whose name or label holds a text, by name. An empty text lists all.
    pub fn tables(&self, contains: impl Into<String>) -> BoxStream<'static, Result<TableSummary>> {
        let request = ListTablesRequest { contains: contains.into(), ..Default::default() };
        let pages = table_pages(self.clone(), request);
        pages.map_ok(|tables| futures::stream::iter(tables.into_iter().map(Ok))).try_flatten().boxed()
    }

    /// ListTables.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn list_tables(&self, mut request: ListTablesRequest) -> Result<ListTablesResponse> {
        request.instance = self.instance_or(request.instance);
        let stub = self.schema_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.list_tables(request).await },
        )
        .await
    }

    /// Describes a table and its columns, inherited ones included.
    ///
    /// # Errors
    /// `TableUnknown`.
    pub async fn schema(&self, table: impl Into<String>) -> Result<Table> {
        let request = GetTableRequest { instance: self.settings.instance.clone(), table: table.into() };
        let stub = self.schema_stub();
        some(
            self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
                stub.get_table(request).await
            })
            .await?
            .table,
        )
    }

    /// Explains a query; with a table, against its columns. What is wrong with the query is in the answer.
    ///
    /// # Errors
    /// `TableUnknown`.
    pub async fn explain(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
    ) -> Result<ExplainQueryResponse> {
        let request = ExplainQueryRequest {
            instance: self.settings.instance.clone(),
            table: table.into(),
            query: Some(query.into().into_message()),
        };
        let stub = self.query_stub();
        self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.explain_query(request).await
        })
        .await
    }

    /// Lists the operators of the query language.
    ///
    /// # Errors
    /// Only those of the connection.
    pub async fn operators(&self) -> Result<Vec<OperatorInfo>> {
        let stub = self.query_stub();
        Ok(self
            .call(Repeat::Safe, stub, ListOperatorsRequest {}, |mut stub, request| async move {
                stub.list_operators(request).await
            })
            .await?
            .operators)
    }

    /// Says what the gateway is and how its instances do: this client's instance, or all of them.
    ///
    /// # Errors
    /// `InstanceUnknown`. An instance that is down is an answer, not an error.
    pub async fn info(&self) -> Result<GetInfoResponse> {
        let request = GetInfoRequest { instance: self.settings.instance.clone() };
        let stub = self.system_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.get_info(request).await },
        )
        .await
    }
}

fn table_pages(
    client: Client,
    mut request: ListTablesRequest,
) -> impl Stream<Item = Result<Vec<TableSummary>>> + Send {
    async_stream::try_stream! {
        loop {
            let answer = client.list_tables(request.clone()).await?;
            request.page_token = answer.next_page_token;
            yield answer.tables;
            if request.page_token.is_empty() {
                break;
            }
        }
    }
}
