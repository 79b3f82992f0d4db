"""The client's own logic, and how it resumes and repeats against a server that fails on purpose."""

from __future__ import annotations

import asyncio
import threading
import time
import unittest
from collections.abc import Iterator
from concurrent import futures
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

import sncgate
from sncgate import pb
from sncgate._backoff import FIRST, LONGEST, Backoff
from sncgate._settings import endpoint
from sncgate.v1.auth_service_pb2_grpc import AuthServiceServicer, add_AuthServiceServicer_to_server
from sncgate.v1.record_service_pb2_grpc import RecordServiceServicer, add_RecordServiceServicer_to_server


def details(code: int, reason: str = "", wait: int | None = None, **metadata: str) -> status_pb2.Status:
    status = status_pb2.Status(code=code, message="It failed.")
    if reason:
        info = error_details_pb2.ErrorInfo(reason=reason, domain="sncgate", metadata=metadata)
        status.details.add().Pack(info)
    if wait is not None:
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.seconds = wait
        status.details.add().Pack(retry)
    return status


class Errors(unittest.TestCase):
    def test_details_are_read(self) -> None:
        status = details(8, "INSTANCE_RATE_LIMITED", 7, resume_token="abc", instance="dev")
        error = sncgate.SncgateError(grpc.StatusCode.RESOURCE_EXHAUSTED, "It failed.", status)
        self.assertEqual(error.reason, sncgate.Reason.INSTANCE_RATE_LIMITED)
        self.assertEqual(
            (error.retry_after, error.resume_token, error.metadata["instance"]), (7.0, "abc", "dev")
        )
        self.assertEqual(str(error), "It failed. (INSTANCE_RATE_LIMITED)")
        self.assertEqual(error.resumable("def").resume_token, "def")

    def test_says_what_may_go_well_later(self) -> None:
        code = grpc.StatusCode
        cases = [
            (code.UNAVAILABLE, "INSTANCE_UNAVAILABLE", None, True),
            (code.UNAVAILABLE, "INSTANCE_HIBERNATING", None, False),
            (code.RESOURCE_EXHAUSTED, "INSTANCE_BUSY", 1, True),
            (code.RESOURCE_EXHAUSTED, "INSTANCE_BUSY", None, False),
            (code.INTERNAL, "INTERNAL", None, False),
            (code.INTERNAL, "", None, True),
            (code.NOT_FOUND, "RECORD_UNKNOWN", None, False),
        ]
        for kind, reason, wait, expected in cases:
            error = sncgate.SncgateError(kind, "", details(0, reason, wait))
            self.assertEqual(error.retryable, expected, (kind, reason, wait))

    def test_a_reason_that_is_none_is_a_mistake(self) -> None:
        with self.assertRaises(AttributeError):
            _ = sncgate.Reason.TABEL_UNKNOWN


class Parts(unittest.TestCase):
    def test_pauses_grow_to_a_bound_and_end(self) -> None:
        backoff = Backoff(8)
        for attempt in range(8):
            pause = backoff.next(None, 1000)
            assert pause is not None
            self.assertLessEqual(pause, min(FIRST * 2**attempt, LONGEST))
        self.assertIsNone(backoff.next(None, 1000))
        backoff.reset()
        self.assertGreaterEqual(backoff.next(3, 1000) or 0, 3)
        self.assertIsNone(backoff.next(3600, 10000))
        self.assertIsNone(backoff.next(3, 1))

    def test_urls(self) -> None:
        self.assertEqual(endpoint("http://127.0.0.1:8080", None), ("127.0.0.1:8080", None))
        self.assertEqual(endpoint("http://[::1]", None)[0], "[::1]:80")
        self.assertEqual(endpoint("https://gateway.example", None)[0], "gateway.example:443")
        for url in ("127.0.0.1:8080", "ftp://x", "http://"):
            with self.assertRaises(ValueError):
                endpoint(url, None)

    def test_queries(self) -> None:
        query = sncgate.query(
            "active=true", fields=["number"], order_by=["-opened_at"], limit=5, display="both"
        )
        self.assertEqual(query.encoded, "active=true")
        self.assertEqual((query.order_by[0].field, query.order_by[0].descending), ("opened_at", True))
        clause = sncgate.any_of(sncgate.condition("a", "IS", "1"), sncgate.condition("b", "IS_EMPTY"))
        tree = sncgate.query([clause]).tree
        self.assertEqual(len(tree.groups[0].clauses[0].any_of), 2)
        with self.assertRaises(ValueError):
            sncgate.query(display="pretty")


