import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import empty_pb2 as _empty_pb2
from sncgate.v1 import error_reason_pb2 as _error_reason_pb2
from sncgate.v1 import query_pb2 as _query_pb2
from sncgate.v1 import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Operation(_message.Message):
    __slots__ = ("id", "get", "create", "update", "delete")
    ID_FIELD_NUMBER: _ClassVar[int]
    GET_FIELD_NUMBER: _ClassVar[int]
    CREATE_FIELD_NUMBER: _ClassVar[int]
    UPDATE_FIELD_NUMBER: _ClassVar[int]
    DELETE_FIELD_NUMBER: _ClassVar[int]
    id: str
    get: GetOperation
    create: CreateOperation
    update: UpdateOperation
    delete: DeleteOperation
    def __init__(self, id: _Optional[str] = ..., get: _Optional[_Union[GetOperation, _Mapping]] = ..., create: _Optional[_Union[CreateOperation, _Mapping]] = ..., update: _Optional[_Union[UpdateOperation, _Mapping]] = ..., delete: _Optional[_Union[DeleteOperation, _Mapping]] = ...) -> None: ...

class GetOperation(_message.Message):
    __slots__ = ("table", "sys_id", "fields", "display")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    table: str
    sys_id: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    display: _query_pb2.DisplayMode
    def __init__(self, table: _Optional[str] = ..., sys_id: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., display: _Optional[_Union[_query_pb2.DisplayMode, str]] = ...) -> None: ...

class CreateOperation(_message.Message):
    __slots__ = ("table", "fields", "input_display_value", "request_id")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    table: str
    fields: _containers.ScalarMap[str, str]
    input_display_value: bool
    request_id: str
    def __init__(self, table: _Optional[str] = ..., fields: _Optional[_Mapping[str, str]] = ..., input_display_value: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateOperation(_message.Message):
    __slots__ = ("table", "sys_id", "fields", "input_display_value")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    table: str
    sys_id: str
    fields: _containers.ScalarMap[str, str]
    input_display_value: bool
    def __init__(self, table: _Optional[str] = ..., sys_id: _Optional[str] = ..., fields: _Optional[_Mapping[str, str]] = ..., input_display_value: bool = ...) -> None: ...

class DeleteOperation(_message.Message):
    __slots__ = ("table", "sys_id", "allow_missing")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    table: str
    sys_id: str
    allow_missing: bool
    def __init__(self, table: _Optional[str] = ..., sys_id: _Optional[str] = ..., allow_missing: bool = ...) -> None: ...

class OperationResult(_message.Message):
    __slots__ = ("id", "record", "deleted", "error")
    ID_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    DELETED_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    id: str
    record: _record_pb2.Record
    deleted: _empty_pb2.Empty
    error: OperationError
    def __init__(self, id: _Optional[str] = ..., record: _Optional[_Union[_record_pb2.Record, _Mapping]] = ..., deleted: _Optional[_Union[_empty_pb2.Empty, _Mapping]] = ..., error: _Optional[_Union[OperationError, _Mapping]] = ...) -> None: ...

class OperationError(_message.Message):
    __slots__ = ("code", "message", "reason", "metadata", "retry_delay")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    RETRY_DELAY_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    reason: _error_reason_pb2.ErrorReason
    metadata: _containers.ScalarMap[str, str]
    retry_delay: _duration_pb2.Duration
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., retry_delay: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
