import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RoleQuota(_message.Message):
    __slots__ = ("rows_per_day", "concurrent_streams")
    ROWS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    CONCURRENT_STREAMS_FIELD_NUMBER: _ClassVar[int]
    rows_per_day: int
    concurrent_streams: int
    def __init__(self, rows_per_day: _Optional[int] = ..., concurrent_streams: _Optional[int] = ...) -> None: ...

class Quota(_message.Message):
    __slots__ = ("rows_per_day", "rows_read", "rows_reset_time", "concurrent_streams", "open_streams", "requests_per_second")
    ROWS_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    ROWS_READ_FIELD_NUMBER: _ClassVar[int]
    ROWS_RESET_TIME_FIELD_NUMBER: _ClassVar[int]
    CONCURRENT_STREAMS_FIELD_NUMBER: _ClassVar[int]
    OPEN_STREAMS_FIELD_NUMBER: _ClassVar[int]
    REQUESTS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    rows_per_day: int
    rows_read: int
    rows_reset_time: _timestamp_pb2.Timestamp
    concurrent_streams: int
    open_streams: int
    requests_per_second: int
    def __init__(self, rows_per_day: _Optional[int] = ..., rows_read: _Optional[int] = ..., rows_reset_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., concurrent_streams: _Optional[int] = ..., open_streams: _Optional[int] = ..., requests_per_second: _Optional[int] = ...) -> None: ...
