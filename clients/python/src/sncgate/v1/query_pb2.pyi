from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DisplayMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    DISPLAY_MODE_UNSPECIFIED: _ClassVar[DisplayMode]
    DISPLAY_MODE_VALUE: _ClassVar[DisplayMode]
    DISPLAY_MODE_DISPLAY: _ClassVar[DisplayMode]
    DISPLAY_MODE_BOTH: _ClassVar[DisplayMode]

class Operator(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPERATOR_UNSPECIFIED: _ClassVar[Operator]
    OPERATOR_IS: _ClassVar[Operator]
    OPERATOR_IS_NOT: _ClassVar[Operator]
    OPERATOR_LESS_THAN: _ClassVar[Operator]
    OPERATOR_LESS_OR_EQUAL: _ClassVar[Operator]
    OPERATOR_GREATER_THAN: _ClassVar[Operator]
    OPERATOR_GREATER_OR_EQUAL: _ClassVar[Operator]
    OPERATOR_IN: _ClassVar[Operator]
    OPERATOR_NOT_IN: _ClassVar[Operator]
    OPERATOR_STARTS_WITH: _ClassVar[Operator]
    OPERATOR_ENDS_WITH: _ClassVar[Operator]
    OPERATOR_CONTAINS: _ClassVar[Operator]
    OPERATOR_DOES_NOT_CONTAIN: _ClassVar[Operator]
    OPERATOR_IS_EMPTY: _ClassVar[Operator]
    OPERATOR_IS_NOT_EMPTY: _ClassVar[Operator]
    OPERATOR_EMPTY_STRING: _ClassVar[Operator]
    OPERATOR_ANYTHING: _ClassVar[Operator]
    OPERATOR_BETWEEN: _ClassVar[Operator]
    OPERATOR_SAME_AS: _ClassVar[Operator]
    OPERATOR_NOT_SAME_AS: _ClassVar[Operator]
    OPERATOR_GREATER_THAN_FIELD: _ClassVar[Operator]
    OPERATOR_LESS_THAN_FIELD: _ClassVar[Operator]
    OPERATOR_GREATER_OR_EQUAL_FIELD: _ClassVar[Operator]
    OPERATOR_LESS_OR_EQUAL_FIELD: _ClassVar[Operator]
    OPERATOR_MORE_THAN: _ClassVar[Operator]
    OPERATOR_LESS_THAN_APART: _ClassVar[Operator]
    OPERATOR_ON: _ClassVar[Operator]
    OPERATOR_NOT_ON: _ClassVar[Operator]
    OPERATOR_DATE_PART: _ClassVar[Operator]
    OPERATOR_RELATIVE_AFTER: _ClassVar[Operator]
    OPERATOR_RELATIVE_ON_OR_AFTER: _ClassVar[Operator]
    OPERATOR_RELATIVE_BEFORE: _ClassVar[Operator]
    OPERATOR_RELATIVE_ON_OR_BEFORE: _ClassVar[Operator]
    OPERATOR_RELATIVE_ON: _ClassVar[Operator]
    OPERATOR_DYNAMIC: _ClassVar[Operator]
    OPERATOR_INSTANCE_OF: _ClassVar[Operator]
    OPERATOR_IN_HIERARCHY: _ClassVar[Operator]
    OPERATOR_IN_HIERARCHY_DYNAMIC: _ClassVar[Operator]
    OPERATOR_CHANGES: _ClassVar[Operator]
    OPERATOR_CHANGES_FROM: _ClassVar[Operator]
    OPERATOR_CHANGES_TO: _ClassVar[Operator]
    OPERATOR_MATCHES_PATTERN: _ClassVar[Operator]
    OPERATOR_MATCHES_REGEX: _ClassVar[Operator]
    OPERATOR_HAS_VARIABLE: _ClassVar[Operator]
    OPERATOR_HAS_ITEM_VARIABLE: _ClassVar[Operator]
    OPERATOR_DOES_NOT_HAVE: _ClassVar[Operator]
    OPERATOR_EXCLUDING: _ClassVar[Operator]
DISPLAY_MODE_UNSPECIFIED: DisplayMode
DISPLAY_MODE_VALUE: DisplayMode
DISPLAY_MODE_DISPLAY: DisplayMode
DISPLAY_MODE_BOTH: DisplayMode
OPERATOR_UNSPECIFIED: Operator
OPERATOR_IS: Operator
OPERATOR_IS_NOT: Operator
OPERATOR_LESS_THAN: Operator
OPERATOR_LESS_OR_EQUAL: Operator
OPERATOR_GREATER_THAN: Operator
OPERATOR_GREATER_OR_EQUAL: Operator
OPERATOR_IN: Operator
OPERATOR_NOT_IN: Operator
OPERATOR_STARTS_WITH: Operator
OPERATOR_ENDS_WITH: Operator
OPERATOR_CONTAINS: Operator
OPERATOR_DOES_NOT_CONTAIN: Operator
OPERATOR_IS_EMPTY: Operator
OPERATOR_IS_NOT_EMPTY: Operator
OPERATOR_EMPTY_STRING: Operator
OPERATOR_ANYTHING: Operator
OPERATOR_BETWEEN: Operator
OPERATOR_SAME_AS: Operator
OPERATOR_NOT_SAME_AS: Operator
OPERATOR_GREATER_THAN_FIELD: Operator
OPERATOR_LESS_THAN_FIELD: Operator
OPERATOR_GREATER_OR_EQUAL_FIELD: Operator
OPERATOR_LESS_OR_EQUAL_FIELD: Operator
OPERATOR_MORE_THAN: Operator
OPERATOR_LESS_THAN_APART: Operator
OPERATOR_ON: Operator
OPERATOR_NOT_ON: Operator
OPERATOR_DATE_PART: Operator
OPERATOR_RELATIVE_AFTER: Operator
OPERATOR_RELATIVE_ON_OR_AFTER: Operator
OPERATOR_RELATIVE_BEFORE: Operator
OPERATOR_RELATIVE_ON_OR_BEFORE: Operator
OPERATOR_RELATIVE_ON: Operator
OPERATOR_DYNAMIC: Operator
OPERATOR_INSTANCE_OF: Operator
OPERATOR_IN_HIERARCHY: Operator
OPERATOR_IN_HIERARCHY_DYNAMIC: Operator
OPERATOR_CHANGES: Operator
OPERATOR_CHANGES_FROM: Operator
OPERATOR_CHANGES_TO: Operator
OPERATOR_MATCHES_PATTERN: Operator
OPERATOR_MATCHES_REGEX: Operator
OPERATOR_HAS_VARIABLE: Operator
OPERATOR_HAS_ITEM_VARIABLE: Operator
OPERATOR_DOES_NOT_HAVE: Operator
OPERATOR_EXCLUDING: Operator

class Query(_message.Message):
    __slots__ = ("encoded", "tree", "order_by", "fields", "limit", "display")
    ENCODED_FIELD_NUMBER: _ClassVar[int]
    TREE_FIELD_NUMBER: _ClassVar[int]
    ORDER_BY_FIELD_NUMBER: _ClassVar[int]
    FIELDS_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    DISPLAY_FIELD_NUMBER: _ClassVar[int]
    encoded: str
    tree: Filter
    order_by: _containers.RepeatedCompositeFieldContainer[Order]
    fields: _containers.RepeatedScalarFieldContainer[str]
    limit: int
    display: DisplayMode
    def __init__(self, encoded: _Optional[str] = ..., tree: _Optional[_Union[Filter, _Mapping]] = ..., order_by: _Optional[_Iterable[_Union[Order, _Mapping]]] = ..., fields: _Optional[_Iterable[str]] = ..., limit: _Optional[int] = ..., display: _Optional[_Union[DisplayMode, str]] = ...) -> None: ...

class Order(_message.Message):
    __slots__ = ("field", "descending")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCENDING_FIELD_NUMBER: _ClassVar[int]
    field: str
    descending: bool
    def __init__(self, field: _Optional[str] = ..., descending: bool = ...) -> None: ...

class Filter(_message.Message):
    __slots__ = ("groups",)
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    groups: _containers.RepeatedCompositeFieldContainer[Group]
    def __init__(self, groups: _Optional[_Iterable[_Union[Group, _Mapping]]] = ...) -> None: ...

class Group(_message.Message):
    __slots__ = ("clauses",)
    CLAUSES_FIELD_NUMBER: _ClassVar[int]
    clauses: _containers.RepeatedCompositeFieldContainer[Clause]
    def __init__(self, clauses: _Optional[_Iterable[_Union[Clause, _Mapping]]] = ...) -> None: ...

class Clause(_message.Message):
    __slots__ = ("any_of",)
    ANY_OF_FIELD_NUMBER: _ClassVar[int]
    any_of: _containers.RepeatedCompositeFieldContainer[Term]
    def __init__(self, any_of: _Optional[_Iterable[_Union[Term, _Mapping]]] = ...) -> None: ...

class Term(_message.Message):
    __slots__ = ("condition", "related", "join", "text", "invalid")
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    RELATED_FIELD_NUMBER: _ClassVar[int]
    JOIN_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    INVALID_FIELD_NUMBER: _ClassVar[int]
    condition: Condition
    related: RelatedList
    join: Join
    text: str
    invalid: str
    def __init__(self, condition: _Optional[_Union[Condition, _Mapping]] = ..., related: _Optional[_Union[RelatedList, _Mapping]] = ..., join: _Optional[_Union[Join, _Mapping]] = ..., text: _Optional[str] = ..., invalid: _Optional[str] = ...) -> None: ...

class Condition(_message.Message):
    __slots__ = ("field", "operator", "value")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OPERATOR_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    field: str
    operator: Operator
    value: str
    def __init__(self, field: _Optional[str] = ..., operator: _Optional[_Union[Operator, str]] = ..., value: _Optional[str] = ...) -> None: ...

class RelatedList(_message.Message):
    __slots__ = ("table", "field", "comparison", "count", "many_to_many", "conditions")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    COMPARISON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    MANY_TO_MANY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_FIELD_NUMBER: _ClassVar[int]
    table: str
    field: str
    comparison: Operator
    count: int
    many_to_many: bool
    conditions: Filter
    def __init__(self, table: _Optional[str] = ..., field: _Optional[str] = ..., comparison: _Optional[_Union[Operator, str]] = ..., count: _Optional[int] = ..., many_to_many: bool = ..., conditions: _Optional[_Union[Filter, _Mapping]] = ...) -> None: ...

class Join(_message.Message):
    __slots__ = ("table", "field", "other_table", "other_field", "condition")
    TABLE_FIELD_NUMBER: _ClassVar[int]
    FIELD_FIELD_NUMBER: _ClassVar[int]
    OTHER_TABLE_FIELD_NUMBER: _ClassVar[int]
    OTHER_FIELD_FIELD_NUMBER: _ClassVar[int]
    CONDITION_FIELD_NUMBER: _ClassVar[int]
    table: str
    field: str
    other_table: str
    other_field: str
    condition: Condition
    def __init__(self, table: _Optional[str] = ..., field: _Optional[str] = ..., other_table: _Optional[str] = ..., other_field: _Optional[str] = ..., condition: _Optional[_Union[Condition, _Mapping]] = ...) -> None: ...
