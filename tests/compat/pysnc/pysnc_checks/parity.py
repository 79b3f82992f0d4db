"""Rows of docs/pysnc-parity.md on PySNC itself: a sample of those not marked BUG. Each check names its rows."""

import datetime
import time

import pysnc
from pysnc import AuthenticationException, InstanceException, NoRecordException
from pysnc.query import BaseCondition, JoinQuery, Query, RLQuery

from pysnc_checks import ADMIN, FINANCE, inserted, raises, same, true


def b1_b8_b9_how_an_instance_is_named(instance):
    name = pysnc.utils.get_instance
    same("a name", name("dev12345"), "https://dev12345.service-now.com")
    same("a URL loses its last slash", name("https://host:1/"), "https://host:1")
    raises("http", InstanceException, lambda: name("http://host"))
    raises("a dot without a scheme", InstanceException, lambda: name("host.example.com"))
    pair = (instance.username, instance.password)
    client = pysnc.ServiceNowClient
    both = raises("auth and cert", AuthenticationException, lambda: client("dev12345", pair, cert="x.pem"))
    true("B8", "both auth and cert" in str(both))
    neither = raises("no auth", AuthenticationException, lambda: client("dev12345"))
    true("B9", "No valid authentication" in str(neither))
    raises("three credentials", AuthenticationException, lambda: client("dev12345", (1, 2, 3)))
    return "B1, B3, B8, B9"


def b10_b14_b18_what_a_client_has(instance):
    client = pysnc.ServiceNowClient("dev12345", ("a", "b"), proxy="http://127.0.0.1:1")
    same("B10", client.session.proxies, {"http": "http://127.0.0.1:1", "https": "http://127.0.0.1:1"})
    same("B14", instance.client().instance, instance.url)
    guess = pysnc.ServiceNowClient.guess_is_sys_id
    same("B18", [guess(ADMIN), guess("admin"), guess("z" * 32)], [True, False, True])
    same("B16", (client.GlideRecord("x").batch_size, pysnc.GlideRecord(client, "x").batch_size), (100, 500))
    return "B10, B14, B16, B18"


def d_settings(instance):
    record = instance.client().GlideRecord("problem")
    raises("D2", AttributeError, lambda: setattr(record, "table", "other"))
    same("D3", record.fields, None)
    record.fields = "a,b"
    same("D3", record.fields, ["a", "b"])
    raises("D8", AssertionError, lambda: setattr(record, "display_value", "some"))
    raises("D7", AssertionError, lambda: setattr(record, "location", 5))
    record.order_by("a")
    record.order_by_desc("b")
    same("D10, the last call wins", record.get_encoded_query(), "ORDERBYDESCb")
    record.order_by(None)
    same("D10, none is sys_id", record.get_encoded_query(), "ORDERBYsys_id")
    return "D2, D3, D7, D8, D10"


def e_conditions(instance):
    record = instance.client().GlideRecord("incident")
    record.add_query("a", "1").add_or_condition("b", ">", "2")
    record.add_active_query()
    record.add_null_query("c")
    record.add_not_null_query("d")
    record.add_encoded_query("e=5^ORf=6")
    same(
        "E1, E3, E4, E8",
        record.get_encoded_query(),
        "a=1^ORb>2^active=true^cISEMPTY^dISNOTEMPTY^e=5^ORf=6^ORDERBYsys_id",
    )
    other = instance.client().GlideRecord("incident")
    other.add_query("a", True)
    same("E2", other.get_encoded_query(), "a=True^ORDERBYsys_id")
    return record.get_encoded_query()


def f_cursor(instance):
    client = instance.client()
    record = client.GlideRecord("sys_user", batch_size=5)
    record.fields = "sys_id,user_name"
    same("F14, before", len(record), 0)
    same("F1", record.query(), None)
    true("F14", len(record) == record.get_row_count() and bool(record))
    same("F8", (record.location, record.next(), record.location), (-1, True, 0))
    first = record.get_value("sys_id")
    same("F8", record.next(), True)
    record.rewind()
    same("F12", (record.location, record.next(), record.get_value("sys_id")), (-1, True, first))
    rows = list(record)
    true("F10: one object again and again", all(row is record for row in rows) and len(rows) == len(record))
    record.initialize()
    same("F16", (record.location, len(record), record.is_new_record()), (0, 1, True))

    own = Query("sys_user")
    own.add_query("user_name", "admin")
    asked = client.GlideRecord("sys_user")
    asked.query(own)
    same("F1, a query of one's own", [row.get_value("sys_id") for row in asked], [ADMIN])
    raises("F1", AssertionError, lambda: asked.query("user_name=admin"))

    once = client.GlideRecord("sys_user", batch_size=5, rewindable=False)
    once.query()
    true("it has two rows", once.next() and once.next())
    raises("F12", Exception, once.rewind)
    raises("F4", RuntimeError, once.query)

    same(
        "F6",
        (client.GlideRecord("sys_user").get(ADMIN), client.GlideRecord("sys_user").get("ab" * 16)),
        (True, False),
    )
    return f"{len(rows)} rows"


def g_fields(instance):
    record = instance.client().GlideRecord("sys_user")
    raises("G3", NoRecordException, lambda: record.get_value("name"))
    raises("G4", NoRecordException, lambda: record.get_element("name"))
    record.fields = ["sys_id", "user_name", "department"]
    true("admin is found", record.get(ADMIN))
    same("G1", (record.user_name.get_value(), record.no_such_field), ("admin", None))
    same("G3", (record.get_value("department"), record.get_display_value("department")), (FINANCE, "Finance"))
    same("G3, unknown", (record.get_value("x"), record.get_element("x")), (None, None))
    same("G8", ("user_name" in record, "x" in record), (True, False))
    same("G9", record.changes(), False)
    record.user_name = "other"
    same("G2, G5, G9", (record.get_value("user_name"), record.changes()), ("other", True))
    record.user_name = "admin"
    same("G9, back again", record.changes(), True)
    same("G11", record.get_unique_name(), ADMIN)
    raises("G10", AssertionError, lambda: record.set_new_guid_value("short"))
    same("G22", record.get_link(no_stack=True), f"{instance.url}/sys_user.do?sys_id={ADMIN}")
    true("G23", record.get_link_list().startswith(f"{instance.url}/sys_user_list.do?sysparm_query="))
    return record.get_link()


