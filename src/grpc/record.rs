//! RecordService: a table of contents; each method is in its own file.

mod aggregate;
mod by_query;
mod create;
mod create_records;
mod delete;
mod delete_records;
mod get;
mod list;
mod stream;
mod update;
mod update_records;

use tonic::{Request, Response, Status};

use super::Gateway;
use crate::pb::record_service_server::{RecordService, RecordServiceServer};
use crate::pb::{
    AggregateRecordsRequest, AggregateRecordsResponse, CreateRecordRequest, CreateRecordResponse,
    CreateRecordsRequest, CreateRecordsResponse, DeleteRecordRequest, DeleteRecordResponse,
    DeleteRecordsRequest, GetRecordRequest, GetRecordResponse, ListRecordsRequest, ListRecordsResponse,
    StreamRecordsRequest, UpdateRecordRequest, UpdateRecordResponse, UpdateRecordsRequest,
};

/// The service, with its limits.
pub(super) fn service(gateway: Gateway, max_message_bytes: usize) -> RecordServiceServer<impl RecordService> {
    RecordServiceServer::new(Records(gateway))
        .max_decoding_message_size(max_message_bytes)
        .max_encoding_message_size(usize::MAX) // bounded by page size and by the client's own limit on pages
}

struct Records(Gateway);

#[tonic::async_trait]
impl RecordService for Records {
    type StreamRecordsStream = stream::Responses;
    type UpdateRecordsStream = update_records::Responses;
    type DeleteRecordsStream = delete_records::Responses;

    async fn create_records(
        &self,
        request: Request<CreateRecordsRequest>,
    ) -> Result<Response<CreateRecordsResponse>, Status> {
        create_records::handle(&self.0, request).await
    }

    async fn update_records(
        &self,
        request: Request<UpdateRecordsRequest>,
    ) -> Result<Response<update_records::Responses>, Status> {
        update_records::handle(&self.0, request).await
    }

    async fn delete_records(
        &self,
        request: Request<DeleteRecordsRequest>,
    ) -> Result<Response<delete_records::Responses>, Status> {
        delete_records::handle(&self.0, request).await
    }

    async fn get_record(
        &self,
        request: Request<GetRecordRequest>,
    ) -> Result<Response<GetRecordResponse>, Status> {
        get::handle(&self.0, request).await
    }

    async fn list_records(
        &self,
        request: Request<ListRecordsRequest>,
    ) -> Result<Response<ListRecordsResponse>, Status> {
        list::handle(&self.0, request).await
    }

    async fn stream_records(
        &self,
        request: Request<StreamRecordsRequest>,
    ) -> Result<Response<stream::Responses>, Status> {
        stream::handle(&self.0, request).await
    }

    async fn create_record(
        &self,
        request: Request<CreateRecordRequest>,
    ) -> Result<Response<CreateRecordResponse>, Status> {
        create::handle(&self.0, request).await
    }

    async fn update_record(
        &self,
        request: Request<UpdateRecordRequest>,
    ) -> Result<Response<UpdateRecordResponse>, Status> {
        update::handle(&self.0, request).await
    }

    async fn delete_record(
        &self,
        request: Request<DeleteRecordRequest>,
    ) -> Result<Response<DeleteRecordResponse>, Status> {
        delete::handle(&self.0, request).await
    }

    async fn aggregate_records(
        &self,
        request: Request<AggregateRecordsRequest>,
    ) -> Result<Response<AggregateRecordsResponse>, Status> {
        aggregate::handle(&self.0, request).await
    }
}
