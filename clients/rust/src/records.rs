//! Records one at a time, and numbers about many.

use std::collections::HashMap;

use crate::client::{Client, Repeat};
use crate::error::{Error, Result};
use crate::pb::{
    AggregateRecordsRequest, AggregateRecordsResponse, CreateRecordRequest, DeleteRecordRequest,
    GetRecordRequest, ListRecordsRequest, ListRecordsResponse, Record, UpdateRecordRequest,
};
use crate::query::Query;

impl Client {
    /// Reads one record, all columns, values as stored.
    ///
    /// # Errors
    /// `RecordUnknown` where there is none, or the instance's access rules hide it.
    pub async fn get(&self, table: impl Into<String>, sys_id: impl Into<String>) -> Result<Record> {
        let (table, sys_id) = (table.into(), sys_id.into());
        self.get_record(GetRecordRequest { table, sys_id, ..Default::default() }).await
    }

    /// Reads one page of a query.
    ///
    /// # Errors
    /// `FieldUnknown` or `QueryInvalid` where ServiceNow would return more than asked for.
    pub async fn list(
        &self,
        table: impl Into<String>,
        query: impl Into<Query>,
    ) -> Result<ListRecordsResponse> {
        let query = query.into();
        self.list_records(ListRecordsRequest {
            table: table.into(),
            page_size: query.page_size,
            page_token: query.resume_token.clone(),
            query: Some(query.into_message()),
            ..Default::default()
        })
        .await
    }

    /// Creates a record, and returns it as it is after the instance's rules ran.
    ///
    /// # Errors
    /// `InstanceRejected` where a rule of the instance forbids it.
    pub async fn create(
        &self,
        table: impl Into<String>,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Record> {
        let (table, fields) = (table.into(), collect(fields));
        self.create_record(CreateRecordRequest { table, fields, ..Default::default() }).await
    }

    /// Changes these fields of a record, and returns it as it is after the instance's rules ran.
    ///
    /// # Errors
    /// `RecordUnknown`, or `InstanceRejected` where a rule of the instance forbids it.
    pub async fn update(
        &self,
        table: impl Into<String>,
        sys_id: impl Into<String>,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Result<Record> {
        let (table, sys_id, fields) = (table.into(), sys_id.into(), collect(fields));
        self.update_record(UpdateRecordRequest { table, sys_id, fields, ..Default::default() }).await
    }

    /// Deletes a record.
    ///
    /// # Errors
    /// `RecordUnknown`, or `InstanceRejected` where a rule of the instance forbids it.
    pub async fn delete(&self, table: impl Into<String>, sys_id: impl Into<String>) -> Result<()> {
        let (table, sys_id) = (table.into(), sys_id.into());
        self.delete_record(DeleteRecordRequest { table, sys_id, ..Default::default() }).await
    }

    /// Counts the records of a query.
    ///
    /// # Errors
    /// `FieldUnknown` or `QueryInvalid` where ServiceNow would count more than asked for.
    pub async fn count(&self, table: impl Into<String>, query: impl Into<Query>) -> Result<i64> {
        let query = Some(query.into().into_message());
        let request =
            AggregateRecordsRequest { table: table.into(), query, count: true, ..Default::default() };
        Ok(self.aggregate(request).await?.groups.first().map_or(0, |group| group.count))
    }

    /// GetRecord.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn get_record(&self, mut request: GetRecordRequest) -> Result<Record> {
        request.instance = self.instance_or(request.instance);
        let stub = self.record_stub();
        some(
            self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
                stub.get_record(request).await
            })
            .await?
            .record,
        )
    }

    /// ListRecords.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn list_records(&self, mut request: ListRecordsRequest) -> Result<ListRecordsResponse> {
        request.instance = self.instance_or(request.instance);
        let stub = self.record_stub();
        self.call(
            Repeat::Safe,
            stub,
            request,
            |mut stub, request| async move { stub.list_records(request).await },
        )
        .await
    }

    /// CreateRecord. A request without a request_id gets one, so that it can be sent again safely.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn create_record(&self, mut request: CreateRecordRequest) -> Result<Record> {
        request.instance = self.instance_or(request.instance);
        if request.request_id.is_empty() {
            request.request_id = random_uuid();
        }
        let stub = self.record_stub();
        some(
            self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
                stub.create_record(request).await
            })
            .await?
            .record,
        )
    }

    /// UpdateRecord. Sent again only with a request_id or without an etag: the first attempt may have changed it.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn update_record(&self, mut request: UpdateRecordRequest) -> Result<Record> {
        request.instance = self.instance_or(request.instance);
        let safe = request.etag.is_empty() || !request.request_id.is_empty();
        let repeat = if safe { Repeat::Safe } else { Repeat::Unsafe };
        let stub = self.record_stub();
        some(
            self.call(
                repeat,
                stub,
                request,
                |mut stub, request| async move { stub.update_record(request).await },
            )
            .await?
            .record,
        )
    }

    /// DeleteRecord. Sent again only with a request_id or allow_missing: the first attempt may have deleted it.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn delete_record(&self, mut request: DeleteRecordRequest) -> Result<()> {
        request.instance = self.instance_or(request.instance);
        let safe = request.allow_missing || !request.request_id.is_empty();
        let repeat = if safe { Repeat::Safe } else { Repeat::Unsafe };
        let stub = self.record_stub();
        self.call(repeat, stub, request, |mut stub, request| async move { stub.delete_record(request).await })
            .await
            .map(|_| ())
    }

    /// AggregateRecords.
    ///
    /// # Errors
    /// Those of the method.
    pub async fn aggregate(&self, mut request: AggregateRecordsRequest) -> Result<AggregateRecordsResponse> {
        request.instance = self.instance_or(request.instance);
        let stub = self.record_stub();
        self.call(Repeat::Safe, stub, request, |mut stub, request| async move {
            stub.aggregate_records(request).await
        })
        .await
    }
}

pub(crate) fn collect(
    fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
) -> HashMap<String, String> {
    fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
}

pub(crate) fn some<T>(part: Option<T>) -> Result<T> {
    part.ok_or_else(|| Error::local(tonic::Code::Internal, "the gateway's answer is empty"))
}

/// Version 4.
pub(crate) fn random_uuid() -> String {
    let bits = fastrand::u128(..) & !(0xf << 76 | 0x3 << 62) | (0x4 << 76 | 0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_are_of_version_four() {
        let uuid = random_uuid();
        let parts: Vec<usize> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{uuid}");
        assert_eq!(&uuid[14..15], "4", "{uuid}");
        assert!("89ab".contains(&uuid[19..20]), "{uuid}");
        assert_ne!(uuid, random_uuid());
    }
}
