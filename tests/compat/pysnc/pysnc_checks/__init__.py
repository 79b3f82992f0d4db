"""What PySNC must find: each check takes where to connect, fails by an exception, and returns what it saw."""

from contextlib import contextmanager

from checks import raises, same, true

__all__ = ["ADMIN", "FINANCE", "PROBLEM_ADMIN", "ids", "inserted", "raises", "same", "true"]

# Rows that every ServiceNow instance with demo data has, under these very ids.
ADMIN = "6816f79cc0a8016401c5a33be04be441"
PROBLEM_ADMIN = "26fbff173b331300ad3cc9bb34efc4bd"
FINANCE = "a581ab703710200044e0bfc8bcbe5de8"


def ids(record):
    """The sys_ids of a query's rows in the order they came, all pages read."""
    return [row.get_value("sys_id") for row in record]


@contextmanager
def inserted(instance, table, **values):
    """A new record that is deleted at the end, whatever happens, unless the check has deleted it."""
    record = instance.client().GlideRecord(table)
    record.initialize()
    for field, value in values.items():
        record.set_value(field, value)
    true("a sys_id comes back", record.insert() is not None)
    sys_id = record.get_value("sys_id")
    try:
        yield record
    finally:
        left = instance.client().GlideRecord(table)
        if left.get(sys_id):
            left.delete()
