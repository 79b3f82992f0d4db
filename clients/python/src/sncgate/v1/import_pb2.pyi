from sncgate.v1 import operation_pb2 as _operation_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TransformStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRANSFORM_STATUS_UNSPECIFIED: _ClassVar[TransformStatus]
    TRANSFORM_STATUS_INSERTED: _ClassVar[TransformStatus]
    TRANSFORM_STATUS_UPDATED: _ClassVar[TransformStatus]
    TRANSFORM_STATUS_IGNORED: _ClassVar[TransformStatus]
    TRANSFORM_STATUS_SKIPPED: _ClassVar[TransformStatus]
    TRANSFORM_STATUS_ERROR: _ClassVar[TransformStatus]
TRANSFORM_STATUS_UNSPECIFIED: TransformStatus
TRANSFORM_STATUS_INSERTED: TransformStatus
TRANSFORM_STATUS_UPDATED: TransformStatus
TRANSFORM_STATUS_IGNORED: TransformStatus
TRANSFORM_STATUS_SKIPPED: TransformStatus
TRANSFORM_STATUS_ERROR: TransformStatus

class ImportRow(_message.Message):
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

class ImportRowResult(_message.Message):
    __slots__ = ("index", "import_set", "transforms", "error")
    INDEX_FIELD_NUMBER: _ClassVar[int]
    IMPORT_SET_FIELD_NUMBER: _ClassVar[int]
    TRANSFORMS_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    index: int
    import_set: str
    transforms: _containers.RepeatedCompositeFieldContainer[Transform]
    error: _operation_pb2.OperationError
    def __init__(self, index: _Optional[int] = ..., import_set: _Optional[str] = ..., transforms: _Optional[_Iterable[_Union[Transform, _Mapping]]] = ..., error: _Optional[_Union[_operation_pb2.OperationError, _Mapping]] = ...) -> None: ...

class Transform(_message.Message):
    __slots__ = ("transform_map", "table", "status", "sys_id", "display_name", "display_value", "message")
    TRANSFORM_MAP_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    SYS_ID_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_NAME_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    transform_map: str
    table: str
    status: TransformStatus
    sys_id: str
    display_name: str
    display_value: str
    message: str
    def __init__(self, transform_map: _Optional[str] = ..., table: _Optional[str] = ..., status: _Optional[_Union[TransformStatus, str]] = ..., sys_id: _Optional[str] = ..., display_name: _Optional[str] = ..., display_value: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...
