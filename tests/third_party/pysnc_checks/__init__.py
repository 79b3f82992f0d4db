"""What PySNC must find: each check takes where to connect, fails by an exception, and returns what it saw."""

# Rows that every ServiceNow instance with demo data has, under these very ids.
ADMIN = "6816f79cc0a8016401c5a33be04be441"
PROBLEM_ADMIN = "26fbff173b331300ad3cc9bb34efc4bd"
FINANCE = "a581ab703710200044e0bfc8bcbe5de8"


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


def ids(record):
    """The sys_ids of a query's rows in the order they came, all pages read."""
    return [row.get_value("sys_id") for row in record]
