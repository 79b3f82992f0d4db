"""Queries with less typing than the messages need."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Union

from . import pb

#: ServiceNow's encoded text, a whole query, or None for all records.
QueryLike = Union[str, pb.Query, None]
#: "value" (as stored), "display" (as people see it) or "both".
Display = Union[str, int, None]

DISPLAY = {
    "value": pb.DisplayMode.DISPLAY_MODE_VALUE,
    "display": pb.DisplayMode.DISPLAY_MODE_DISPLAY,
    "both": pb.DisplayMode.DISPLAY_MODE_BOTH,
}


def query(
    filter: str | pb.Query | pb.Filter | Iterable[pb.Clause] | None = None,
    *,
    fields: Iterable[str] = (),
    order_by: Iterable[str] = (),
    limit: int = 0,
    display: Display = None,
) -> pb.Query:
    """What to read: ServiceNow's encoded text, or clauses that must all hold, or a tree, or another query to add to.

    `order_by` names columns, with a "-" before those of which the largest comes first.
    """
    whole = pb.Query()
    if isinstance(filter, pb.Query):
        whole.CopyFrom(filter)
    elif isinstance(filter, pb.Filter):
        whole.tree.CopyFrom(filter)
    elif isinstance(filter, str):
        whole.encoded = filter
    elif filter is not None:
        whole.tree.groups.append(pb.Group(clauses=filter))
    whole.fields.extend(fields)
    whole.order_by.extend(pb.Order(field=one.lstrip("-"), descending=one.startswith("-")) for one in order_by)
    whole.limit = limit or whole.limit
    whole.display = display_mode(display) or whole.display
    return whole


def condition(field: str, operator: str, value: str = "") -> pb.Clause:
    """A field, an operator's name without its prefix ("IS", "STARTS_WITH"), and the operand."""
    compared = pb.Condition(field=field, operator="OPERATOR_" + operator, value=value)
    return pb.Clause(any_of=[pb.Term(condition=compared)])


def any_of(*clauses: pb.Clause) -> pb.Clause:
    """Holds where any of the clauses does."""
    return pb.Clause(any_of=[term for clause in clauses for term in clause.any_of])


def display_mode(display: Display) -> Any:
    """The enum's value for a word; 0 for None."""
    if isinstance(display, str):
        if display not in DISPLAY:
            raise ValueError(f"display is {display!r}, and must be one of {', '.join(DISPLAY)}")
        return DISPLAY[display]
    return display or 0
