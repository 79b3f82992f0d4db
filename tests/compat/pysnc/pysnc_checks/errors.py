"""Refusals: PySNC chooses its exception by status, and shows the instance's own texts."""

import re

import pysnc
from pysnc import AuthenticationException, RequestException

from pysnc_checks import raises, same


def wrong_password(instance):
    record = instance.client(password="wrong").GlideRecord("incident")
    error = raises("a wrong password", AuthenticationException, record.query)
    text = str(error).lower()
    same("'not authenticated' is said", "not authenticated" in text, True)
    same("what is missing is said", "required to provide auth information" in text, True)
    return error.args[0]["error"]


def wrong_password_on_a_write(instance):
    record = instance.client(password="wrong").GlideRecord("incident")
    record.initialize()
    error = raises("a wrong password", AuthenticationException, record.insert)
    return error.args[0]["error"]["message"]


def unknown_table(instance):
    record = instance.client().GlideRecord("no_such_table")
    error = raises("an unknown table", RequestException, record.query)
    same("'Invalid table' is said", "Invalid table" in str(error), True)
    return error.args[0]["error"]["message"]


def long_table_name(instance):
    record = instance.client().GlideRecord("a" * 8_000)
    error = raises("a table name of 8,000 letters", RequestException, record.query)
    same("it is answered as an unknown table", "Invalid table" in str(error), True)
    return "Invalid table"


def too_long_a_url(instance):
    record = instance.client().GlideRecord("a" * 23_000)
    error = raises("a table name of 23,000 letters", RequestException, record.query)
    first_line = str(error).splitlines()[0]
    same("a page of HTML comes back", re.match(r"^<.*html>.*", first_line) is not None, True)
    return first_line


def other_certificate_authorities_are_refused(instance):
    client = pysnc.ServiceNowClient(instance.url, (instance.username, instance.password), auto_retry=False)
    error = raises("an unknown authority", Exception, client.GlideRecord("incident").query)
    same("the reason", "CERTIFICATE_VERIFY_FAILED" in str(error), True)
    return type(error).__name__


CHECKS = [
    wrong_password,
    wrong_password_on_a_write,
    unknown_table,
    long_table_name,
    too_long_a_url,
    other_certificate_authorities_are_refused,
]
