from google.api import annotations_pb2 as _annotations_pb2
from google.protobuf import field_mask_pb2 as _field_mask_pb2
from sncgate.v1 import operation_pb2 as _operation_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from sncgate.v1 import query_pb2 as _query_pb2
from sncgate.v1 import record_pb2 as _record_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetRecordRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "fields", "display")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    fields: _containers.RepeatedScalarFieldContainer[str]
    display: _query_pb2.DisplayMode
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., fields: _Optional[_Iterable[str]] = ..., display: _Optional[_Union[_query_pb2.DisplayMode, str]] = ...) -> None: ...

class GetRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: _record_pb2.Record
    def __init__(self, record: _Optional[_Union[_record_pb2.Record, _Mapping]] = ...) -> None: ...

class ListRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "query", "page_size", "page_token")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    page_size: int
    page_token: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRecordsResponse(_message.Message):
    __slots__ = ("records", "next_page_token", "total_size")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    TOTAL_SIZE_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    next_page_token: str
    total_size: int
    def __init__(self, records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., next_page_token: _Optional[str] = ..., total_size: _Optional[int] = ...) -> None: ...

class StreamRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "query", "page_size", "resume_token")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    page_size: int
    resume_token: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., page_size: _Optional[int] = ..., resume_token: _Optional[str] = ...) -> None: ...

class StreamRecordsResponse(_message.Message):
    __slots__ = ("records", "resume_token", "sent")
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    records: _containers.RepeatedCompositeFieldContainer[_record_pb2.Record]
    resume_token: str
    sent: int
    def __init__(self, records: _Optional[_Iterable[_Union[_record_pb2.Record, _Mapping]]] = ..., resume_token: _Optional[str] = ..., sent: _Optional[int] = ...) -> None: ...

class CreateRecordRequest(_message.Message):
    __slots__ = ("instance", "table", "fields", "input_display_value", "request_id", "display")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    fields: _containers.ScalarMap[str, str]
    input_display_value: bool
    request_id: str
    display: _query_pb2.DisplayMode
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., fields: _Optional[_Mapping[str, str]] = ..., input_display_value: bool = ..., request_id: _Optional[str] = ..., display: _Optional[_Union[_query_pb2.DisplayMode, str]] = ...) -> None: ...

class CreateRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: _record_pb2.Record
    def __init__(self, record: _Optional[_Union[_record_pb2.Record, _Mapping]] = ...) -> None: ...

class UpdateRecordRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "fields", "update_mask", "etag", "input_display_value", "display", "request_id")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    UPDATE_MASK_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    fields: _containers.ScalarMap[str, str]
    update_mask: _field_mask_pb2.FieldMask
    etag: str
    input_display_value: bool
    display: _query_pb2.DisplayMode
    request_id: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., fields: _Optional[_Mapping[str, str]] = ..., update_mask: _Optional[_Union[_field_mask_pb2.FieldMask, _Mapping]] = ..., etag: _Optional[str] = ..., input_display_value: bool = ..., display: _Optional[_Union[_query_pb2.DisplayMode, str]] = ..., request_id: _Optional[str] = ...) -> None: ...

class UpdateRecordResponse(_message.Message):
    __slots__ = ("record",)
    RECORD_FIELD_NUMBER: _ClassVar[int]
    record: _record_pb2.Record
    def __init__(self, record: _Optional[_Union[_record_pb2.Record, _Mapping]] = ...) -> None: ...

class DeleteRecordRequest(_message.Message):
    __slots__ = ("instance", "table", "sys_id", "etag", "allow_missing", "request_id")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    ALLOW_MISSING_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    sys_id: str
    etag: str
    allow_missing: bool
    request_id: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., sys_id: _Optional[str] = ..., etag: _Optional[str] = ..., allow_missing: bool = ..., request_id: _Optional[str] = ...) -> None: ...

class DeleteRecordResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class CreateRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "records", "input_display_value", "request_id", "display")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    RECORDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    records: _containers.RepeatedCompositeFieldContainer[RecordValues]
    input_display_value: bool
    request_id: str
    display: _query_pb2.DisplayMode
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., records: _Optional[_Iterable[_Union[RecordValues, _Mapping]]] = ..., input_display_value: bool = ..., request_id: _Optional[str] = ..., display: _Optional[_Union[_query_pb2.DisplayMode, str]] = ...) -> None: ...

