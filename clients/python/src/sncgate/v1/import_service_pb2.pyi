from google.api import annotations_pb2 as _annotations_pb2
from sncgate.v1 import import_pb2 as _import_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ImportRowsRequest(_message.Message):
    __slots__ = ("instance", "table", "rows")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    ROWS_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    rows: _containers.RepeatedCompositeFieldContainer[_import_pb2.ImportRow]
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., rows: _Optional[_Iterable[_Union[_import_pb2.ImportRow, _Mapping]]] = ...) -> None: ...

class ImportRowsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[_import_pb2.ImportRowResult]
    def __init__(self, results: _Optional[_Iterable[_Union[_import_pb2.ImportRowResult, _Mapping]]] = ...) -> None: ...
