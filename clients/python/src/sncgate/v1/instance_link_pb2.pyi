import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstanceLink(_message.Message):
    __slots__ = ("instance", "username", "instance_username", "create_time", "renew_time", "broken_time")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    INSTANCE_USERNAME_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    RENEW_TIME_FIELD_NUMBER: _ClassVar[int]
    BROKEN_TIME_FIELD_NUMBER: _ClassVar[int]
    instance: str
    username: str
    instance_username: str
    create_time: _timestamp_pb2.Timestamp
    renew_time: _timestamp_pb2.Timestamp
    broken_time: _timestamp_pb2.Timestamp
    def __init__(self, instance: _Optional[str] = ..., username: _Optional[str] = ..., instance_username: _Optional[str] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., renew_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., broken_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
