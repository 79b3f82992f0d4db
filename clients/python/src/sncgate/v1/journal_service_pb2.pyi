from google.api import annotations_pb2 as _annotations_pb2
from sncgate.v1 import journal_pb2 as _journal_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ListJournalRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "kind", "page_size", "page_token")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    kind: _journal_pb2.JournalKind
    page_size: int
    page_token: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., kind: _Optional[_Union[_journal_pb2.JournalKind, str]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListJournalResponse(_message.Message):
    __slots__ = ("entries", "next_page_token")
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    entries: _containers.RepeatedCompositeFieldContainer[_journal_pb2.JournalEntry]
    next_page_token: str
    def __init__(self, entries: _Optional[_Iterable[_Union[_journal_pb2.JournalEntry, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class AddCommentRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "text", "request_id")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    text: str
    request_id: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., text: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddCommentResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _journal_pb2.JournalEntry
    def __init__(self, entry: _Optional[_Union[_journal_pb2.JournalEntry, _Mapping]] = ...) -> None: ...

class AddWorkNoteRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "text", "request_id")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    text: str
    request_id: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., text: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class AddWorkNoteResponse(_message.Message):
    __slots__ = ("entry",)
    ENTRY_FIELD_NUMBER: _ClassVar[int]
    entry: _journal_pb2.JournalEntry
    def __init__(self, entry: _Optional[_Union[_journal_pb2.JournalEntry, _Mapping]] = ...) -> None: ...
