from google.api import annotations_pb2 as _annotations_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from sncgate.v1 import system_pb2 as _system_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetInfoRequest(_message.Message):
    __slots__ = ("instance",)
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    instance: str
    def __init__(self, instance: _Optional[str] = ...) -> None: ...

class GetInfoResponse(_message.Message):
    __slots__ = ("build", "instances")
    BUILD_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    build: _system_pb2.Build
    instances: _containers.RepeatedCompositeFieldContainer[_system_pb2.InstanceStatus]
    def __init__(self, build: _Optional[_Union[_system_pb2.Build, _Mapping]] = ..., instances: _Optional[_Iterable[_Union[_system_pb2.InstanceStatus, _Mapping]]] = ...) -> None: ...
