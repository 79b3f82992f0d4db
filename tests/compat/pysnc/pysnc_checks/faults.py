"""What PySNC makes of an instance that is busy, down, or answers something else than JSON."""

import contextlib
import io

import requests
from pysnc import RequestException

from pysnc_checks import raises, same, true


def next_answers(instance, times, **fault):
    """Lets the next requests to the Table API fail so."""
    rule = {"fault": fault, "times": times, "kind": "table"}
    requests.post(f"{instance.http}/emulator/faults", json=rule, timeout=10).raise_for_status()


def inserting(instance):
    record = instance.client().GlideRecord("problem")
    record.initialize()
    record.short_description = "Never there"
    return record.insert


def reads_are_tried_again(instance):
    for fault in ({"type": "rate_limited", "retry_after": 0}, {"type": "server_error", "status": 503}):
        next_answers(instance, 2, **fault)
        record = instance.client().GlideRecord("problem", batch_size=1)
        record.query()
        true("rows, all the same", record.next())
    return "after 429 and 503"


def writes_are_not(instance):
    next_answers(instance, 1, type="rate_limited", retry_after=0)
    error = raises("429", RequestException, inserting(instance))
    message = error.args[0]["error"]["message"]
    same("message", message, "Rate limit exceeded")
    next_answers(instance, 1, type="server_error", status=500)
    error = raises("500", RequestException, inserting(instance))
    same("an envelope", error.args[0]["status"], "failure")
    next_answers(instance, 1, type="maintenance")
    error = raises("maintenance", RequestException, inserting(instance))
    true("a page", "<html" in str(error).lower())
    left = instance.client().GlideRecord("problem")
    left.add_query("short_description", "Never there")
    left.query()
    same("none was written", len(left), 0)
    return message


def a_hibernating_instance(instance):
    next_answers(instance, 1, type="hibernating")
    with contextlib.redirect_stderr(io.StringIO()):  # it prints the trace of what it raises
        query = instance.client().GlideRecord("problem").query
        error = raises("a page in place of JSON", requests.exceptions.JSONDecodeError, query)
    return type(error).__name__


def an_answer_that_is_only_accepted(instance):
    next_answers(instance, 1, type="accepted")
    record = instance.client().GlideRecord("problem")
    record.query()
    same("no rows, no error", (len(record), record.next()), (0, False))
    return "202"


CHECKS = [
    reads_are_tried_again,
    writes_are_not,
    a_hibernating_instance,
    an_answer_that_is_only_accepted,
]
