from google.api import annotations_pb2 as _annotations_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from sncgate.v1 import role_pb2 as _role_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TestPermissionRequest(_message.Message):
    __slots__ = ("username", "method", "table", "operation", "instance")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    OPERATION_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    username: str
    method: str
    table: str
    operation: _role_pb2.TableOperation
    instance: str
    def __init__(self, username: _Optional[str] = ..., method: _Optional[str] = ..., table: _Optional[str] = ..., operation: _Optional[_Union[_role_pb2.TableOperation, str]] = ..., instance: _Optional[str] = ...) -> None: ...

class TestPermissionResponse(_message.Message):
    __slots__ = ("allowed", "explanation", "permission", "row_filter", "field_rules")
    ALLOWED_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    PERMISSION_FIELD_NUMBER: _ClassVar[int]
    ROW_FILTER_FIELD_NUMBER: _ClassVar[int]
    FIELD_RULES_FIELD_NUMBER: _ClassVar[int]
    allowed: bool
    explanation: _containers.RepeatedScalarFieldContainer[str]
    permission: _permission_pb2.Permission
    row_filter: str
    field_rules: _containers.RepeatedCompositeFieldContainer[_role_pb2.FieldRule]
    def __init__(self, allowed: bool = ..., explanation: _Optional[_Iterable[str]] = ..., permission: _Optional[_Union[_permission_pb2.Permission, str]] = ..., row_filter: _Optional[str] = ..., field_rules: _Optional[_Iterable[_Union[_role_pb2.FieldRule, _Mapping]]] = ...) -> None: ...
