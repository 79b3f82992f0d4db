import datetime

from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from sncgate.v1 import error_reason_pb2 as _error_reason_pb2
from sncgate.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TaskState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TASK_STATE_UNSPECIFIED: _ClassVar[TaskState]
    TASK_STATE_PENDING: _ClassVar[TaskState]
    TASK_STATE_RUNNING: _ClassVar[TaskState]
    TASK_STATE_PAUSED: _ClassVar[TaskState]
    TASK_STATE_RETRYING: _ClassVar[TaskState]
    TASK_STATE_SUCCEEDED: _ClassVar[TaskState]
    TASK_STATE_FAILED: _ClassVar[TaskState]
    TASK_STATE_CANCELLED: _ClassVar[TaskState]
TASK_STATE_UNSPECIFIED: TaskState
TASK_STATE_PENDING: TaskState
TASK_STATE_RUNNING: TaskState
TASK_STATE_PAUSED: TaskState
TASK_STATE_RETRYING: TaskState
TASK_STATE_SUCCEEDED: TaskState
TASK_STATE_FAILED: TaskState
TASK_STATE_CANCELLED: TaskState

class Task(_message.Message):
    __slots__ = ("id", "kind", "parameters", "state", "priority", "labels", "unique_key", "start_time", "deadline", "max_attempts", "parent", "schedule", "owner", "progress", "attempts", "attempt_count", "result", "error", "create_time", "first_start_time", "end_time", "next_attempt_time", "cancel_requested", "pause_requested", "revision")
    class LabelsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    LABELS_FIELD_NUMBER: _ClassVar[int]
    UNIQUE_KEY_FIELD_NUMBER: _ClassVar[int]
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_FIELD_NUMBER: _ClassVar[int]
    MAX_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    PARENT_FIELD_NUMBER: _ClassVar[int]
    SCHEDULE_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_COUNT_FIELD_NUMBER: _ClassVar[int]
    RESULT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    FIRST_START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    NEXT_ATTEMPT_TIME_FIELD_NUMBER: _ClassVar[int]
    CANCEL_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    PAUSE_REQUESTED_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    id: str
    kind: str
    parameters: TaskParameters
    state: TaskState
    priority: int
    labels: _containers.ScalarMap[str, str]
    unique_key: str
    start_time: _timestamp_pb2.Timestamp
    deadline: _timestamp_pb2.Timestamp
    max_attempts: int
    parent: str
    schedule: str
    owner: str
    progress: TaskProgress
    attempts: _containers.RepeatedCompositeFieldContainer[TaskAttempt]
    attempt_count: int
    result: TaskResult
    error: TaskError
    create_time: _timestamp_pb2.Timestamp
    first_start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    next_attempt_time: _timestamp_pb2.Timestamp
    cancel_requested: bool
    pause_requested: bool
    revision: int
    def __init__(self, id: _Optional[str] = ..., kind: _Optional[str] = ..., parameters: _Optional[_Union[TaskParameters, _Mapping]] = ..., state: _Optional[_Union[TaskState, str]] = ..., priority: _Optional[int] = ..., labels: _Optional[_Mapping[str, str]] = ..., unique_key: _Optional[str] = ..., start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., deadline: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., max_attempts: _Optional[int] = ..., parent: _Optional[str] = ..., schedule: _Optional[str] = ..., owner: _Optional[str] = ..., progress: _Optional[_Union[TaskProgress, _Mapping]] = ..., attempts: _Optional[_Iterable[_Union[TaskAttempt, _Mapping]]] = ..., attempt_count: _Optional[int] = ..., result: _Optional[_Union[TaskResult, _Mapping]] = ..., error: _Optional[_Union[TaskError, _Mapping]] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., next_attempt_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., cancel_requested: bool = ..., pause_requested: bool = ..., revision: _Optional[int] = ...) -> None: ...

class TaskParameters(_message.Message):
    __slots__ = ("export", "bulk_update", "bulk_delete", "attachment_copy", "clean_up")
    EXPORT_FIELD_NUMBER: _ClassVar[int]
    BULK_UPDATE_FIELD_NUMBER: _ClassVar[int]
    BULK_DELETE_FIELD_NUMBER: _ClassVar[int]
    IMPORT_FIELD_NUMBER: _ClassVar[int]
    ATTACHMENT_COPY_FIELD_NUMBER: _ClassVar[int]
    CLEAN_UP_FIELD_NUMBER: _ClassVar[int]
    export: ExportTask
    bulk_update: BulkUpdateTask
    bulk_delete: BulkDeleteTask
    attachment_copy: AttachmentCopyTask
    clean_up: CleanUpTask
    def __init__(self, export: _Optional[_Union[ExportTask, _Mapping]] = ..., bulk_update: _Optional[_Union[BulkUpdateTask, _Mapping]] = ..., bulk_delete: _Optional[_Union[BulkDeleteTask, _Mapping]] = ..., attachment_copy: _Optional[_Union[AttachmentCopyTask, _Mapping]] = ..., clean_up: _Optional[_Union[CleanUpTask, _Mapping]] = ..., **kwargs) -> None: ...

