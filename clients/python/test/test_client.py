"""The client's own logic, and how it resumes and repeats against a server that fails on purpose."""

from __future__ import annotations

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


if __name__ == "__main__":
    unittest.main()
