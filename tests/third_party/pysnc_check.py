#!/usr/bin/env python3
"""Drives the embedded instance with PySNC, ServiceNow's own Python client, unmodified from PyPI, over HTTPS.

    pysnc_check.py --instance https://127.0.0.1:8443 --ca ca.pem --username admin --password …

Prints each check with what it saw, and exits with 1 if one failed. Records that a check makes it also deletes.
"""

import argparse
import importlib.metadata
import logging
import os
import sys
import time
import traceback

import pysnc

from pysnc_checks import errors, queries, reads, writes


class Instance:
    """Where to connect: checks that need other credentials than the given ones make their own client."""

    def __init__(self, arguments):
        self.url = arguments.instance.rstrip("/")
        self.ca = arguments.ca
        self.username = arguments.username
        self.password = arguments.password

    def client(self, password=None):
        credentials = (self.username, password or self.password)
        return pysnc.ServiceNowClient(self.url, credentials, verify=self.ca)


def run(check, instance):
    """Runs one check; says whether it held."""
    name = f"{check.__module__.rsplit('.', 1)[-1]}.{check.__name__}"
    start = time.monotonic()
    try:
        seen = check(instance)
    except Exception:
        print(f"FAILED {name}\n{traceback.format_exc()}")
        return False
    print(f"ok     {name}: {seen} ({time.monotonic() - start:.2f} s)")
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--instance", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--username", required=True)
    parser.add_argument("--password", required=True)
    instance = Instance(parser.parse_args())

    # PySNC lets these win over its own `verify`.
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(variable, None)
    logging.disable(logging.CRITICAL)  # urllib3 tells of each retry; a failed check tells more
    print(f"PySNC {importlib.metadata.version('pysnc')} against {instance.url}")
    checks = [check for module in (reads, queries, writes, errors) for check in module.CHECKS]
    failed = sum(not run(check, instance) for check in checks)
    print(f"{len(checks) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