class ExportTask(_message.Message):
    __slots__ = ("instance", "table", "query", "text_types", "destination", "path", "format", "compression", "partition_by", "part_rows", "strict", "incremental")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    TEXT_TYPES_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    FORMAT_FIELD_NUMBER: _ClassVar[int]
    COMPRESSION_FIELD_NUMBER: _ClassVar[int]
    PARTITION_BY_FIELD_NUMBER: _ClassVar[int]
    PART_ROWS_FIELD_NUMBER: _ClassVar[int]
    STRICT_FIELD_NUMBER: _ClassVar[int]
    INCREMENTAL_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    text_types: bool
    destination: str
    path: str
    format: str
    compression: str
    partition_by: _containers.RepeatedScalarFieldContainer[str]
    part_rows: int
    strict: bool
    incremental: bool
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., text_types: bool = ..., destination: _Optional[str] = ..., path: _Optional[str] = ..., format: _Optional[str] = ..., compression: _Optional[str] = ..., partition_by: _Optional[_Iterable[str]] = ..., part_rows: _Optional[int] = ..., strict: bool = ..., incremental: bool = ...) -> None: ...

class BulkUpdateTask(_message.Message):
    __slots__ = ("instance", "table", "query", "fields", "input_display_value", "max_failures", "dry_run")
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
    MAX_FAILURES_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    fields: _containers.ScalarMap[str, str]
    input_display_value: bool
    max_failures: int
    dry_run: bool
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., fields: _Optional[_Mapping[str, str]] = ..., input_display_value: bool = ..., max_failures: _Optional[int] = ..., dry_run: bool = ...) -> None: ...

class BulkDeleteTask(_message.Message):
    __slots__ = ("instance", "table", "query", "max_failures", "dry_run")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    MAX_FAILURES_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    max_failures: int
    dry_run: bool
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., max_failures: _Optional[int] = ..., dry_run: bool = ...) -> None: ...

class ImportTask(_message.Message):
    __slots__ = ("instance", "table", "destination", "path", "staging", "input_display_value", "max_failures")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    STAGING_FIELD_NUMBER: _ClassVar[int]
    INPUT_DISPLAY_VALUE_FIELD_NUMBER: _ClassVar[int]
    MAX_FAILURES_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    destination: str
    path: str
    staging: bool
    input_display_value: bool
    max_failures: int
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., destination: _Optional[str] = ..., path: _Optional[str] = ..., staging: bool = ..., input_display_value: bool = ..., max_failures: _Optional[int] = ...) -> None: ...

class AttachmentCopyTask(_message.Message):
    __slots__ = ("instance", "table", "query", "destination", "path")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    DESTINATION_FIELD_NUMBER: _ClassVar[int]
    PATH_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    destination: str
    path: str
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ..., destination: _Optional[str] = ..., path: _Optional[str] = ...) -> None: ...

class CleanUpTask(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TaskProgress(_message.Message):
    __slots__ = ("done", "total", "unit", "rate", "remaining", "stage")
    DONE_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    UNIT_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    STAGE_FIELD_NUMBER: _ClassVar[int]
    done: int
    total: int
    unit: str
    rate: float
    remaining: _duration_pb2.Duration
    stage: str
    def __init__(self, done: _Optional[int] = ..., total: _Optional[int] = ..., unit: _Optional[str] = ..., rate: _Optional[float] = ..., remaining: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., stage: _Optional[str] = ...) -> None: ...

class TaskAttempt(_message.Message):
    __slots__ = ("start_time", "end_time", "worker", "error", "interrupted")
    START_TIME_FIELD_NUMBER: _ClassVar[int]
    END_TIME_FIELD_NUMBER: _ClassVar[int]
    WORKER_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    INTERRUPTED_FIELD_NUMBER: _ClassVar[int]
    start_time: _timestamp_pb2.Timestamp
    end_time: _timestamp_pb2.Timestamp
    worker: str
    error: TaskError
    interrupted: bool
    def __init__(self, start_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., end_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., worker: _Optional[str] = ..., error: _Optional[_Union[TaskError, _Mapping]] = ..., interrupted: bool = ...) -> None: ...

class TaskError(_message.Message):
    __slots__ = ("reason", "message", "retryable")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    RETRYABLE_FIELD_NUMBER: _ClassVar[int]
    reason: _error_reason_pb2.ErrorReason
    message: str
    retryable: bool
    def __init__(self, reason: _Optional[_Union[_error_reason_pb2.ErrorReason, str]] = ..., message: _Optional[str] = ..., retryable: bool = ...) -> None: ...

class TaskResult(_message.Message):
    __slots__ = ("succeeded", "failed", "failures", "location", "report")
    SUCCEEDED_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    succeeded: int
    failed: int
    failures: _containers.RepeatedCompositeFieldContainer[TaskFailure]
    location: str
    report: str
    def __init__(self, succeeded: _Optional[int] = ..., failed: _Optional[int] = ..., failures: _Optional[_Iterable[_Union[TaskFailure, _Mapping]]] = ..., location: _Optional[str] = ..., report: _Optional[str] = ...) -> None: ...

class TaskFailure(_message.Message):
    __slots__ = ("subject", "error")
    SUBJECT_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    subject: str
    error: TaskError
    def __init__(self, subject: _Optional[str] = ..., error: _Optional[_Union[TaskError, _Mapping]] = ...) -> None: ...
