from sncgate.v1 import permission_pb2 as _permission_pb2
from sncgate.v1 import quota_pb2 as _quota_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuleEffect(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RULE_EFFECT_UNSPECIFIED: _ClassVar[RuleEffect]
    RULE_EFFECT_ALLOW: _ClassVar[RuleEffect]
    RULE_EFFECT_DENY: _ClassVar[RuleEffect]

class TableOperation(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TABLE_OPERATION_UNSPECIFIED: _ClassVar[TableOperation]
    TABLE_OPERATION_READ: _ClassVar[TableOperation]
    TABLE_OPERATION_CREATE: _ClassVar[TableOperation]
    TABLE_OPERATION_UPDATE: _ClassVar[TableOperation]
    TABLE_OPERATION_DELETE: _ClassVar[TableOperation]

class FieldAccess(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FIELD_ACCESS_UNSPECIFIED: _ClassVar[FieldAccess]
    FIELD_ACCESS_READ_ONLY: _ClassVar[FieldAccess]
    FIELD_ACCESS_MASKED: _ClassVar[FieldAccess]
    FIELD_ACCESS_HIDDEN: _ClassVar[FieldAccess]
RULE_EFFECT_UNSPECIFIED: RuleEffect
RULE_EFFECT_ALLOW: RuleEffect
RULE_EFFECT_DENY: RuleEffect
TABLE_OPERATION_UNSPECIFIED: TableOperation
TABLE_OPERATION_READ: TableOperation
TABLE_OPERATION_CREATE: TableOperation
TABLE_OPERATION_UPDATE: TableOperation
TABLE_OPERATION_DELETE: TableOperation
FIELD_ACCESS_UNSPECIFIED: FieldAccess
FIELD_ACCESS_READ_ONLY: FieldAccess
FIELD_ACCESS_MASKED: FieldAccess
FIELD_ACCESS_HIDDEN: FieldAccess

class Role(_message.Message):
    __slots__ = ("name", "description", "permissions", "table_rules", "built_in", "in_configuration", "quota")
    NAME_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    PERMISSIONS_FIELD_NUMBER: _ClassVar[int]
    TABLE_RULES_FIELD_NUMBER: _ClassVar[int]
    BUILT_IN_FIELD_NUMBER: _ClassVar[int]
    IN_CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    QUOTA_FIELD_NUMBER: _ClassVar[int]
    name: str
    description: str
    permissions: _containers.RepeatedScalarFieldContainer[_permission_pb2.Permission]
    table_rules: _containers.RepeatedCompositeFieldContainer[TableRule]
    built_in: bool
    in_configuration: bool
    quota: _quota_pb2.RoleQuota
    def __init__(self, name: _Optional[str] = ..., description: _Optional[str] = ..., permissions: _Optional[_Iterable[_Union[_permission_pb2.Permission, str]]] = ..., table_rules: _Optional[_Iterable[_Union[TableRule, _Mapping]]] = ..., built_in: bool = ..., in_configuration: bool = ..., quota: _Optional[_Union[_quota_pb2.RoleQuota, _Mapping]] = ...) -> None: ...

class TableRule(_message.Message):
    __slots__ = ("effect", "tables", "operations", "row_filter", "field_rules", "instances")
    EFFECT_FIELD_NUMBER: _ClassVar[int]
    TABLES_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    ROW_FILTER_FIELD_NUMBER: _ClassVar[int]
    FIELD_RULES_FIELD_NUMBER: _ClassVar[int]
    INSTANCES_FIELD_NUMBER: _ClassVar[int]
    effect: RuleEffect
    tables: _containers.RepeatedScalarFieldContainer[str]
    operations: _containers.RepeatedScalarFieldContainer[TableOperation]
    row_filter: str
    field_rules: _containers.RepeatedCompositeFieldContainer[FieldRule]
    instances: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, effect: _Optional[_Union[RuleEffect, str]] = ..., tables: _Optional[_Iterable[str]] = ..., operations: _Optional[_Iterable[_Union[TableOperation, str]]] = ..., row_filter: _Optional[str] = ..., field_rules: _Optional[_Iterable[_Union[FieldRule, _Mapping]]] = ..., instances: _Optional[_Iterable[str]] = ...) -> None: ...

class FieldRule(_message.Message):
    __slots__ = ("fields", "access")
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    ACCESS_FIELD_NUMBER: _ClassVar[int]
    fields: _containers.RepeatedScalarFieldContainer[str]
    access: FieldAccess
    def __init__(self, fields: _Optional[_Iterable[str]] = ..., access: _Optional[_Union[FieldAccess, str]] = ...) -> None: ...
