"""Drives the embedded instance with pysnow, unmodified from PyPI, over HTTPS, and over HTTP where it says so."""

import datetime
import hashlib
import os
import tempfile
import warnings
from contextlib import contextmanager
from pathlib import Path

warnings.simplefilter("ignore")  # it deprecates half of itself

import pysnow
import pytz
import requests
from pysnow.criterion import Table
from pysnow.enums import DateTimeOn
from pysnow.exceptions import MultipleResults, NoResults, TokenCreateError
from pysnow.legacy_exceptions import UnexpectedResponse

import checks
from checks import raises, same, true

ADMIN = "6816f79cc0a8016401c5a33be04be441"
# The zone of the instance's users, in which date functions are meant.
ZONE = pytz.timezone("US/Pacific")


def connected(instance, **options):
    host = instance.https.split("://")[1]
    arguments = {"host": host, "user": instance.username, "password": instance.password, **options}
    return pysnow.Client(**arguments)


def incidents(instance):
    return connected(instance).resource(api_path="/table/incident")


@contextmanager
def created(resource, **values):
    """A new record that is deleted at the end, whatever happens, unless the check has deleted it."""
    record = resource.create(payload=values).one()
    try:
        yield record
    finally:
        if resource.get(query={"sys_id": record["sys_id"]}).one_or_none():
            resource.delete(query={"sys_id": record["sys_id"]})


def all_rows(instance, *fields):
    return incidents(instance).get(query={}, fields=["sys_id", *fields]).all()


def one_and_many(instance):
    users = connected(instance).resource(api_path="/table/sys_user")
    admin = users.get(query={"user_name": "admin"}).one()
    same("sys_id", admin["sys_id"], ADMIN)
    link = f"{instance.https}/api/now/table/cmn_department/{admin['department']['value']}"
    same("a reference", admin["department"]["link"], link)
    same("by index", users.get(query={"user_name": "admin"})["name"], "System Administrator")
    same("none", users.get(query={"user_name": "nobody.at.all"}).one_or_none(), None)
    raises("none", NoResults, users.get(query={"user_name": "nobody.at.all"}).one)
    raises("more than one", MultipleResults, users.get(query={}, limit=2).one)
    return users.get_record_link(ADMIN)


def pages_in_order(instance):
    resource = incidents(instance)
    query = pysnow.QueryBuilder().field("number").order_descending()
    whole = [row["number"] for row in resource.get(query=query, fields=["number"]).all()]
    same("descending", whole, sorted(whole, reverse=True))
    paged = []
    while page := resource.get(query=query, fields=["number"], limit=17, offset=len(paged)).all():
        paged += [row["number"] for row in page]
    same("in pages of 17", paged, whole)
    response = resource.get(query=query, fields=["number"], limit=17)
    same("X-Total-Count", response.headers["X-Total-Count"], str(len(whole)))
    quiet = resource.get(query=query, limit=17, suppress_pagination_header=True)
    same("Link", ("Link" in response.headers, "Link" in quiet.headers), (True, False))
    return f"{len(whole)} rows"


def streams(instance):
    resource = incidents(instance)
    expected = all_rows(instance, "number")
    response = resource.get(query={}, fields=["sys_id", "number"], stream=True)
    same("rows", list(response.all()), expected)
    same("count", response.count, len(expected))
    first = resource.get(query="ORDERBYnumber", fields=["number"], stream=True).first()
    same("first", first["number"], min(row["number"] for row in expected))
    none = resource.get(query={"number": "INC0"}, stream=True)
    same("first of none", none.first_or_none(), None)
    single = connected(instance).resource(api_path=f"/table/sys_user/{ADMIN}").get(query={}, stream=True)
    same("a single record", single.first()["user_name"], "admin")
    return f"{len(expected)} rows"


def display_values(instance):
    resource = incidents(instance)
    row = all_rows(instance)[0]
    shapes = {}
    for mode in (False, True, "all"):
        found = resource.get(
            query={"sys_id": row["sys_id"]}, fields=["state", "caller_id"], display_value=mode
        )
        shapes[mode] = (type(found["state"]).__name__, sorted(found["caller_id"]))
    expected = {
        False: ("str", ["link", "value"]),
        True: ("str", ["display_value", "link"]),
        "all": ("dict", ["display_value", "link", "value"]),
    }
    same("shapes", shapes, expected)
    plain = resource.get(
        query={"sys_id": row["sys_id"]},
        fields=["caller_id"],
        display_value=False,
        exclude_reference_link=True,
    )
    true("a plain sys_id", len(plain["caller_id"]) == 32)
    return shapes


