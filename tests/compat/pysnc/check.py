"""Drives the embedded instance with PySNC, ServiceNow's own Python client, unmodified from PyPI, over HTTPS."""

import logging
import os

import pysnc

import checks
from pysnc_checks import (
    attachments,
    batches,
    errors,
    faults,
    mistakes,
    parity,
    queries,
    reads,
    sign_in,
    writes,
)


class Instance(checks.Instance):
    """PySNC insists on HTTPS. Checks that need other credentials than the given ones make their own client."""

    @property
    def url(self):
        return self.https

    def client(self, password=None):
        credentials = (self.username, password or self.password)
        return pysnc.ServiceNowClient(self.url, credentials, verify=self.ca)


if __name__ == "__main__":
    # PySNC lets these win over its own `verify`.
    for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        os.environ.pop(variable, None)
    logging.disable(logging.CRITICAL)  # urllib3 tells of each retry; a failed check tells more
    modules = (reads, queries, writes, attachments, batches, sign_in, errors, faults, parity, mistakes)
    checks.run_all("pysnc", [check for module in modules for check in module.CHECKS], Instance())
