"""Signing in, staying signed in, and out: the same for both clients."""

from __future__ import annotations

import asyncio
import copy
import threading
from typing import Any

import grpc

from . import _requests, pb
from ._errors import SncgateError
from ._requests import Call
from ._session import ATTEMPTS, REFRESH_DEADLINE, Keep, Session


class SignIn:
    """What `Client` does about its credential."""

    auth_stub: Any
    _session: Session
    _extra: tuple[tuple[str, str], ...]

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What the stubs need as `metadata=`: the token and the headers of this client; `prepare` before a call."""
        return self._extra + self._session.headers()

    def login(
        self,
        username: str,
        password: str,
        *,
        device: str = "",
        device_token: str = "",
        keep: Keep | None = None,
    ) -> tuple[Any, pb.LoginResponse]:
        """Opens a session; the client that comes back uses it, and keeps it alive. Both share one connection.

        `keep` gets the session's next tokens whenever there are some: the last refresh token is the one that counts,
        and with it another process goes on (`Client(url, refresh_token=…, keep=…)`)."""
        answer = self._call(_requests.login(username, password, device, device_token))
        other = copy.copy(self)
        other._session = Session.of(answer.tokens, keep, threading.Lock())
        return other, answer

    def who_am_i(self) -> pb.WhoAmIResponse:
        """Who this client is to the gateway."""
        return self._call(_requests.who_am_i())

    def logout(self, *, all_sessions: bool = False) -> int:
        """Ends this client's session, or all of its user; how many."""
        return self._call(_requests.logout(all_sessions)).ended

    def prepare(self) -> None:
        """Makes sure that the session's token is good for a while; the client's own methods do it by themselves."""
        session = self._session
        if not session.is_due():
            return
        try:
            self._refresh(session.token)
        except SncgateError as error:
            # The token that is there does for now.
            if session.is_over() or not error.retryable:
                raise

    def _recover(self, failed: SncgateError, used: str) -> bool:
        """Refreshes where the gateway did not take the token `used`; whether the call may be sent again."""
        if not self._session.may_recover(failed):
            return False
        self._refresh(used)
        return True

    def _refresh(self, seen: str) -> None:
        """One call at a time refreshes; the others find it done."""
        session = self._session
        with session.lock:
            if session.token != seen:
                return
            for attempt in range(1, ATTEMPTS + 1):
                request = pb.RefreshRequest(refresh_token=session.refresh_token)
                try:
                    answer = self.auth_stub.Refresh(request, timeout=REFRESH_DEADLINE, metadata=self._extra)
                    return session.renew(answer.tokens)
                except grpc.RpcError as error:
                    failed = SncgateError.of(error)
                    if attempt == ATTEMPTS or not failed.retryable:
                        raise failed from None

    def _call(self, call: Call) -> Any:
        raise NotImplementedError


class AsyncSignIn:
    """What `AsyncClient` does about its credential."""

    auth_stub: Any
    _session: Session
    _extra: tuple[tuple[str, str], ...]

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What the stubs need as `metadata=`: the token and the headers of this client; `prepare` before a call."""
        return self._extra + self._session.headers()

    async def login(
        self,
        username: str,
        password: str,
        *,
        device: str = "",
        device_token: str = "",
        keep: Keep | None = None,
    ) -> tuple[Any, pb.LoginResponse]:
        """Opens a session; the client that comes back uses it, and keeps it alive. Both share one connection.

        `keep` gets the session's next tokens whenever there are some: the last refresh token is the one that counts,
        and with it another process goes on (`AsyncClient(url, refresh_token=…, keep=…)`)."""
        answer = await self._call(_requests.login(username, password, device, device_token))
        other = copy.copy(self)
        other._session = Session.of(answer.tokens, keep, None)
        return other, answer

    async def who_am_i(self) -> pb.WhoAmIResponse:
        """Who this client is to the gateway."""
        return await self._call(_requests.who_am_i())

    async def logout(self, *, all_sessions: bool = False) -> int:
        """Ends this client's session, or all of its user; how many."""
        return (await self._call(_requests.logout(all_sessions))).ended

    async def prepare(self) -> None:
        """Makes sure that the session's token is good for a while; the client's own methods do it by themselves."""
        session = self._session
        if not session.is_due():
            return
        try:
            await self._refresh(session.token)
        except SncgateError as error:
            # The token that is there does for now.
            if session.is_over() or not error.retryable:
                raise

    async def _recover(self, failed: SncgateError, used: str) -> bool:
        """Refreshes where the gateway did not take the token `used`; whether the call may be sent again."""
        if not self._session.may_recover(failed):
            return False
        await self._refresh(used)
        return True

    async def _refresh(self, seen: str) -> None:
        """One call at a time refreshes; the others find it done. It goes on without its caller: a refresh token that
        was sent is used up, and the answer has the next one."""
        session = self._session
        if session.lock is None:
            session.lock = asyncio.Lock()  # here, where the event loop is known
        await asyncio.shield(asyncio.ensure_future(self._refresh_now(session, seen)))

    async def _refresh_now(self, session: Session, seen: str) -> None:
        async with session.lock:
            if session.token != seen:
                return
            for attempt in range(1, ATTEMPTS + 1):
                request = pb.RefreshRequest(refresh_token=session.refresh_token)
                try:
                    answer = await self.auth_stub.Refresh(
                        request, timeout=REFRESH_DEADLINE, metadata=self._extra
                    )
                    return session.renew(answer.tokens)
                except grpc.RpcError as error:
                    failed = SncgateError.of(error)
                    if attempt == ATTEMPTS or not failed.retryable:
                        raise failed from None

    async def _call(self, call: Call) -> Any:
        raise NotImplementedError
