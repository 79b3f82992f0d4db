"""The credential that calls carry: a token as it is, or a session that is kept alive. It is never printed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import grpc

from . import pb
from ._errors import SncgateError

# A token that is about to expire is refreshed this long before, in seconds.
AHEAD = 30.0
# An answer that was lost is given again within the gateway's grace.
ATTEMPTS = 2
REFRESH_DEADLINE = 20.0

Keep = Callable[[pb.Tokens], None]


class Session:
    """What a client and its copies share. `lock` is of threads or of asyncio, for one refresh at a time."""

    def __init__(
        self,
        token: str | None = None,
        refresh_token: str | None = None,
        keep: Keep | None = None,
        lock: Any = None,
    ) -> None:
        self.token = token or ""
        self.refresh_token = refresh_token or ""
        self.lock = lock
        self._keep = keep
        # Of a refresh token alone nothing is known: the first call uses it.
        self._expires = 0.0 if refresh_token else float("inf")

    @classmethod
    def of(cls, tokens: pb.Tokens, keep: Keep | None, lock: Any) -> Session:
        session = cls(None, tokens.refresh_token, keep, lock)
        session._take(tokens)
        return session

    def __repr__(self) -> str:
        return f"Session(set={bool(self.token or self.refresh_token)})"

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()

    def is_due(self) -> bool:
        """Whether it is to be refreshed before the next call."""
        return bool(self.refresh_token) and time.time() + AHEAD >= self._expires

    def is_over(self) -> bool:
        """Whether no call would be taken with what it has."""
        return not self.token or time.time() >= self._expires

    def may_recover(self, failed: SncgateError) -> bool:
        """Whether the gateway refused the token at the door, so that another one may do."""
        refused = failed.code is grpc.StatusCode.UNAUTHENTICATED
        return refused and bool(self.refresh_token) and failed.reason in ("TOKEN_EXPIRED", "TOKEN_INVALID")

    def renew(self, tokens: pb.Tokens) -> None:
        """Goes on with the next tokens; the caller holds the lock."""
        self._take(tokens)
        if self._keep is not None:
            self._keep(tokens)

    def _take(self, tokens: pb.Tokens) -> None:
        self.token, self.refresh_token = tokens.access_token, tokens.refresh_token
        self._expires = tokens.access_expire_time.ToNanoseconds() / 1e9