def query_builder(instance):
    rows = all_rows(
        instance, "priority", "state", "short_description", "opened_at", "assigned_to", "reassignment_count"
    )
    word = rows[0]["short_description"].split()[0]

    def builder():
        return pysnow.QueryBuilder()

    def opened(row):
        return datetime.datetime.strptime(row["opened_at"], "%Y-%m-%d %H:%M:%S")

    def local(row):
        return pytz.utc.localize(opened(row)).astimezone(ZONE).replace(tzinfo=None)

    moments = sorted(opened(row) for row in rows)
    early, late = moments[len(rows) // 4], moments[3 * len(rows) // 4]
    text = [row["short_description"].lower() for row in rows]
    cases = [
        (builder().field("priority").equals("3"), lambda row: row["priority"] == "3"),
        (builder().field("priority").equals(["1", "4"]), lambda row: row["priority"] in "14"),
        (builder().field("priority").not_equals("3"), lambda row: row["priority"] != "3"),
        (builder().field("priority").not_equals(["1", "4"]), lambda row: row["priority"] not in "14"),
        (
            builder().field("short_description").starts_with(word),
            lambda row: row["short_description"].startswith(word),
        ),
        (
            builder().field("short_description").ends_with(text[0][-4:]),
            lambda row: row["short_description"].lower().endswith(text[0][-4:]),
        ),
        (
            builder().field("short_description").contains(word),
            lambda row: word.lower() in row["short_description"].lower(),
        ),
        (
            builder().field("short_description").not_contains(word),
            lambda row: word.lower() not in row["short_description"].lower(),
        ),
        (builder().field("assigned_to").is_empty(), lambda row: not row["assigned_to"]),
        (builder().field("assigned_to").is_not_empty(), lambda row: row["assigned_to"]),
        (
            builder().field("reassignment_count").greater_than(0),
            lambda row: int(row["reassignment_count"]) > 0,
        ),
        (
            builder().field("reassignment_count").less_than_or_equal(1),
            lambda row: int(row["reassignment_count"]) <= 1,
        ),
        (builder().field("priority").between(2, 4), lambda row: 2 <= int(row["priority"]) <= 4),
        (builder().field("opened_at").greater_than(early), lambda row: opened(row) > early),
        (builder().field("opened_at").greater_than_or_equal(early), lambda row: opened(row) >= early),
        (builder().field("opened_at").less_than(pytz.utc.localize(late)), lambda row: opened(row) < late),
        (builder().field("opened_at").between(early, late), lambda row: early <= local(row) <= late),
        (
            builder()
            .field("priority")
            .equals("1")
            .OR()
            .field("priority")
            .equals("4")
            .AND()
            .field("state")
            .not_equals("7"),
            lambda row: row["priority"] in "14" and row["state"] != "7",
        ),
        (
            builder().field("priority").equals("1").NQ().field("state").equals("2"),
            lambda row: row["priority"] == "1" or row["state"] == "2",
        ),
    ]
    for query, holds in cases:
        expected = sorted(row["sys_id"] for row in rows if holds(row))
        found = sorted(row["sys_id"] for row in incidents(instance).get(query=query, fields=["sys_id"]).all())
        same(str(query), found, expected)
    return f"{len(cases)} queries over {len(rows)} incidents"


def criteria(instance):
    rows = all_rows(instance, "priority", "state", "opened_at", "short_description")
    incident = Table("incident")

    def local(row):
        stored = datetime.datetime.strptime(row["opened_at"], "%Y-%m-%d %H:%M:%S")
        return pytz.utc.localize(stored).astimezone(ZONE).replace(tzinfo=None)

    days = sorted(local(row) for row in rows)
    day = days[len(days) // 2]
    cases = [
        (incident.priority.is_in(["1", "2"]), lambda row: row["priority"] in "12"),
        (
            (incident.priority == 3) & (incident.state != 7),
            lambda row: row["priority"] == "3" and row["state"] != "7",
        ),
        (incident.opened_at > day, lambda row: local(row) > day),
        (incident.opened_at.between(days[5], day), lambda row: days[5] <= local(row) <= day),
        (incident.opened_at.on(day), lambda row: local(row).date() == day.date()),
        (incident.opened_at.not_on(day), lambda row: local(row).date() != day.date()),
        (incident.short_description.is_empty(), lambda row: not row["short_description"]),
    ]
    for query, holds in cases:
        expected = sorted(row["sys_id"] for row in rows if holds(row))
        found = sorted(row["sys_id"] for row in incidents(instance).get(query=query, fields=["sys_id"]).all())
        same(str(query), found, expected)
    return f"{len(cases)} criteria"


# Spans that what is made just now is not in.
PAST_AND_FUTURE = {
    "yesterday",
    "tomorrow",
    "last_week",
    "next_week",
    "last_month",
    "next_month",
    "last_quarter",
    "next_quarter",
    "last_yesr",
    "next_year",
}


def spans_of_time(instance):
    """Each span that its enumeration has, as the date functions of the instance understand it."""
    resource = incidents(instance)
    created_on = Table("incident").sys_created_on

    def ids(query):
        return {row["sys_id"] for row in resource.get(query=query, fields=["sys_id"]).all()}

    with created(resource, short_description="Just now") as record:
        everything = ids({})
        for span in DateTimeOn:
            inside, outside = ids(created_on.on(span)), ids(created_on.not_on(span))
            same(f"{span.name} and the rest", (inside | outside, inside & outside), (everything, set()))
            # A minute or an hour may be over by now.
            if span.name not in ("this_minute", "last_minute", "this_hour", "last_hour"):
                same(f"just now in {span.name}", record["sys_id"] in inside, span.name not in PAST_AND_FUTURE)
    return f"{len(DateTimeOn)} spans"


def create_update_delete(instance):
    resource = incidents(instance)
    with created(
        resource, short_description="pysnow", impact="1", urgency="2", bunk_field="ignored"
    ) as record:
        same("priority", record["priority"], "2")
        true("an unknown field is dropped", "bunk_field" not in record)
        same("opened_by", record["opened_by"]["value"], ADMIN)
        updated = resource.update(query={"number": record["number"]}, payload={"urgency": "3"})
        same("updated", (updated["urgency"], updated["priority"], updated["sys_mod_count"]), ("3", "3", "1"))
        again = resource.get(query={"sys_id": record["sys_id"]})
        same("through a response", again.update({"state": "2"})["state"], "2")
        same(
            "delete", resource.get(query={"sys_id": record["sys_id"]}).delete(), {"status": "record deleted"}
        )
        raises("the second delete", NoResults, lambda: resource.delete(query={"sys_id": record["sys_id"]}))
        return record["number"]


def attachments(instance):
    resource = incidents(instance)
    content = bytes(range(256)) * 300
    with created(resource, short_description="Files") as record, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pysnow.txt"
        path.write_bytes(content)
        uploaded = resource.attachments.upload(sys_id=record["sys_id"], file_path=str(path)).one()
        found = {
            name: uploaded[name] for name in ("file_name", "table_name", "table_sys_id", "size_bytes", "hash")
        }
        expected = {
            "file_name": "pysnow.txt",
            "table_name": "incident",
            "table_sys_id": record["sys_id"],
            "size_bytes": str(len(content)),
            "hash": hashlib.sha256(content).hexdigest(),
        }
        same("uploaded", found, expected)
        resource.attachments.upload(sys_id=record["sys_id"], file_path=str(path), name="other.txt")
        names = sorted(each["file_name"] for each in resource.attachments.get(sys_id=record["sys_id"]))
        same("names", names, ["other.txt", "pysnow.txt"])
        same("of the table", len(resource.attachments.get(limit=1)), 1)
        download = requests.get(
            uploaded["download_link"], auth=(instance.username, instance.password), timeout=10
        )
        true("content", download.content == content)
        same("delete", resource.attachments.delete(uploaded["sys_id"]), {"status": "record deleted"})
        left = [each["file_name"] for each in resource.attachments.get(sys_id=record["sys_id"])]
        same("left", left, ["other.txt"])
        return uploaded["download_link"]


def custom_requests(instance):
    client = connected(instance)
    stats = client.resource(api_path="/stats/incident")
    stats.parameters.add_custom({"sysparm_count": "true", "sysparm_group_by": "priority"})
    groups = stats.get(query={}).all()
    counted = {group["groupby_fields"][0]["value"]: int(group["stats"]["count"]) for group in groups}
    rows = all_rows(instance, "priority")
    expected = {}
    for row in rows:
        expected[row["priority"]] = expected.get(row["priority"], 0) + 1
    same("counts by priority", counted, expected)
    response = client.resource(api_path="/table/incident").request("GET", path_append=rows[0]["sys_id"])
    same("a path of one's own", response["sys_id"], rows[0]["sys_id"])
    return counted


def errors(instance):
    wrong = connected(instance, password="wrong").resource(api_path="/table/incident")
    error = raises("a wrong password", requests.HTTPError, wrong.get(query={}).all)
    same("status", error.response.status_code, 401)
    detail = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}
    same("message", error.response.json()["error"], detail)
    unknown = connected(instance).resource(api_path="/table/no_such_table")
    error = raises("an unknown table", requests.HTTPError, unknown.get(query={}).all)
    same(
        "message",
        (error.response.status_code, error.response.json()["error"]["message"]),
        (400, "Invalid table no_such_table"),
    )
    missing = connected(instance).resource(api_path="/table/incident/" + "ab" * 16)
    error = raises("a missing record", requests.HTTPError, missing.get(query={}).all)
    same(
        "message",
        (error.response.status_code, error.response.json()["error"]["message"]),
        (404, "No Record found"),
    )
    return detail


def over_http(instance):
    client = connected(instance, host=instance.http.split("://")[1], use_ssl=False)
    admin = client.resource(api_path="/table/sys_user").get(query={"sys_id": ADMIN}).one()
    link = f"{instance.http}/api/now/table/cmn_department/{admin['department']['value']}"
    same("links lead back", admin["department"]["link"], link)
    return link


def oauth(instance):
    arguments = {"host": instance.https.split("://")[1], "client_id": instance.client_id}
    client = pysnow.OAuthClient(client_secret=instance.client_secret, **arguments)
    client.set_token(client.generate_token("itil", "itil"))
    query = {"sys_id": "javascript:gs.getUserID()"}
    same("who am I", client.resource(api_path="/table/sys_user").get(query=query)["user_name"], "itil")

    renewed = []
    expired = pysnow.OAuthClient(
        client_secret=instance.client_secret, token_updater=renewed.append, **arguments
    )
    expired.set_token({**client.token, "expires_at": 1})
    same(
        "an expired token", expired.resource(api_path="/table/sys_user").get(query=query)["user_name"], "itil"
    )
    same("is renewed once", len(renewed), 1)

    error = raises("a wrong password", TokenCreateError, lambda: client.generate_token("itil", "wrong"))
    same("description", error.description, "access_denied")
    stranger = pysnow.OAuthClient(client_secret="wrong", **arguments)
    error = raises("a wrong secret", TokenCreateError, lambda: stranger.generate_token("itil", "itil"))
    return error.description


def legacy_interface(instance):
    client = connected(instance)
    numbers = [
        row["number"] for row in client.query(table="incident", query={}).get_multiple(order_by=["number"])
    ]
    same("in order", numbers, sorted(numbers))
    same("count", client.query(table="incident", query={}).count, len(numbers))

    paging = connected(instance, request_params={"sysparm_limit": 33})
    paged = paging.query(table="incident", query={}).get_multiple(order_by=["-number"])
    same("by following links", [row["number"] for row in paged], numbers[::-1])

    record = client.insert(table="incident", payload={"short_description": "Legacy", "urgency": "1"})
    request = client.query(table="incident", query={"number": record["number"]})
    same("get_one", request.get_one()["sys_id"], record["sys_id"])
    same("update", request.update({"short_description": "Changed"})["short_description"], "Changed")
    copy = request.clone(reset_fields=["sys_id", "number"])
    same("a clone", (copy["short_description"], copy["number"] != record["number"]), ("Changed", True))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "legacy.txt"
        path.write_text("as a form")
        attached = request.attach(str(path))
    same("attached as a form", (attached["file_name"], attached["size_bytes"]), ("legacy.txt", "9"))
    for each in (record, copy):
        same(
            "delete",
            client.query(table="incident", query={"sys_id": each["sys_id"]}).delete(),
            {"success": True},
        )
    error = raises("an unknown table", UnexpectedResponse, lambda: client.insert(table="no_such", payload={}))
    same("summary", error.error_summary, "Invalid table no_such")
    return f"{len(numbers)} rows"


CHECKS = [
    one_and_many,
    pages_in_order,
    streams,
    display_values,
    query_builder,
    criteria,
    spans_of_time,
    create_update_delete,
    attachments,
    custom_requests,
    errors,
    over_http,
    oauth,
    legacy_interface,
]

if __name__ == "__main__":
    instance = checks.Instance()
    os.environ["REQUESTS_CA_BUNDLE"] = instance.ca  # it uses requests, and has no option of its own
    checks.run_all("pysnow", CHECKS, instance)
