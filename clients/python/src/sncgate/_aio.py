"""The client of programs with asyncio: `Client` with awaits."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import os
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, BinaryIO

import grpc

from . import _content, _requests, pb
from ._backoff import Backoff
from ._errors import SncgateError
from ._query import Display, QueryLike
from ._requests import AsyncOutgoing, Call, Groups, Operators, Results, Values
from ._session import Keep, Session
from ._settings import LONGEST_ATTEMPT, Settings, call_metadata, channel_options, endpoint
from ._sign_in import AsyncSignIn
from ._tasks import AsyncTasks
from .v1.attachment_service_pb2_grpc import AttachmentServiceStub
from .v1.auth_service_pb2_grpc import AuthServiceStub
from .v1.batch_service_pb2_grpc import BatchServiceStub
from .v1.import_service_pb2_grpc import ImportServiceStub
from .v1.journal_service_pb2_grpc import JournalServiceStub
from .v1.query_service_pb2_grpc import QueryServiceStub
from .v1.record_service_pb2_grpc import RecordServiceStub
from .v1.schema_service_pb2_grpc import SchemaServiceStub
from .v1.system_service_pb2_grpc import SystemServiceStub
from .v1.task_service_pb2_grpc import TaskServiceStub


class AsyncClient(AsyncSignIn, AsyncTasks):
    """A connection to a gateway, of one event loop. `async with` closes it.

    It connects with the first call, so the gateway may start later. Every method raises `SncgateError`.
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8080",
        *,
        token: str | None = None,
        refresh_token: str | None = None,
        keep: Keep | None = None,
        ca: str | os.PathLike[str] | bytes | None = None,
        client_certificate: tuple[str | os.PathLike[str] | bytes, str | os.PathLike[str] | bytes]
        | None = None,
        metadata: Mapping[str, str] | None = None,
        instance: str = "",
        deadline: float = 60.0,
        stream_deadline: float | None = None,
        retries: int = 5,
        user_agent: str = "sncgate-python/0.1.0",
    ) -> None:
        """`token` is sent as a bearer token, `ca` (a path, or PEM) is trusted in place of the system's certificates.

        `refresh_token` goes on with a session of an earlier `login`, and keeps it alive; `keep` gets its next tokens
        whenever there are some: only the last refresh token is good.

        `deadline` bounds each call in seconds, its retries included; `stream_deadline` a whole stream, its resumes
        included. `retries` is how often a call is sent again, or a stream resumed without having moved on.
        """
        target, credentials = endpoint(url, ca, client_certificate)
        options = channel_options(user_agent)
        if credentials is None:
            self.channel = grpc.aio.insecure_channel(target, options)
        else:
            self.channel = grpc.aio.secure_channel(target, credentials, options)
        self._extra = call_metadata(metadata)
        self._session = Session(token, refresh_token, keep, None)
        self._settings = Settings(instance, deadline, stream_deadline, retries)
        self.auth_stub = AuthServiceStub(self.channel)
        self.records_stub = RecordServiceStub(self.channel)
        self.attachments_stub = AttachmentServiceStub(self.channel)
        self.batch_stub = BatchServiceStub(self.channel)
        self.import_stub = ImportServiceStub(self.channel)
        self.journal_stub = JournalServiceStub(self.channel)
        self.query_stub = QueryServiceStub(self.channel)
        self.schema_stub = SchemaServiceStub(self.channel)
        self.system_stub = SystemServiceStub(self.channel)
        self.tasks_stub = TaskServiceStub(self.channel)

    def with_options(self, **options: Any) -> AsyncClient:
        """The same connection with another `instance`, `deadline`, `stream_deadline` or number of `retries`."""
        other = copy.copy(self)
        other._settings = dataclasses.replace(self._settings, **options)
        return other

    async def close(self) -> None:
        """Ends the connection, and the calls that run on it."""
        await self.channel.close()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    # Records

    async def get(
        self, table: str, sys_id: str, *, fields: Iterable[str] = (), display: Display = None
    ) -> pb.Record:
        """One record; all columns and values as stored, unless asked otherwise."""
        return (await self._call(_requests.get(self._instance, table, sys_id, fields, display))).record

    async def list(
        self, table: str, query: QueryLike = None, *, page_size: int = 0, **options: Any
    ) -> AsyncIterator[pb.Record]:
        """All records of a query, page by page, in any order: rows that come or go meanwhile may move over a page's
        edge; `stream` has no such gap. `options` are those of `sncgate.query`: fields, order_by, limit, display."""
        async for page in self.list_pages(table, query, page_size=page_size, **options):
            for one in page.records:
                yield one

    def list_pages(
        self, table: str, query: QueryLike = None, *, page_size: int = 0, page_token: str = "", **options: Any
    ) -> AsyncIterator[pb.ListRecordsResponse]:
        """`list` by the page, with the total and the token of the next page."""
        return self._pages(
            _requests.list_records(self._instance, table, query, page_size, page_token, options)
        )

    async def stream(
        self,
        table: str,
        query: QueryLike = None,
        *,
        page_size: int = 0,
        resume_token: str = "",
        **options: Any,
    ) -> AsyncIterator[pb.Record]:
        """All records of a query in sys_id order, each exactly once whatever is inserted or deleted meanwhile.

        A connection that breaks is resumed after the last page; the stream fails when that does not help, and the
        error has the token to go on from later. `options` are fields, limit, display."""
        pages = self.stream_pages(table, query, page_size=page_size, resume_token=resume_token, **options)
        async for page in pages:
            for one in page.records:
                yield one

    async def stream_pages(
        self,
        table: str,
        query: QueryLike = None,
        *,
        page_size: int = 0,
        resume_token: str = "",
        **options: Any,
    ) -> AsyncIterator[pb.StreamRecordsResponse]:
        """`stream` by the page, each with the token that goes on after it."""
        call = _requests.stream_records(self._instance, table, query, page_size, resume_token, options)
        try:
            async for page in self._resuming(call.stub, call.method, lambda: call.request):
                call.request.resume_token = page.resume_token
                yield page
        except SncgateError as error:
            raise error.resumable(call.request.resume_token)

    async def create(
        self,
        table: str,
        fields: Values,
        *,
        input_display_value: bool = False,
        display: Display = None,
        request_id: str | None = None,
    ) -> pb.Record:
        """Creates a record, and returns it as it is after the instance's rules ran."""
        call = _requests.create(self._instance, table, fields, input_display_value, display, request_id)
        return (await self._call(call)).record

    async def update(
        self,
        table: str,
        sys_id: str,
        fields: Values,
        *,
        etag: str = "",
        input_display_value: bool = False,
        display: Display = None,
        request_id: str | None = None,
    ) -> pb.Record:
        """Changes these fields; with a record's etag only if nobody else has changed it (ETAG_MISMATCH)."""
        call = _requests.update(
            self._instance, table, sys_id, fields, etag, input_display_value, display, request_id
        )
        return (await self._call(call)).record

    async def delete(
        self,
        table: str,
        sys_id: str,
        *,
        etag: str = "",
        allow_missing: bool = False,
        request_id: str | None = None,
    ) -> None:
        """Deletes a record."""
        await self._call(_requests.delete(self._instance, table, sys_id, etag, allow_missing, request_id))

    async def count(self, table: str, query: QueryLike = None) -> int:
        """How many records a query finds."""
        groups = await self.aggregate(table, query, count=True)
        return groups[0].count if groups else 0

    async def aggregate(
        self, table: str, query: QueryLike = None, *, display: Display = None, **options: Any
    ) -> Groups:
        """Numbers about groups. `options` are the fields of AggregateRecordsRequest: count, sum, avg, min, max,
        group_by, having, order_by."""
        return [
            *(await self._call(_requests.aggregate(self._instance, table, query, display, options))).groups
        ]

    # Many records

    async def create_many(
        self,
        table: str,
        records: Iterable[Values],
        *,
        input_display_value: bool = False,
        display: Display = None,
        request_id: str | None = None,
    ) -> Results:
        """Creates up to 1000 records, each with its own result, in their order; `batch` takes any number."""
        call = _requests.create_many(self._instance, table, records, input_display_value, display, request_id)
        return [*(await self._call(call)).results]

    def update_many(
        self,
        table: str,
        query: str | pb.Query,
        fields: Values,
        *,
        max_records: int,
        input_display_value: bool = False,
        dry_run: bool = False,
    ) -> AsyncIterator[pb.UpdateRecordsResponse]:
        """Sets the same fields in every record of a query. Each message says how many match, and the results as they
        come. Nothing is written until the first message is taken. It is not sent again: a part may be written."""
        return self._once(
            _requests.update_many(
                self._instance, table, query, fields, max_records, input_display_value, dry_run
            )
        )

    def delete_many(
        self, table: str, query: str | pb.Query, *, max_records: int, dry_run: bool = False
    ) -> AsyncIterator[pb.DeleteRecordsResponse]:
        """Deletes every record of a query; see `update_many`."""
        return self._once(_requests.delete_many(self._instance, table, query, max_records, dry_run))

    async def batch(
        self, operations: Iterable[pb.Operation] | AsyncIterable[pb.Operation]
    ) -> AsyncIterator[pb.OperationResult]:
        """Runs operations and gives one result for each, as it comes, in any order. An operation's failure is in its
        result. Operations are taken as the gateway takes them."""
        requests = AsyncOutgoing(_requests.batch_requests_async(self._instance, operations))
        async for message in self._messages(self.batch_stub.ExecuteBatch, requests):
            for one in message.results:
                yield one

    async def import_rows(
        self, table: str, rows: Iterable[Values] | AsyncIterable[Values]
    ) -> AsyncIterator[pb.ImportRowResult]:
        """Puts rows into a staging table and gives one result for each, in their order."""
        requests = AsyncOutgoing(_requests.import_requests_async(self._instance, table, rows))
        async for message in self._messages(self.import_stub.ImportRows, requests):
            for one in message.results:
                yield one

    # Attachments

    async def attachments(
        self, table: str = "", sys_id: str = "", *, page_size: int = 0
    ) -> AsyncIterator[pb.Attachment]:
        """The attachments of a record, of a table, or all, in sys_id order."""
        async for page in self._pages(_requests.list_attachments(self._instance, table, sys_id, page_size)):
            for one in page.attachments:
                yield one

    async def attachment(self, sys_id: str) -> pb.Attachment:
        """What is known of an attachment."""
        return (await self._call(_requests.get_attachment(self._instance, sys_id))).attachment

    async def upload(
        self,
        table: str,
        sys_id: str,
        source: _content.AsyncSource,
        *,
        file_name: str | None = None,
        content_type: str | None = None,
    ) -> pb.Attachment:
        """Attaches a path, bytes, a file open for reading or an iterable of bytes to a record. Never sent again; a
        stream that breaks leaves no attachment behind."""
        sent = _content.Sent(_content.header(self._instance, table, sys_id, source, file_name, content_type))

        requests = AsyncOutgoing(sent.messages_async(source))
        await self.prepare()
        try:
            answer = await self.attachments_stub.UploadAttachment(
                requests.__aiter__(), timeout=self._stream_time(), metadata=self.metadata
            )
        except (grpc.RpcError, asyncio.CancelledError) as error:
            if not isinstance(error, grpc.RpcError) and requests.failure is None:
                raise  # the caller's own task is cancelled
            raise requests.failure or SncgateError.of(error) from error
        return sent.checked(answer.attachment)

    async def download(self, sys_id: str, *, offset: int = 0) -> AsyncIterator[bytes]:
        """The content of an attachment in chunks. A connection that breaks is resumed at the first byte that is
        missing; size and hash are verified at the end."""
        received = _content.Received(self._instance, sys_id, offset)
        async for one in self._download(received):
            yield one
        received.finish()

    async def download_to(self, sys_id: str, to: str | os.PathLike[str] | BinaryIO) -> pb.Attachment:
        """Writes the content of an attachment to a file open for writing, or to a path, where it appears whole."""
        received = _content.Received(self._instance, sys_id, 0)
        if not isinstance(to, (str, os.PathLike)):
            async for chunk in self._download(received):
                to.write(chunk)
            return received.finish()
        partial = tempfile.NamedTemporaryFile(dir=os.path.dirname(os.path.abspath(to)), delete=False)
        try:
            with partial:
                async for chunk in self._download(received):
                    partial.write(chunk)
            attachment = received.finish()
            os.replace(partial.name, to)
        except BaseException:
            os.unlink(partial.name)
            raise
        return attachment

    async def delete_attachment(self, sys_id: str, *, allow_missing: bool = False) -> None:
        """Deletes an attachment."""
        await self._call(_requests.delete_attachment(self._instance, sys_id, allow_missing))

    # Journal

    async def journal(
        self, table: str, sys_id: str, *, kind: str | None = None, page_size: int = 0
    ) -> AsyncIterator[pb.JournalEntry]:
        """Comments and work notes, newest first; only those of a kind with "comment" or "work_note"."""
        async for page in self._pages(_requests.list_journal(self._instance, table, sys_id, kind, page_size)):
            for one in page.entries:
                yield one

    async def add_comment(
        self, table: str, sys_id: str, text: str, *, request_id: str | None = None
    ) -> pb.JournalEntry:
        """Adds a comment, which the record's caller sees."""
        return (
            await self._call(_requests.add_comment(self._instance, table, sys_id, text, request_id))
        ).entry

    async def add_work_note(
        self, table: str, sys_id: str, text: str, *, request_id: str | None = None
    ) -> pb.JournalEntry:
        """Adds a work note, which only those who work on the record see."""
        return (
            await self._call(_requests.add_work_note(self._instance, table, sys_id, text, request_id))
        ).entry

    # Schema, queries, the gateway

    async def tables(self, contains: str = "") -> AsyncIterator[pb.TableSummary]:
        """The tables whose name or label holds a text, by name."""
        async for page in self._pages(_requests.list_tables(self._instance, contains)):
            for one in page.tables:
                yield one

    async def schema(self, table: str) -> pb.Table:
        """A table and its columns, inherited ones included."""
        return (await self._call(_requests.schema(self._instance, table))).table

    async def explain(self, table: str, query: QueryLike, **options: Any) -> pb.ExplainQueryResponse:
        """A query as text and as tree, and what is wrong with it: an answer, not an error."""
        return await self._call(_requests.explain(self._instance, table, query, options))

    async def operators(self) -> Operators:
        """The operators of the query language."""
        return [*(await self._call(_requests.operators())).operators]

    async def info(self) -> pb.GetInfoResponse:
        """What the gateway is and how its instances do."""
        return await self._call(_requests.info(self._instance))

    # How calls are sent

    @property
    def _instance(self) -> str:
        return self._settings.instance

    async def _call(self, call: Call) -> Any:
        """Sends a call, and sends it again where that is safe and may help, all within one deadline."""
        method = getattr(getattr(self, call.stub), call.method)
        end = time.monotonic() + self._settings.deadline
        backoff = Backoff(self._settings.retries)
        recovered = call.stub == "auth_stub" and call.method == "Login"
        if not recovered:
            await self.prepare()
        while True:
            left, used = end - time.monotonic(), self._session.token
            try:
                return await method(call.request, timeout=max(left, 0.0), metadata=self.metadata)
            except grpc.RpcError as error:
                failed = SncgateError.of(error)
            # Refused at the door: it had no effect, whatever it is.
            if not recovered and await self._recover(failed, used):
                recovered = True
                continue
            may_repeat = call.safe and failed.retryable
            pause = backoff.next(failed.retry_after, end - time.monotonic()) if may_repeat else None
            if pause is None:
                raise failed
            await asyncio.sleep(pause)

    async def _pages(self, call: Call) -> AsyncIterator[Any]:
        while True:
            page = await self._call(call)
            yield page
            if not page.next_page_token:
                return
            call.request.page_token = page.next_page_token

    def _stream_time(self) -> float:
        return min(self._settings.stream_deadline or LONGEST_ATTEMPT, LONGEST_ATTEMPT)

    async def _messages(
        self, method: Callable[..., Any], request: Any, left: float | None = None
    ) -> AsyncIterator[Any]:
        """The messages of one stream, which ends with the caller's interest in it."""
        outgoing = request if isinstance(request, AsyncOutgoing) else None
        message = request if outgoing is None else outgoing.__aiter__()
        await self.prepare()
        call = method(message, timeout=left or self._stream_time(), metadata=self.metadata)
        try:
            async for one in call:
                yield one
        except (grpc.RpcError, asyncio.CancelledError) as error:
            if not isinstance(error, grpc.RpcError) and (outgoing is None or outgoing.failure is None):
                raise  # the caller's own task is cancelled
            raise (outgoing and outgoing.failure) or SncgateError.of(error) from error
        finally:
            call.cancel()

    def _once(self, call: Call) -> AsyncIterator[Any]:
        return self._messages(getattr(getattr(self, call.stub), call.method), call.request)

    async def _download(self, received: _content.Received) -> AsyncIterator[bytes]:
        messages = self._resuming("attachments_stub", "DownloadAttachment", received.request)
        async for message in messages:
            if chunk := received.take(message):
                yield chunk

    async def _resuming(self, stub: str, method: str, request: Callable[[], Any]) -> AsyncIterator[Any]:
        """All messages of a stream, opened again where the last one left it."""
        open_stream = getattr(getattr(self, stub), method)
        end = time.monotonic() + (self._settings.stream_deadline or float("inf"))
        backoff = Backoff(self._settings.retries)
        recovered = False
        while True:
            moved = False
            left = min(end - time.monotonic(), LONGEST_ATTEMPT)
            used = self._session.token
            try:
                await self.prepare()
                used = self._session.token
                async for message in self._messages(open_stream, request(), max(left, 0.001)):
                    if not moved:
                        moved, recovered = True, False
                        backoff.reset()
                    yield message
                return
            except SncgateError as error:
                failed = error
            if not recovered and await self._recover(failed, used):
                recovered = True
                continue
            # An attempt whose time is over is no failure as long as it moves on.
            goes_on = failed.retryable or (moved and failed.code is grpc.StatusCode.DEADLINE_EXCEEDED)
            pause = backoff.next(failed.retry_after, end - time.monotonic()) if goes_on else None
            if pause is None:
                raise failed
            await asyncio.sleep(pause)
