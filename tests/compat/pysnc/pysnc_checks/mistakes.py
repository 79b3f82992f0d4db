"""Rows of docs/pysnc-parity.md that are marked BUG, a sample: that PySNC does so is what the table rests on."""

import json

from pysnc.query import Query

from pysnc_checks import ADMIN, ids, inserted, raises, same, true


def conditions_that_go_wrong(instance):
    record = instance.client().GlideRecord("incident")
    record.add_query("reassignment_count", ">", 0)
    same("E1: 0 is no value", record.get_encoded_query(), "reassignment_count=>^ORDERBYsys_id")
    encoded = instance.client().GlideRecord("incident")
    encoded.add_encoded_query("a=1")
    encoded.add_encoded_query("b=2")
    same("E5: the second replaces", encoded.get_encoded_query(), "b=2^ORDERBYsys_id")
    joined = instance.client().GlideRecord("sys_user")
    joined.add_join_query("sys_user_group", join_table_field="manager")
    joined.add_rl_query("sys_user_has_role", "user", ">0")
    same("E9: the first alone", joined.get_encoded_query(), "JOINsys_user.sys_id=sys_user_group.manager!")
    return "E1, E5, E9"


def cursors_that_go_wrong(instance):
    client = instance.client()
    own = Query("sys_user")
    own.add_query("department.name", "Finance")
    record = client.GlideRecord("sys_user", batch_size=5)
    record.fields = "sys_id"
    record.query(own)
    matching = len(record)
    true("F2: the query is lost on page 2", len(ids(record)) > matching)

    twice = client.GlideRecord("problem")
    twice.query()
    twice.query()
    same("F3: every row twice", len(ids(twice)), 2 * len(twice))

    again = client.GlideRecord("sys_user")
    true("admin is found", again.get("user_name", "admin"))
    same(
        "F7: both conditions",
        (again.get("user_name", "itil"), again.get_value("user_name")),
        (False, "admin"),
    )

    edge = client.GlideRecord("sys_user", batch_size=2)
    edge.query()
    true("two rows", edge.next() and edge.next())
    same("F9: there is more", (edge.has_next(), edge.next()), (False, True))

    broken = client.GlideRecord("sys_user", batch_size=5)
    broken.query()
    for _ in broken:
        break
    true("F11: a record in place of True", broken.next() is broken)
    return "F2, F3, F7, F9, F11"


def records_that_go_wrong(instance):
    with inserted(instance, "problem", short_description="Mistakes") as record:
        same("F17: it is stored", record.is_new_record(), True)
        popped = record.pop_record()
        same("F18: nothing was changed", popped.changes(), True)
    user = instance.client().GlideRecord("sys_user")
    user.fields = "sys_id,user_name"
    true("admin is found", user.get(ADMIN))
    user.set_value("title", "Director")
    same("G6: it will not be sent", (user.changes(), user.serialize(changes_only=True)), (False, {}))
    raises("G7", TypeError, lambda: user.set_display_value("email", "x"))
    none = instance.client().GlideRecord("problem")
    none.add_query("sys_id", "ab" * 16)
    none.query()
    raises("G21, no rows", TypeError, none.to_pandas)
    return "F17, F18, G6, G7, G21"


def elements_that_go_wrong(instance):
    record = instance.client().GlideRecord("incident")
    true("it is found", record.get("number", "INC0000060"))
    same("H14", json.loads(json.dumps(record.state)), "{'display_value': 'Closed', 'value': '7'}")
    user = instance.client().GlideRecord("sys_user")
    user.fields = ["sys_id", "department", "department.description"]
    true("admin is found", user.get(ADMIN))
    same("it is empty", user.get_value("department.description"), "")
    raises("H15: an empty one", AttributeError, lambda: user.department.description)
    return "H14, H15"


CHECKS = [
    conditions_that_go_wrong,
    cursors_that_go_wrong,
    records_that_go_wrong,
    elements_that_go_wrong,
]
