from google.protobuf import descriptor_pb2 as _descriptor_pb2
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from typing import ClassVar as _ClassVar

DESCRIPTOR: _descriptor.FileDescriptor

class Permission(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PERMISSION_UNSPECIFIED: _ClassVar[Permission]
    PERMISSION_PUBLIC: _ClassVar[Permission]
    PERMISSION_RECORDS_READ: _ClassVar[Permission]
    PERMISSION_RECORDS_WRITE: _ClassVar[Permission]
    PERMISSION_RECORDS_DELETE: _ClassVar[Permission]
    PERMISSION_SCHEMA_READ: _ClassVar[Permission]
    PERMISSION_SYSTEM_READ: _ClassVar[Permission]
    PERMISSION_RECORDS_BATCH: _ClassVar[Permission]
    PERMISSION_RECORDS_IMPORT: _ClassVar[Permission]
    PERMISSION_ATTACHMENTS_READ: _ClassVar[Permission]
    PERMISSION_ATTACHMENTS_WRITE: _ClassVar[Permission]
    PERMISSION_SELF: _ClassVar[Permission]
    PERMISSION_API_KEYS: _ClassVar[Permission]
    PERMISSION_USERS_READ: _ClassVar[Permission]
    PERMISSION_USERS_WRITE: _ClassVar[Permission]
    PERMISSION_ROLES_READ: _ClassVar[Permission]
    PERMISSION_ROLES_WRITE: _ClassVar[Permission]
    PERMISSION_AUDIT_READ: _ClassVar[Permission]
    PERMISSION_TASKS_READ: _ClassVar[Permission]
    PERMISSION_TASKS_WRITE: _ClassVar[Permission]
    PERMISSION_TASKS_ADMIN: _ClassVar[Permission]
PERMISSION_UNSPECIFIED: Permission
PERMISSION_PUBLIC: Permission
PERMISSION_RECORDS_READ: Permission
PERMISSION_RECORDS_WRITE: Permission
PERMISSION_RECORDS_DELETE: Permission
PERMISSION_SCHEMA_READ: Permission
PERMISSION_SYSTEM_READ: Permission
PERMISSION_RECORDS_BATCH: Permission
PERMISSION_RECORDS_IMPORT: Permission
PERMISSION_ATTACHMENTS_READ: Permission
PERMISSION_ATTACHMENTS_WRITE: Permission
PERMISSION_SELF: Permission
PERMISSION_API_KEYS: Permission
PERMISSION_USERS_READ: Permission
PERMISSION_USERS_WRITE: Permission
PERMISSION_ROLES_READ: Permission
PERMISSION_ROLES_WRITE: Permission
PERMISSION_AUDIT_READ: Permission
PERMISSION_TASKS_READ: Permission
PERMISSION_TASKS_WRITE: Permission
PERMISSION_TASKS_ADMIN: Permission
PERMISSION_FIELD_NUMBER: _ClassVar[int]
permission: _descriptor.FieldDescriptor
