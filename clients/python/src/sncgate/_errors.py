"""Why a call failed, as one type."""

from __future__ import annotations

from typing import Any, NamedTuple

import grpc
from google.rpc import error_details_pb2, status_pb2

from .v1.error_reason_pb2 import ErrorReason

DETAILS = "grpc-status-details-bin"
PREFIX = "ERROR_REASON_"


class _Reasons:
    """The names of reasons, as attributes: `Reason.TABLE_UNKNOWN == "TABLE_UNKNOWN"`."""

    def __getattr__(self, name: str) -> str:
        if PREFIX + name not in ErrorReason.keys():
            raise AttributeError(f"the gateway has no reason {name}; docs/errors.md lists them")
        return name

    def __dir__(self) -> list[str]:
        return [name[len(PREFIX) :] for name in ErrorReason.keys()]


Reason = _Reasons()


class Violation(NamedTuple):
    """A faulty field of a request."""

    field: str
    description: str


class SncgateError(Exception):
    """A call failed. The text is for people; decide by `reason` and `code`."""

    def __init__(self, code: grpc.StatusCode, message: str, details: status_pb2.Status | None = None) -> None:
        super().__init__(message)
        #: The kind of failure.
        self.code = code
        #: The gateway's words.
        self.message = message
        #: Exactly what failed, as "TABLE_UNKNOWN". Empty where the gateway itself did not answer.
        self.reason = ""
        #: What error_reason.proto lists for the reason: the table, the unknown fields and so on.
        self.metadata: dict[str, str] = {}
        #: How many seconds the gateway asks to wait. None where it does not say.
        self.retry_after: float | None = None
        #: The request's faulty fields.
        self.violations: list[Violation] = []
        #: Where a stream goes on: pass it as `resume_token`. Empty: from the start.
        self.resume_token = ""
        self._local = False
        for detail in details.details if details is not None else ():
            self._read(detail)

    def _read(self, detail: Any) -> None:
        info, retry, bad = (
            error_details_pb2.ErrorInfo(),
            error_details_pb2.RetryInfo(),
            error_details_pb2.BadRequest(),
        )
        if detail.Unpack(info):
            self.reason = info.reason
            self.metadata = dict(info.metadata)
            self.resume_token = self.metadata.get("resume_token", "")
        elif detail.Unpack(retry):
            self.retry_after = retry.retry_delay.ToTimedelta().total_seconds()
        elif detail.Unpack(bad):
            self.violations = [Violation(one.field, one.description) for one in bad.field_violations]

    @property
    def retryable(self) -> bool:
        """Whether the same call may go well later. Says nothing of whether it is safe to send it again."""
        if self.code is grpc.StatusCode.UNAVAILABLE:
            # It sleeps until a person wakes it.
            return self.reason != "INSTANCE_HIBERNATING"
        if self.code is grpc.StatusCode.RESOURCE_EXHAUSTED:
            # Without a time to wait, it is a limit that waiting does not change; a quota of a day takes until tomorrow.
            return self.retry_after is not None and self.reason != "ROW_QUOTA_EXCEEDED"
        if self.code in (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL):
            # The connection broke, and nobody sent a status: the gateway's own always tell a reason.
            return not self.reason and not self._local
        return False

    def __str__(self) -> str:
        text = self.message or self.code.name
        return f"{text} ({self.reason})" if self.reason else text

    @classmethod
    def local(cls, code: grpc.StatusCode, message: str, reason: str = "") -> SncgateError:
        """A failure that this side found."""
        error = cls(code, message)
        error.reason, error._local = reason, True
        return error

    @classmethod
    def of(cls, error: Any) -> SncgateError:
        """What gRPC raised."""
        for key, value in error.trailing_metadata() or ():
            if key == DETAILS:
                return cls(error.code(), error.details() or "", status_pb2.Status.FromString(value))
        return cls(error.code(), error.details() or "")

    def resumable(self, token: str) -> SncgateError:
        """Keeps the token of the last page, where the gateway could not send one."""
        self.resume_token = token or self.resume_token
        return self
