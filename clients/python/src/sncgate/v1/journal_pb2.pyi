import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class JournalKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    JOURNAL_KIND_UNSPECIFIED: _ClassVar[JournalKind]
    JOURNAL_KIND_COMMENT: _ClassVar[JournalKind]
    JOURNAL_KIND_WORK_NOTE: _ClassVar[JournalKind]
JOURNAL_KIND_UNSPECIFIED: JournalKind
JOURNAL_KIND_COMMENT: JournalKind
JOURNAL_KIND_WORK_NOTE: JournalKind

class JournalEntry(_message.Message):
    __slots__ = ("sys_id", "kind", "text", "created_by", "created_time")
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    CREATED_BY_FIELD_NUMBER: _ClassVar[int]
    CREATED_TIME_FIELD_NUMBER: _ClassVar[int]
    sys_id: str
    kind: JournalKind
    text: str
    created_by: str
    created_time: _timestamp_pb2.Timestamp
    def __init__(self, sys_id: _Optional[str] = ..., kind: _Optional[_Union[JournalKind, str]] = ..., text: _Optional[str] = ..., created_by: _Optional[str] = ..., created_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