class Flaky(RecordServiceServicer):
    """Breaks each stream after two pages, and refuses every other call."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def StreamRecords(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self.requests.append(request)
        begin = int(request.resume_token or 0)
        for page in range(begin, min(begin + 2, 5)):
            yield pb.StreamRecordsResponse(records=[pb.Record(sys_id=str(page))], resume_token=str(page + 1))
        if begin + 2 < 5:
            context.abort(grpc.StatusCode.UNAVAILABLE, "cut")

    def CreateRecord(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.requests.append(request)
        if len(self.requests) == 1:
            context.abort(grpc.StatusCode.UNAVAILABLE, "once")
        return pb.CreateRecordResponse(record=pb.Record(sys_id="made"))


class Retries(unittest.TestCase):
    def setUp(self) -> None:
        self.flaky = Flaky()
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        add_RecordServiceServicer_to_server(self.flaky, self.server)
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.server.start()
        self.client = sncgate.Client(f"http://127.0.0.1:{port}", token="secret")

    def tearDown(self) -> None:
        self.client.close()
        self.server.stop(None)

    def test_a_stream_that_breaks_is_resumed(self) -> None:
        ids = [record.sys_id for record in self.client.stream("incident")]
        self.assertEqual(ids, ["0", "1", "2", "3", "4"])
        self.assertEqual([request.resume_token for request in self.flaky.requests], ["", "2", "4"])

    def test_without_retries_the_error_has_the_token(self) -> None:
        with self.assertRaises(sncgate.SncgateError) as caught:
            list(self.client.with_options(retries=0).stream("incident"))
        self.assertEqual(caught.exception.resume_token, "2")

    def test_a_create_is_repeated_with_its_request_id(self) -> None:
        self.assertEqual(self.client.create("incident", {"a": "b"}).sys_id, "made")
        first, second = (request.request_id for request in self.flaky.requests)
        self.assertEqual(first, second)
        self.assertRegex(first, "^[0-9a-f-]{36}$")


class Door(RecordServiceServicer, AuthServiceServicer):
    """Takes only the newest access token. Each sign-in and refresh gives the next pair, which lives for `lifetime`."""

    def __init__(self) -> None:
        self.count = self.refreshes = 0
        self.lifetime = 600.0
        self.closed: str | None = None
        self.lost = 0
        self.lock = threading.Lock()

    def tokens(self) -> pb.Tokens:
        self.count += 1
        tokens = pb.Tokens(access_token=f"access {self.count}", refresh_token=f"refresh {self.count}")
        tokens.access_expire_time.FromNanoseconds(int((time.time() + self.lifetime) * 1e9))
        return tokens

    def Login(self, request: Any, context: grpc.ServicerContext) -> Any:
        return pb.LoginResponse(tokens=self.tokens())

    def Refresh(self, request: Any, context: grpc.ServicerContext) -> Any:
        with self.lock:
            self.refreshes += 1
            if self.lost > 0:
                self.lost -= 1
                context.abort(grpc.StatusCode.UNAVAILABLE, "cut")
            if self.closed or request.refresh_token != f"refresh {self.count}":
                self.refuse(context, self.closed or "TOKEN_REVOKED")
            return pb.RefreshResponse(tokens=self.tokens())

    def CreateRecord(self, request: Any, context: grpc.ServicerContext) -> Any:
        self.check(context)
        return pb.CreateRecordResponse(record=pb.Record(sys_id="made"))

    def StreamRecords(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self.check(context)
        yield pb.StreamRecordsResponse(records=[pb.Record(sys_id="1")], resume_token="1")

    def check(self, context: grpc.ServicerContext) -> None:
        if ("authorization", f"Bearer access {self.count}") not in context.invocation_metadata():
            self.refuse(context, "TOKEN_EXPIRED")

    def refuse(self, context: grpc.ServicerContext, reason: str) -> None:
        status = details(16, reason).SerializeToString()
        context.set_trailing_metadata((("grpc-status-details-bin", status),))
        context.abort(grpc.StatusCode.UNAUTHENTICATED, "It failed.")


class Sessions(unittest.TestCase):
    def setUp(self) -> None:
        self.door = Door()
        self.server = grpc.server(futures.ThreadPoolExecutor(24))
        add_RecordServiceServicer_to_server(self.door, self.server)
        add_AuthServiceServicer_to_server(self.door, self.server)
        self.url = f"http://127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()
        self.kept: list[str] = []
        anonymous = sncgate.Client(self.url)
        self.addCleanup(anonymous.close)
        self.client, _ = anonymous.login("alice", "secret", keep=self.keep)

    def tearDown(self) -> None:
        self.server.stop(None)

    def keep(self, tokens: pb.Tokens) -> None:
        self.kept.append(tokens.refresh_token)

    def make_many(self) -> set[str]:
        with futures.ThreadPoolExecutor(20) as pool:
            made = [pool.submit(self.client.create, "incident", {}) for _ in range(20)]
            return {one.result().sys_id for one in made}

    def test_a_token_that_is_about_to_expire_is_refreshed_first_and_once(self) -> None:
        self.door.lifetime = 10
        self.client, _ = self.client.login("alice", "secret", keep=self.keep)
        self.door.lifetime = 600
        self.assertEqual(self.make_many(), {"made"})
        self.assertEqual((self.door.refreshes, self.kept), (1, ["refresh 3"]))

    def test_many_that_are_refused_refresh_once(self) -> None:
        self.client._session.token = "an old one"
        self.assertEqual(self.make_many(), {"made"})
        self.assertEqual((self.door.refreshes, self.kept), (1, ["refresh 2"]))

    def test_a_stream_that_is_refused_goes_on_with_the_next_token(self) -> None:
        self.client._session.token = "an old one"
        self.assertEqual([record.sys_id for record in self.client.stream("incident")], ["1"])
        self.assertEqual(self.door.refreshes, 1)

    def test_an_answer_that_is_lost_is_asked_for_again(self) -> None:
        self.door.lost = 1
        self.client._session.token = "an old one"
        self.assertEqual(self.client.create("incident", {}).sys_id, "made")
        self.assertEqual(self.door.refreshes, 2)

    def test_a_session_that_ended_is_not_tried_again_and_again(self) -> None:
        self.door.closed = "TOKEN_REVOKED"
        self.client._session.token = "an old one"
        with self.assertRaises(sncgate.SncgateError) as caught:
            self.client.create("incident", {})
        self.assertEqual((caught.exception.reason, self.door.refreshes), ("TOKEN_REVOKED", 1))

    def test_a_refresh_token_is_enough(self) -> None:
        with sncgate.Client(self.url, refresh_token="refresh 1", keep=self.keep) as client:
            self.assertEqual(client.create("incident", {}).sys_id, "made")
        self.assertEqual(self.kept, ["refresh 2"])

    def test_nothing_prints_a_token(self) -> None:
        self.assertNotIn("access 1", repr(self.client) + repr(vars(self.client)))

    def test_asyncio_does_the_same(self) -> None:
        async def run() -> set[str]:
            async with sncgate.AsyncClient(self.url, refresh_token="refresh 1", keep=self.keep) as client:
                made = await asyncio.gather(*(client.create("incident", {}) for _ in range(20)))
                client._session.token = "an old one"
                made += await asyncio.gather(*(client.create("incident", {}) for _ in range(20)))
                self.assertEqual([record.sys_id async for record in client.stream("incident")], ["1"])
                return {record.sys_id for record in made}

        self.assertEqual(asyncio.run(run()), {"made"})
        self.assertEqual((self.door.refreshes, self.kept), (2, ["refresh 2", "refresh 3"]))


if __name__ == "__main__":
    unittest.main()