def g_update_keeps_the_display_value(instance):
    with inserted(instance, "problem", short_description="Parity", impact="3") as record:
        record.set_value("impact", "1")
        same("before", record.get_display_value("impact"), "1")
        same("G13", str(record.update()), record.get_value("sys_id"))
        same("the row is the answer", record.get_display_value("impact"), "1 - High")
        true("G13, all fields", len(record.fields) > 40)
        same("G13, nothing changed", str(record.update()), record.get_value("sys_id"))
        same("sys_mod_count", record.get_value("sys_mod_count"), "1")
        return record.get_display_value("impact")


def g18_g20_serialized(instance):
    record = instance.client().GlideRecord("sys_user")
    same("G18, no row", record.serialize(), None)
    record.fields = ["sys_id", "user_name", "department"]
    record.exclude_reference_link = False
    true("admin is found", record.get(ADMIN))
    link = f"{instance.url}/api/now/table/cmn_department/{FINANCE}"
    same("G18", record.serialize()["department"], FINANCE)
    same("G18, display", record.serialize(display_value=True)["department"], "Finance")
    both = {"value": FINANCE, "display_value": "Finance", "link": link}
    same("G18, both", record.serialize(display_value="both")["department"], both)
    value = {"value": FINANCE, "link": link}
    same("G18, with links", record.serialize(exclude_reference_link=False)["department"], value)
    same("G18, some fields", record.serialize(fields=["user_name"]), {"user_name": "admin"})
    same("G18, no change", record.serialize(changes_only=True), {})
    record.user_name = "other"
    same("G18, a change", record.serialize(changes_only=True), {"user_name": "other"})
    return both


def h_elements(instance):
    with inserted(instance, "incident", short_description="Element", urgency="1", impact="1") as record:
        state = record.get_element("state")
        same("H2", (state.get_name(), state.get_value(), state.get_display_value()), ("state", "1", "New"))
        same("H2, no link", state.get_link(), None)
        same("H7", state.serialize(), {"value": "1", "display_value": "New"})
        same("H13", (state == "1", state != "2", int(state), state > "0"), (True, True, 1, True))
        same("H6", (record.get_element("parent").nil(), record.get_element("active").nil()), (True, False))
        same(
            "H12", (bool(record.get_element("active")), bool(record.get_element("knowledge"))), (True, False)
        )
        created = record.get_element("sys_created_on")
        age = datetime.datetime.now(datetime.timezone.utc) - created.date_value()
        true("H8: made just now, in UTC", abs(age) < datetime.timedelta(minutes=5))
        same("H9", created.date_numeric_value(), int(created.date_value().timestamp() * 1000))
        raises("H8, empty", ValueError, record.get_element("closed_at").date_value)
        due = record.get_element("due_date")
        due.set_date_numeric_value(1_700_000_000_000)
        same("H9", (due.get_value(), due.changes()), ("2023-11-14 22:13:20", True))
        same(
            "H3",
            (state.set_value("2"), state.get_value(), state.get_display_value(), state.changes()),
            (None, "2", "2", True),
        )
        return f"made {age.seconds} s ago"


def i_query_classes(instance):
    del instance
    query = Query("incident")
    query.add_query("a", "1").add_or_condition("b", "2")
    same("I1, I2, I3", query.generate_query(order_by="ORDERBYc"), "a=1^ORb=2^ORDERBYc")
    raises("I4", Exception, BaseCondition("a", "=", "1").generate)
    join = JoinQuery("sys_user", "sys_user_group", join_table_field="manager")
    join.add_query("active", "true")
    same("I5", join.generate_query(), "JOINsys_user.sys_id=sys_user_group.manager!active=true")
    related = RLQuery("problem", "incident", "problem_id", ">=1", False)
    related.add_query("priority", "1")
    same("I6", related.generate_query(), "RLQUERYincident.problem_id,>=1^priority=1^ENDRLQUERY")
    return related.generate_query()


def b12_only_reads_are_tried_again(instance):
    """Nobody listens there: PySNC tries reads and writes again while the connection is refused."""
    client = pysnc.ServiceNowClient(
        "https://127.0.0.1:1", (instance.username, instance.password), auto_retry=False
    )
    start = time.monotonic()
    raises("L5", Exception, client.GlideRecord("incident").query)
    true("without auto_retry it fails at once", time.monotonic() - start < 1)
    adapter = instance.client().session.get_adapter(instance.url)
    retry = adapter.max_retries
    same(
        "B12",
        (retry.total, retry.backoff_factor, sorted(retry.status_forcelist)),
        (4, 0.2, [429, 500, 502, 503]),
    )
    true(
        "B12",
        not retry.is_retry("POST", 503) and not retry.is_retry("PATCH", 503) and retry.is_retry("GET", 503),
    )
    return sorted(retry.allowed_methods)


CHECKS = [
    b1_b8_b9_how_an_instance_is_named,
    b10_b14_b18_what_a_client_has,
    b12_only_reads_are_tried_again,
    d_settings,
    e_conditions,
    f_cursor,
    g_fields,
    g_update_keeps_the_display_value,
    g18_g20_serialized,
    h_elements,
    i_query_classes,
]
