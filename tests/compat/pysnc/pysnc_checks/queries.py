"""Query operators, groups, order, joins and related lists.

Where an operator's meaning can be said in Python, the rows that the instance picks must be those that Python picks
from all rows.
"""

from pysnc_checks import PROBLEM_ADMIN, ids, same, true

FIELDS = ["sys_id", "number", "priority", "state", "short_description", "assigned_to"]


def all_incidents(client):
    """All incidents as dictionaries of stored values."""
    record = client.GlideRecord("incident", batch_size=1000)
    record.fields = list(FIELDS)
    record.query()
    return record.serialize_all()


def picked(client, *condition):
    """The ids of the incidents that one condition picks."""
    record = client.GlideRecord("incident", batch_size=1000)
    record.fields = "sys_id"
    record.add_query(*condition)
    record.query()
    return sorted(ids(record))


def operators_agree_with_python(instance):
    client = instance.client()
    rows = all_incidents(client)
    true("incidents to choose from", len(rows) > 20)
    number = sorted(row["number"] for row in rows)[len(rows) // 2]
    word = rows[0]["short_description"].split()[0]
    lower = {row["sys_id"]: row["short_description"].lower() for row in rows}

    def text(row):
        return lower[row["sys_id"]]

    cases = [
        (("number", number), lambda row: row["number"] == number),
        (("number", number.lower()), lambda row: row["number"] == number),
        (("number", "!=", number), lambda row: row["number"] != number),
        (("number", ">", number), lambda row: row["number"] > number),
        (("number", ">=", number), lambda row: row["number"] >= number),
        (("number", "<", number), lambda row: row["number"] < number),
        (("number", "<=", number), lambda row: row["number"] <= number),
        (("priority", ">", "2"), lambda row: int(row["priority"]) > 2),
        (("priority", "<=", "3"), lambda row: int(row["priority"]) <= 3),
        (("priority", "IN", "1,3"), lambda row: row["priority"] in ("1", "3")),
        (("priority", "NOT IN", "1,3"), lambda row: row["priority"] not in ("1", "3")),
        (("number", "ENDSWITH", number[-2:]), lambda row: row["number"].endswith(number[-2:])),
        (("short_description", "STARTSWITH", word), lambda row: text(row).startswith(word.lower())),
        (("short_description", "CONTAINS", word), lambda row: word.lower() in text(row)),
        (("short_description", "LIKE", word.upper()), lambda row: word.lower() in text(row)),
        (
            ("short_description", "DOES NOT CONTAIN", word),
            lambda row: text(row) and word.lower() not in text(row),
        ),
        (("sys_class_name", "INSTANCEOF", "task"), lambda row: True),
    ]
    for condition, holds in cases:
        expected = sorted(row["sys_id"] for row in rows if holds(row))
        same(" ".join(condition), picked(client, *condition), expected)
    return f"{len(cases)} conditions over {len(rows)} incidents"


def empty_and_not_empty_share_all_rows(instance):
    client = instance.client()
    rows = all_incidents(client)
    empty = client.GlideRecord("incident", batch_size=1000)
    empty.add_null_query("assigned_to")
    empty.query()
    filled = client.GlideRecord("incident", batch_size=1000)
    filled.add_not_null_query("assigned_to")
    filled.query()
    same("empty", sorted(ids(empty)), sorted(row["sys_id"] for row in rows if not row["assigned_to"]))
    same("filled", sorted(ids(filled)), sorted(row["sys_id"] for row in rows if row["assigned_to"]))
    return f"{len(empty)} empty, {len(filled)} filled"


def or_binds_tighter_than_and(instance):
    client = instance.client()
    rows = all_incidents(client)
    record = client.GlideRecord("incident", batch_size=1000)
    condition = record.add_query("priority", "1")
    condition.add_or_condition("priority", "4")
    record.add_query("state", "!=", "7")
    record.query()
    expected = sorted(row["sys_id"] for row in rows if row["priority"] in ("1", "4") and row["state"] != "7")
    same(record.get_encoded_query(), sorted(ids(record)), expected)
    return f"{record.get_encoded_query()}: {len(expected)}"


def active_is_a_condition_like_any(instance):
    client = instance.client()
    record = client.GlideRecord("incident", batch_size=1000)
    record.add_active_query()
    record.query()
    true("only active ones", all(row.get_value("active") == "true" for row in record))
    return f"{len(record)} active"


def order_both_ways(instance):
    client = instance.client()
    orders = []
    for order in ("order_by", "order_by_desc"):
        record = client.GlideRecord("incident", batch_size=17)
        record.fields = "number"
        getattr(record, order)("number")
        record.query()
        orders.append([row.get_value("number") for row in record])
    same("ascending", orders[0], sorted(orders[0]))
    same("descending", orders[1], orders[0][::-1])
    return f"{orders[0][0]} to {orders[0][-1]}"


def encoded_query_with_an_end_marker(instance):
    client = instance.client()
    record = client.GlideRecord("incident", batch_size=1000)
    record.add_encoded_query("priority=3^EQ")
    record.query()
    same("rows", sorted(ids(record)), picked(client, "priority", "3"))
    return f"{len(record)} rows"


def dot_walked_condition(instance):
    client = instance.client()
    record = client.GlideRecord("sys_user", batch_size=500)
    record.fields = ["sys_id", "department.name"]
    record.add_query("department.name", "Finance")
    record.query()
    true("somebody is in Finance", len(record) > 0)
    true("nobody else", all(row.get_value("department.name") == "Finance" for row in record))
    return f"{len(record)} users in Finance"


def unknown_fields_are_ignored(instance):
    client = instance.client()
    everything = client.GlideRecord("problem")
    everything.query()
    record = client.GlideRecord("problem")
    record.add_query("no_such_field", "asdf")
    record.query()
    same("rows", sorted(ids(record)), sorted(ids(everything)))
    return f"all {len(record)} problems"


def join(instance):
    client = instance.client()
    groups = client.GlideRecord("sys_user_group", batch_size=500)
    groups.add_query("active", "true")
    groups.add_not_null_query("manager")
    groups.query()
    managers = sorted({row.get_value("manager") for row in groups})
    record = client.GlideRecord("sys_user", batch_size=500)
    record.add_join_query("sys_user_group", join_table_field="manager").add_query("active", "true")
    record.query()
    same(record.get_encoded_query(), sorted(ids(record)), managers)
    true("somebody manages a group", len(managers) > 0)
    return f"{record.get_encoded_query()}: {len(managers)}"


def related_list(instance):
    client = instance.client()
    record = client.GlideRecord("sys_user_group", batch_size=500)
    roles = record.add_rl_query("sys_group_has_role", "group", ">0", True)
    roles.add_query("role.name", "LIKE", "admin")
    record.query()
    true("3 to 7 groups hold an admin role", 3 <= len(ids(record)) <= 7)

    users = client.GlideRecord("sys_user", batch_size=500)
    roles = users.add_rl_query("sys_user_has_role", "user", ">0", True)
    roles.add_query("role.name", "admin")
    users.query()
    true("11 to 24 users hold admin", 11 <= len(ids(users)) <= 24)
    return f"{len(record)} groups, {len(users)} users"


def people_of_the_demo_data(instance):
    client = instance.client()
    phones = client.GlideRecord("sys_user", batch_size=500)
    phones.add_not_null_query("mobile_phone")
    phones.query()
    true("fewer than 20 users have a mobile phone", len(ids(phones)) < 20)
    nameless = client.GlideRecord("sys_user", batch_size=500)
    nameless.add_null_query("name")
    nameless.query()
    true("some users have no name", len(ids(nameless)) > 0)
    manager = client.GlideRecord("sys_user")
    true("problem.admin is found", manager.get(PROBLEM_ADMIN))
    same("its user name", manager.get_value("user_name"), "problem.admin")
    return f"{len(phones)} with a phone, {len(nameless)} without a name"


CHECKS = [
    operators_agree_with_python,
    empty_and_not_empty_share_all_rows,
    or_binds_tighter_than_and,
    active_is_a_condition_like_any,
    order_both_ways,
    encoded_query_with_an_end_marker,
    dot_walked_condition,
    unknown_fields_are_ignored,
    join,
    related_list,
    people_of_the_demo_data,
]
