from google.api import annotations_pb2 as _annotations_pb2
from sncgate.v1 import permission_pb2 as _permission_pb2
from sncgate.v1 import query_pb2 as _query_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OperandKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERAND_KIND_UNSPECIFIED: _ClassVar[OperandKind]
    OPERAND_KIND_NONE: _ClassVar[OperandKind]
    OPERAND_KIND_VALUE: _ClassVar[OperandKind]
    OPERAND_KIND_LIST: _ClassVar[OperandKind]
    OPERAND_KIND_RANGE: _ClassVar[OperandKind]
    OPERAND_KIND_FIELD: _ClassVar[OperandKind]
    OPERAND_KIND_PARTS: _ClassVar[OperandKind]
OPERAND_KIND_UNSPECIFIED: OperandKind
OPERAND_KIND_NONE: OperandKind
OPERAND_KIND_VALUE: OperandKind
OPERAND_KIND_LIST: OperandKind
OPERAND_KIND_RANGE: OperandKind
OPERAND_KIND_FIELD: OperandKind
OPERAND_KIND_PARTS: OperandKind

class ExplainQueryRequest(_message.Message):
    __slots__ = ("instance", "table", "query")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    QUERY_FIELD_NUMBER: _ClassVar[int]
    instance: str
    table: str
    query: _query_pb2.Query
    def __init__(self, instance: _Optional[str] = ..., table: _Optional[str] = ..., query: _Optional[_Union[_query_pb2.Query, _Mapping]] = ...) -> None: ...

class ExplainQueryResponse(_message.Message):
    __slots__ = ("encoded", "tree", "order_by", "url", "unknown_fields", "invalid_terms")
    ENCODED_FIELD_NUMBER: _ClassVar[int]
    TREE_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    UNKNOWN_FIELDS_FIELD_NUMBER: _ClassVar[int]
    INVALID_TERMS_FIELD_NUMBER: _ClassVar[int]
    encoded: str
    tree: _query_pb2.Filter
    order_by: _containers.RepeatedCompositeFieldContainer[_query_pb2.Order]
    url: str
    unknown_fields: _containers.RepeatedScalarFieldContainer[str]
    invalid_terms: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, encoded: _Optional[str] = ..., tree: _Optional[_Union[_query_pb2.Filter, _Mapping]] = ..., order_by: _Optional[_Iterable[_Union[_query_pb2.Order, _Mapping]]] = ..., url: _Optional[str] = ..., unknown_fields: _Optional[_Iterable[str]] = ..., invalid_terms: _Optional[_Iterable[str]] = ...) -> None: ...

class ListOperatorsRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListOperatorsResponse(_message.Message):
    __slots__ = ("operators",)
    OPERATORS_FIELD_NUMBER: _ClassVar[int]
    operators: _containers.RepeatedCompositeFieldContainer[OperatorInfo]
    def __init__(self, operators: _Optional[_Iterable[_Union[OperatorInfo, _Mapping]]] = ...) -> None: ...

class OperatorInfo(_message.Message):
    __slots__ = ("operator", "text", "aliases", "label", "operand")
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    OPERAND_FIELD_NUMBER: _ClassVar[int]
    operator: _query_pb2.Operator
    text: str
    aliases: _containers.RepeatedScalarFieldContainer[str]
    label: str
    operand: OperandKind
    def __init__(self, operator: _Optional[_Union[_query_pb2.Operator, str]] = ..., text: _Optional[str] = ..., aliases: _Optional[_Iterable[str]] = ..., label: _Optional[str] = ..., operand: _Optional[_Union[OperandKind, str]] = ...) -> None: ...
