"""What the scripts share that drive Python clients: where the instance is, comparisons that say what was expected, and
the run of all checks.

A check is a function, or a coroutine, that takes the instance, fails by an exception, and returns what it saw. Records
that it makes it also deletes, so that checks do not depend on each other.
"""

import asyncio
import faulthandler
import importlib.metadata
import inspect
import os
import sys
import time
import traceback

# Ends a script whose client waits for ever, and shows where. Below the deadline of the test that runs the script.
DEADLINE_SECONDS = 100


class Instance:
    """Where the instance is and who may use it, as the test that runs the script says in the environment."""

    def __init__(self):
        self.http = os.environ["INSTANCE_HTTP"]
        self.https = os.environ["INSTANCE_HTTPS"]
        self.ca = os.environ["INSTANCE_CA"]
        self.username = os.environ["INSTANCE_USERNAME"]
        self.password = os.environ["INSTANCE_PASSWORD"]
        self.client_id = os.environ["INSTANCE_CLIENT_ID"]
        self.client_secret = os.environ["INSTANCE_CLIENT_SECRET"]
        # Both stand for the user `itil`.
        self.api_key = os.environ["INSTANCE_API_KEY"]
        self.certificate = (os.environ["INSTANCE_CERTIFICATE"], os.environ["INSTANCE_CERTIFICATE_KEY"])


def same(what, found, expected):
    """Fails unless both are equal; a short text says what was compared."""
    if found != expected:
        raise AssertionError(f"{what}: found {found!r}, expected {expected!r}")


def true(what, holds):
    """Fails unless the condition holds."""
    if not holds:
        raise AssertionError(what)


def raises(what, kind, call):
    """Fails unless the call raises that kind of exception; returns the exception."""
    try:
        found = call()
    except kind as error:
        return error
    raise AssertionError(f"{what}: {kind.__name__} expected, but the call returned {found!r}")


async def raises_async(what, kind, awaitable):
    """The same for something to be awaited."""
    try:
        found = await awaitable
    except kind as error:
        return error
    raise AssertionError(f"{what}: {kind.__name__} expected, but the call returned {found!r}")


def run(check, instance):
    """Runs one check; says whether it held."""
    module = check.__module__.rsplit(".", 1)[-1]
    name = check.__name__ if module == "__main__" else f"{module}.{check.__name__}"
    start = time.monotonic()
    try:
        coroutine = inspect.iscoroutinefunction(check)
        seen = asyncio.run(check(instance)) if coroutine else check(instance)
    except Exception as error:
        print(f"FAIL   {name}: {error}\n{traceback.format_exc(limit=-3, chain=False)}")
        return False
    print(f"ok     {name}: {seen} ({time.monotonic() - start:.2f} s)")
    return True


def run_all(package, checks, instance):
    """Runs all checks, prints a summary, and ends the script: with 1 if one failed, or if there was none."""
    faulthandler.dump_traceback_later(DEADLINE_SECONDS, exit=True)
    print(f"{package} {importlib.metadata.version(package)} against {instance.https}")
    failed = sum(not run(check, instance) for check in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed or not checks else 0)