class RecordValues(_message.Message):
    __slots__ = ("fields",)
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    fields: _containers.ScalarMap[str, str]
    def __init__(self, fields: _Optional[_Mapping[str, str]] = ...) -> None: ...

class CreateRecordsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_operation_pb2.OperationResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_operation_pb2.OperationResult, _Mapping]]] = ...) -> None: ...

class UpdateRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "query", "fields", "input_display_value", "max_records", "dry_run")
    class FieldsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_RECORDS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    fields: _containers.ScalarMap[str, str]
    input_display_value: bool
    max_records: int
    dry_run: bool
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., fields: _Optional[_Mapping[str, str]] = ..., input_display_value: bool = ..., max_records: _Optional[int] = ..., dry_run: bool = ...) -> None: ...

class UpdateRecordsResponse(_message.Message):
    __slots__ = ("matched", "results")
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    matched: int
    results: _containers.RepeatedCompositeFieldContainer[_operation_pb2.OperationResult]
    def __init__(self, matched: _Optional[int] = ..., results: _Optional[_Iterable[_Union[_operation_pb2.OperationResult, _Mapping]]] = ...) -> None: ...

class DeleteRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "query", "max_records", "dry_run")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    MAX_RECORDS_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    max_records: int
    dry_run: bool
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., max_records: _Optional[int] = ..., dry_run: bool = ...) -> None: ...

class DeleteRecordsResponse(_message.Message):
    __slots__ = ("matched", "results")
    MATCHED_FIELD_NUMBER: _ClassVar[int]
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    matched: int
    results: _containers.RepeatedCompositeFieldContainer[_operation_pb2.OperationResult]
    def __init__(self, matched: _Optional[int] = ..., results: _Optional[_Iterable[_Union[_operation_pb2.OperationResult, _Mapping]]] = ...) -> None: ...

class AggregateRecordsRequest(_message.Message):
    __slots__ = ("instance", "table", "query", "count", "sum", "avg", "min", "max", "group_by", "having", "order_by")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    SUM_FIELD_NUMBER: _ClassVar[int]
    AVG_FIELD_NUMBER: _ClassVar[int]
    MIN_FIELD_NUMBER: _ClassVar[int]
    MAX_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    HAVING_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    count: bool
    sum: _containers.RepeatedScalarFieldContainer[str]
    avg: _containers.RepeatedScalarFieldContainer[str]
    min: _containers.RepeatedScalarFieldContainer[str]
    max: _containers.RepeatedScalarFieldContainer[str]
    group_by: _containers.RepeatedScalarFieldContainer[str]
    having: _containers.RepeatedCompositeFieldContainer[Having]
    order_by: _containers.RepeatedCompositeFieldContainer[AggregateOrder]
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., count: bool = ..., sum: _Optional[_Iterable[str]] = ..., avg: _Optional[_Iterable[str]] = ..., min: _Optional[_Iterable[str]] = ..., max: _Optional[_Iterable[str]] = ..., group_by: _Optional[_Iterable[str]] = ..., having: _Optional[_Iterable[_Union[Having, _Mapping]]] = ..., order_by: _Optional[_Iterable[_Union[AggregateOrder, _Mapping]]] = ...) -> None: ...

class AggregateRecordsResponse(_message.Message):
    __slots__ = ("groups",)
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[_record_pb2.AggregateGroup]
    def __init__(self, groups: _Optional[_Iterable[_Union[_record_pb2.AggregateGroup, _Mapping]]] = ...) -> None: ...

class Having(_message.Message):
    __slots__ = ("function", "field", "operator", "value")
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    function: _record_pb2.AggregateFunction
    field: str
    operator: _query_pb2.Operator
    value: str
    def __init__(self, function: _Optional[_Union[_record_pb2.AggregateFunction, str]] = ..., field: _Optional[str] = ..., operator: _Optional[_Union[_query_pb2.Operator, str]] = ..., value: _Optional[str] = ...) -> None: ...

class AggregateOrder(_message.Message):
    __slots__ = ("function", "field", "descending")
    FUNCTION_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    function: _record_pb2.AggregateFunction
    field: str
    descending: bool
    def __init__(self, function: _Optional[_Union[_record_pb2.AggregateFunction, str]] = ..., field: _Optional[str] = ..., descending: bool = ...) -> None: ...
