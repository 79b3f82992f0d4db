"""Single records, pages, fields, display values, and the forms PySNC gives rows out in."""

import datetime

from pysnc_checks import ADMIN, FINANCE, ids, same, true


def get_by_sys_id(instance):
    record = instance.client().GlideRecord("sys_user")
    true("admin is found", record.get(ADMIN))
    same("user_name", record.get_value("user_name"), "admin")
    same("display value of the name", record.get_display_value("name"), "System Administrator")
    same("unique name", record.get_unique_name(), ADMIN)
    same("rows", len(record), 1)
    return f"{len(record.fields)} fields"


def get_by_name_and_value(instance):
    record = instance.client().GlideRecord("sys_user")
    true("admin is found", record.get("user_name", "admin"))
    same("sys_id", record.get_value("sys_id"), ADMIN)
    return record.get_encoded_query()


def get_of_a_missing_record_is_false(instance):
    record = instance.client().GlideRecord("problem")
    same("get", record.get("ab" * 16), False)
    return "False"


def dot_walked_fields(instance):
    record = instance.client().GlideRecord("sys_user")
    wanted = ["sys_id", "department", "department.name", "department.dept_head", "department.dept_head.email"]
    record.fields = list(wanted)
    true("admin is found", record.get(ADMIN))
    same("fields, in the order asked for", list(record.serialize()), wanted)
    same("department", record.get_value("department"), FINANCE)
    same("shown department", record.get_display_value("department"), "Finance")
    same("department.name", record.get_value("department.name"), "Finance")
    email = record.department.dept_head.email.get_value()
    same("department.dept_head.email", email, "natasha.ingram@example.com")
    return email


def fields_keep_their_order(instance):
    record = instance.client().GlideRecord("problem")
    record.fields = ["sys_id", "short_description", "state"]
    record.query()
    true("a problem is found", record.next())
    same("fields", list(record.serialize()), ["sys_id", "short_description", "state"])
    return record.fields


def every_row_once_at_each_page_size(instance):
    client = instance.client()
    whole = client.GlideRecord("sys_user", batch_size=10_000)
    whole.fields = "sys_id"
    whole.query()
    expected = ids(whole)
    same("rows that arrived", len(expected), len(whole))
    same("rows without a twin", len(set(expected)), len(expected))
    for size in (7, 16, 100):
        record = client.GlideRecord("sys_user", batch_size=size)
        record.fields = "sys_id"
        record.query()
        same(f"rows in pages of {size}", ids(record), expected)
    return f"{len(expected)} users in pages of 7, 16 and 100"


def limit_over_pages(instance):
    record = instance.client().GlideRecord("sys_user", batch_size=3)
    record.fields = "sys_id"
    record.limit = 7
    record.query()
    rows = ids(record)
    same("rows without a twin", len(set(rows)), 7)
    same("rows", len(rows), 7)
    true("the count is of all matches, not of the limit", len(record) > 7)
    return f"7 of {len(record)} rows, 3 a page"


def rewind_gives_the_same_rows(instance):
    record = instance.client().GlideRecord("problem", batch_size=4)
    record.query()
    first = ids(record)
    same("rows of the second walk", ids(record), first)
    true("at least 9 problems", len(first) >= 9)
    return f"{len(first)} problems"


def large_tables_are_there(instance):
    client = instance.client()
    counts = {}
    for table, least in (("syslog", 600), ("sys_metadata", 500)):
        record = client.GlideRecord(table, batch_size=500)
        record.fields = "sys_id"
        record.query()
        counts[table] = len(ids(record))
        true(f"more than {least} rows in {table}", counts[table] > least)
    return counts


def display_modes(instance):
    client = instance.client()
    shown = {}
    for mode in ("all", True, False):
        record = client.GlideRecord("sys_user")
        record.display_value = mode
        record.fields = "department"
        true("admin is found", record.get(ADMIN))
        shown[mode] = record.serialize(display_value=mode is True)["department"]
    same("departments", shown, {"all": FINANCE, True: "Finance", False: FINANCE})
    return shown


def times_are_shown_in_the_users_zone(instance):
    record = instance.client().GlideRecord("problem")
    record.query()
    true("a problem is found", record.next())
    created = record.sys_created_on
    true("shown in another zone than UTC", created.get_value() != created.get_display_value())
    true("read as a time", isinstance(created.date_value(), datetime.datetime))
    return f"{created.get_value()} is shown as {created.get_display_value()}"


def choices_have_labels(instance):
    record = instance.client().GlideRecord("problem")
    record.query()
    true("a problem is found", record.next())
    true("the state is a number", record.get_value("state").lstrip("-").isdigit())
    true("its label is not", not record.get_display_value("state").lstrip("-").isdigit())
    return f"{record.get_value('state')} is {record.get_display_value('state')}"


def passwords_are_masked(instance):
    record = instance.client().GlideRecord("sys_user")
    record.fields = "user_password"
    true("admin is found", record.get(ADMIN))
    same("shown password", record.get_display_value("user_password"), "********")
    return "********"


def links_name_the_listener_in_use(instance):
    record = instance.client().GlideRecord("sys_user")
    record.exclude_reference_link = False
    record.fields = "department"
    true("admin is found", record.get(ADMIN))
    link = record.department.get_link()
    same("link", link, f"{instance.url}/api/now/table/cmn_department/{FINANCE}")
    return link


def a_session_cookie_is_kept(instance):
    client = instance.client()
    true("admin is found", client.GlideRecord("sys_user").get(ADMIN))
    true("a cookie was set", len(client.session.cookies) > 0)
    true("admin is found with it", client.GlideRecord("sys_user").get(ADMIN))
    return sorted(cookie.name for cookie in client.session.cookies)


def serialized_forms(instance):
    record = instance.client().GlideRecord("sys_user")
    record.fields = ["sys_id", "user_name", "department"]
    record.add_query("sys_id", ADMIN)
    record.query()
    value = {"sys_id": ADMIN, "user_name": "admin", "department": FINANCE}
    same("all rows", record.serialize_all(), [value])
    shown = dict(value, department="Finance")
    same("all rows as shown", record.serialize_all(display_value=True), [shown])
    both = record.serialize_all(display_value="both")[0]["department"]
    same("both forms", both, {"value": FINANCE, "display_value": "Finance"})
    return both


def pandas_columns(instance):
    record = instance.client().GlideRecord("sys_user")
    record.fields = ["sys_id", "department"]
    record.add_query("sys_id", ADMIN)
    record.query()
    expected = {"sys_id": [ADMIN], "department__value": [FINANCE], "department__display": ["Finance"]}
    same("columns that differ are doubled", dict(record.to_pandas()), expected)
    same("values only", dict(record.to_pandas(mode="value")), {"sys_id": [ADMIN], "department": [FINANCE]})
    return sorted(expected)


CHECKS = [
    get_by_sys_id,
    get_by_name_and_value,
    get_of_a_missing_record_is_false,
    dot_walked_fields,
    fields_keep_their_order,
    every_row_once_at_each_page_size,
    limit_over_pages,
    rewind_gives_the_same_rows,
    large_tables_are_there,
    display_modes,
    times_are_shown_in_the_users_zone,
    choices_have_labels,
    passwords_are_masked,
    links_name_the_listener_in_use,
    a_session_cookie_is_kept,
    serialized_forms,
    pandas_columns,
]
