"""The Python client of sncgate, a gateway to ServiceNow: records, typed and streamed.

`Client` is for programs with threads, `AsyncClient` for those with asyncio; they have the same methods. `sncgate.pb`
has the messages, and the clients' `records_stub` and its siblings are the way down.
"""

from . import pb
from ._aio import AsyncClient
from ._client import Client
from ._errors import Reason, SncgateError, Violation
from ._query import any_of, condition, query

__version__ = "0.1.0"

__all__ = [
    "AsyncClient",
    "Client",
    "Reason",
    "SncgateError",
    "Violation",
    "any_of",
    "condition",
    "pb",
    "query",
]
