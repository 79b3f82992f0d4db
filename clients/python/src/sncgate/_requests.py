"""What each method sends, shared by the two clients: the request, the stub's method, and whether to repeat it."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from . import pb
from ._query import Display, QueryLike, display_mode, query

Values = Mapping[str, str]
# Named here, because in the clients `list` is a method.
Groups = list[pb.AggregateGroup]
Results = list[pb.OperationResult]
Operators = list[pb.OperatorInfo]


class Call(NamedTuple):
    """One call. `stub` and `method` name what is called; `safe` says that it may be sent twice."""

    stub: str
    method: str
    request: Any
    safe: bool = True


def login(username: str, password: str, device: str, device_token: str) -> Call:
    request = pb.LoginRequest(username=username, password=password, device=device, device_token=device_token)
    return Call("auth_stub", "Login", request, safe=False)


def who_am_i() -> Call:
    return Call("auth_stub", "WhoAmI", pb.WhoAmIRequest())


def logout(all_sessions: bool) -> Call:
    return Call("auth_stub", "Logout", pb.LogoutRequest(all_sessions=all_sessions))


def get(instance: str, table: str, sys_id: str, fields: Iterable[str], display: Display) -> Call:
    request = pb.GetRecordRequest(
        instance=instance, table=table, sys_id=sys_id, fields=fields, display=display_mode(display)
    )
    return Call("records_stub", "GetRecord", request)


def list_records(
    instance: str, table: str, filter: QueryLike, page_size: int, page_token: str, options: dict[str, Any]
) -> Call:
    request = pb.ListRecordsRequest(
        instance=instance,
        table=table,
        query=query(filter, **options),
        page_size=page_size,
        page_token=page_token,
    )
    return Call("records_stub", "ListRecords", request)


def stream_records(
    instance: str, table: str, filter: QueryLike, page_size: int, resume_token: str, options: dict[str, Any]
) -> Call:
    request = pb.StreamRecordsRequest(
        instance=instance,
        table=table,
        query=query(filter, **options),
        page_size=page_size,
        resume_token=resume_token,
    )
    return Call("records_stub", "StreamRecords", request)


def create(
    instance: str,
    table: str,
    fields: Values,
    input_display_value: bool,
    display: Display,
    request_id: str | None,
) -> Call:
    request = pb.CreateRecordRequest(
        instance=instance,
        table=table,
        fields=fields,
        input_display_value=input_display_value,
        display=display_mode(display),
        request_id=request_id or new_id(),
    )
    return Call("records_stub", "CreateRecord", request)


def update(
    instance: str,
    table: str,
    sys_id: str,
    fields: Values,
    etag: str,
    input_display_value: bool,
    display: Display,
    request_id: str | None,
) -> Call:
    request = pb.UpdateRecordRequest(
        instance=instance,
        table=table,
        sys_id=sys_id,
        fields=fields,
        etag=etag,
        input_display_value=input_display_value,
        display=display_mode(display),
        request_id=request_id or new_id(),
    )
    return Call("records_stub", "UpdateRecord", request)


def delete(
    instance: str, table: str, sys_id: str, etag: str, allow_missing: bool, request_id: str | None
) -> Call:
    request = pb.DeleteRecordRequest(
        instance=instance,
        table=table,
        sys_id=sys_id,
        etag=etag,
        allow_missing=allow_missing,
        request_id=request_id or new_id(),
    )
    return Call("records_stub", "DeleteRecord", request)


def aggregate(
    instance: str, table: str, filter: QueryLike, display: Display, options: dict[str, Any]
) -> Call:
    request = pb.AggregateRecordsRequest(
        instance=instance, table=table, query=query(filter, display=display), **options
    )
    return Call("records_stub", "AggregateRecords", request)


def create_many(
    instance: str,
    table: str,
    records: Iterable[Values],
    input_display_value: bool,
    display: Display,
    request_id: str | None,
) -> Call:
    request = pb.CreateRecordsRequest(
        instance=instance,
        table=table,
        records=[pb.RecordValues(fields=fields) for fields in records],
        input_display_value=input_display_value,
        display=display_mode(display),
        request_id=request_id or new_id(),
    )
    return Call("records_stub", "CreateRecords", request)


def update_many(
    instance: str,
    table: str,
    filter: str | pb.Query,
    fields: Values,
    max_records: int,
    input_display_value: bool,
    dry_run: bool,
) -> Call:
    request = pb.UpdateRecordsRequest(
        instance=instance,
        table=table,
        query=query(filter),
        fields=fields,
        max_records=max_records,
        input_display_value=input_display_value,
        dry_run=dry_run,
    )
    return Call("records_stub", "UpdateRecords", request, safe=False)


def delete_many(instance: str, table: str, filter: str | pb.Query, max_records: int, dry_run: bool) -> Call:
    request = pb.DeleteRecordsRequest(
        instance=instance, table=table, query=query(filter), max_records=max_records, dry_run=dry_run
    )
    return Call("records_stub", "DeleteRecords", request, safe=False)


def list_attachments(instance: str, table: str, sys_id: str, page_size: int) -> Call:
    request = pb.ListAttachmentsRequest(
        instance=instance, table=table, record_sys_id=sys_id, page_size=page_size
    )
    return Call("attachments_stub", "ListAttachments", request)


def get_attachment(instance: str, sys_id: str) -> Call:
    return Call(
        "attachments_stub", "GetAttachment", pb.GetAttachmentRequest(instance=instance, sys_id=sys_id)
    )


def delete_attachment(instance: str, sys_id: str, allow_missing: bool) -> Call:
    request = pb.DeleteAttachmentRequest(instance=instance, sys_id=sys_id, allow_missing=allow_missing)
    return Call("attachments_stub", "DeleteAttachment", request, safe=allow_missing)


KINDS = {
    None: pb.JournalKind.JOURNAL_KIND_UNSPECIFIED,
    "comment": pb.JournalKind.JOURNAL_KIND_COMMENT,
    "work_note": pb.JournalKind.JOURNAL_KIND_WORK_NOTE,
}


def list_journal(instance: str, table: str, sys_id: str, kind: str | None, page_size: int) -> Call:
    request = pb.ListJournalRequest(
        instance=instance, table=table, sys_id=sys_id, kind=KINDS[kind], page_size=page_size
    )
    return Call("journal_stub", "ListJournal", request)


def add_comment(instance: str, table: str, sys_id: str, text: str, request_id: str | None) -> Call:
    request = pb.AddCommentRequest(
        instance=instance, table=table, sys_id=sys_id, text=text, request_id=request_id or new_id()
    )
    return Call("journal_stub", "AddComment", request)


def add_work_note(instance: str, table: str, sys_id: str, text: str, request_id: str | None) -> Call:
    request = pb.AddWorkNoteRequest(
        instance=instance, table=table, sys_id=sys_id, text=text, request_id=request_id or new_id()
    )
    return Call("journal_stub", "AddWorkNote", request)


def create_task(task: pb.Task, request_id: str | None) -> Call:
    request = pb.CreateTaskRequest(task=task, request_id=request_id or new_id())
    return Call("tasks_stub", "CreateTask", request)


def list_tasks(filter: pb.TaskFilter | None) -> Call:
    return Call("tasks_stub", "ListTasks", pb.ListTasksRequest(filter=filter, page_size=500))


def task(method: str, id: str, safe: bool = True) -> Call:
    request = getattr(pb, f"{method}Request")(id=id)
    return Call("tasks_stub", method, request, safe=safe)


def list_tables(instance: str, contains: str) -> Call:
    return Call("schema_stub", "ListTables", pb.ListTablesRequest(instance=instance, contains=contains))


def schema(instance: str, table: str) -> Call:
    return Call("schema_stub", "GetTable", pb.GetTableRequest(instance=instance, table=table))


def explain(instance: str, table: str, filter: QueryLike, options: dict[str, Any]) -> Call:
    request = pb.ExplainQueryRequest(instance=instance, table=table, query=query(filter, **options))
    return Call("query_stub", "ExplainQuery", request)


def operators() -> Call:
    return Call("query_stub", "ListOperators", pb.ListOperatorsRequest())


def info(instance: str) -> Call:
    return Call("system_stub", "GetInfo", pb.GetInfoRequest(instance=instance))


def new_id() -> str:
    """A request_id: with it a call can be sent again safely."""
    return str(uuid.uuid4())


def batch_requests(instance: str, operations: Iterable[pb.Operation]) -> Iterator[pb.ExecuteBatchRequest]:
    for operation in operations:
        yield pb.ExecuteBatchRequest(instance=instance, operations=[operation])


def import_requests(instance: str, table: str, rows: Iterable[Values]) -> Iterator[pb.ImportRowsRequest]:
    # Without rows too: the table is then checked all the same.
    yield pb.ImportRowsRequest(instance=instance, table=table)
    for row in rows:
        yield pb.ImportRowsRequest(rows=[pb.ImportRow(fields=row)])


class Outgoing:
    """Messages of the caller's making. gRPC says only that making them failed; this remembers how."""

    def __init__(self, messages: Iterable[Any]) -> None:
        self._messages = messages
        self.failure: Exception | None = None

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._messages
        except Exception as error:
            self.failure = error
            raise


class AsyncOutgoing:
    """The same for asyncio."""

    def __init__(self, messages: AsyncIterable[Any]) -> None:
        self._messages = messages
        self.failure: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[Any]:
        try:
            async for message in self._messages:
                yield message
        except Exception as error:
            self.failure = error
            raise


async def batch_requests_async(
    instance: str, operations: Iterable[pb.Operation] | AsyncIterable[pb.Operation]
) -> AsyncIterator[pb.ExecuteBatchRequest]:
    async for operation in either(operations):
        yield pb.ExecuteBatchRequest(instance=instance, operations=[operation])


async def import_requests_async(
    instance: str, table: str, rows: Iterable[Values] | AsyncIterable[Values]
) -> AsyncIterator[pb.ImportRowsRequest]:
    yield pb.ImportRowsRequest(instance=instance, table=table)
    async for row in either(rows):
        yield pb.ImportRowsRequest(rows=[pb.ImportRow(fields=row)])


async def either(items: Iterable[Any] | AsyncIterable[Any]) -> AsyncIterator[Any]:
    """An iterable of either kind, as an asynchronous one."""
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item
