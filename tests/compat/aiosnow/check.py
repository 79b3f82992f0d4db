"""Drives the embedded instance with aiosnow, unmodified from PyPI, over HTTPS, and over HTTP where it says so.

It has no option for an authority of one's own: it trusts the one in SSL_CERT_FILE.
"""

import datetime
import logging
import tempfile
import warnings
from contextlib import asynccontextmanager
from pathlib import Path

warnings.simplefilter("ignore")  # it uses what marshmallow 3 deprecates

from aiosnow import Client, select
from aiosnow.exceptions import DeleteError, NoItems, RequestError, TooManyItems
from aiosnow.models import ModelSchema, TableModel, fields
from aiosnow.models.table.declared import IncidentModel, JournalModel

import checks
from checks import raises_async, same, true


class Caller(ModelSchema):
    sys_id = fields.String(is_primary=True)
    name = fields.String()
    user_name = fields.String()


class Incident(TableModel):
    """A schema of one's own, with a reference that is followed."""

    sys_id = fields.String(is_primary=True)
    number = fields.String()
    short_description = fields.String()
    priority = fields.IntegerMap()
    state = fields.IntegerMap()
    active = fields.Boolean()
    reassignment_count = fields.Integer()
    opened_at = fields.DateTime()
    caller_id = Caller


class User(TableModel):
    sys_id = fields.String(is_primary=True)
    user_name = fields.String()
    name = fields.String()
    department = fields.String(pluck="display_value")


def connected(instance, **options):
    arguments = {"basic_auth": (instance.username, instance.password), **options}
    return Client(instance.https.split("://")[1], **arguments)


def opened(instance, model=IncidentModel, table="incident", **options):
    return model(connected(instance, **options), table_name=table)


@asynccontextmanager
async def created(model, **values):
    """A new record that is deleted at the end, whatever happens, unless the check has deleted it."""
    record = await model.create(values)
    try:
        yield record
    finally:
        if len(await model.get(select(f"sys_id={record['sys_id']}"))):
            await model.delete(record["sys_id"])


async def one(instance):
    async with opened(instance, User, "sys_user") as users:
        admin = await users.get_one(User.user_name == "admin")
        found = (admin["sys_id"], admin["name"], admin["department"])
        same("admin", found, ("6816f79cc0a8016401c5a33be04be441", "System Administrator", "Finance"))
        same("headers", admin.headers["X-Total-Count"], "1")
        await raises_async("none", NoItems, users.get_one(User.user_name == "nobody.at.all"))
        await raises_async("more than one", TooManyItems, users.get_one(User.name.is_populated()))
        return admin["name"]


async def values_have_types(instance):
    async with opened(instance) as incidents:
        closed = await incidents.get_one(IncidentModel.number == "INC0000060")
        found = (closed["state"].key, closed["state"].value, closed["active"], closed["reassignment_count"])
        same("state, active", found[:3], (7, "Closed", False))
        same("opened", closed["opened_at"], datetime.datetime(2016, 12, 12, 15, 19, 57))
        same("priority", closed["priority"].value, "3 - Moderate")
        return found


async def references_are_followed(instance):
    async with opened(instance, Incident) as incidents:
        found = await incidents.get(Incident.caller_id.user_name == "david.loo", limit=5)
        true("some", len(found) > 0)
        same("callers", {row["caller_id"]["name"] for row in found}, {"David Loo"})
        return f"{len(found)} of David Loo"


async def streams_in_pages(instance):
    async with opened(instance, Incident) as incidents:
        whole = [row["number"] for row in await incidents.get(select().order_asc(Incident.number))]
        same("in order", whole, sorted(whole))
        for size in (16, 100, 1_000):
            query = select().order_asc(Incident.number)
            paged = [row["number"] async for _, row in incidents.stream(query, page_size=size)]
            same(f"in pages of {size}", paged, whole)
        descending = [
            row["number"] for row in await incidents.get(select().order_desc(Incident.number), limit=10)
        ]
        same("descending", descending, whole[::-1][:10])
        return f"{len(whole)} rows"


async def conditions(instance):
    async with opened(instance, Incident) as incidents:
        rows = list(await incidents.get())
        moments = sorted(row["opened_at"] for row in rows)
        early, late = moments[len(rows) // 4], moments[3 * len(rows) // 4]
        word = rows[0]["short_description"].split()[0]

        def has(row):
            return word.lower() in row["short_description"].lower()

        table = Incident
        cases = [
            (table.priority == 3, lambda row: row["priority"].key == 3),
            (table.priority != 3, lambda row: row["priority"].key != 3),
            (table.priority.in_list([1, 4]), lambda row: row["priority"].key in (1, 4)),
            (table.priority.not_in_list([1, 4]), lambda row: row["priority"].key not in (1, 4)),
            (table.priority.between(2, 4), lambda row: 2 <= row["priority"].key <= 4),
            (table.reassignment_count > 0, lambda row: row["reassignment_count"] > 0),
            (table.reassignment_count <= 1, lambda row: row["reassignment_count"] <= 1),
            (table.active.is_true(), lambda row: row["active"]),
            (table.active.is_falsy(), lambda row: not row["active"]),
            (
                table.short_description.starts_with(word),
                lambda row: row["short_description"].startswith(word),
            ),
            (table.short_description.contains(word), has),
            (table.short_description.not_contains(word), lambda row: not has(row)),
            (table.opened_at.after(str(early)), lambda row: row["opened_at"] > early),
            (table.opened_at.until(str(late)), lambda row: row["opened_at"] <= late),
            (table.opened_at.between(str(early), str(late)), lambda row: early <= row["opened_at"] <= late),
            ((table.priority == 1) | (table.priority == 4), lambda row: row["priority"].key in (1, 4)),
            (
                (table.priority == 3) & (table.active.is_true()),
                lambda row: row["priority"].key == 3 and row["active"],
            ),
            (
                (table.priority == 1) ^ (table.state == 2),
                lambda row: row["priority"].key == 1 or row["state"].key == 2,
            ),
        ]
        for query, holds in cases:
            expected = sorted(row["number"] for row in rows if holds(row))
            text = query.serialize_registry()
            same(text, sorted(row["number"] for row in await incidents.get(query)), expected)
        return f"{len(cases)} conditions over {len(rows)} incidents"


async def create_update_delete(instance):
    async with opened(instance) as incidents:
        async with created(incidents, short_description="aiosnow", impact=1, urgency=2) as record:
            same("priority", (record["priority"].key, record["priority"].value), (2, "2 - High"))
            changed = await incidents.update(record["sys_id"], {"urgency": 3})
            same("by id", (changed["priority"].key, changed["sys_mod_count"]), (3, 1))
            query = IncidentModel.number == record["number"]
            changed = await incidents.update(query, {"short_description": "Changed"})
            same("by a condition", changed["short_description"], "Changed")
            same("delete", (await incidents.delete(query)).status, 204)
            error = await raises_async("the second delete", RequestError, incidents.delete(record["sys_id"]))
            true("it says why", "Record doesn't exist or ACL restricts the record retrieval" in error.message)
            await raises_async("by a condition", DeleteError, incidents.delete(query))
            return record["number"]


async def attachments(instance):
    content = bytes(range(256)) * 300
    async with opened(instance) as incidents:
        async with created(incidents, short_description="Files") as record:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "aiosnow.txt"
                path.write_bytes(content)
                uploaded = await incidents.upload_file(record["sys_id"], str(path))
                found = (
                    uploaded["file_name"],
                    uploaded["table_sys_id"],
                    uploaded["size_bytes"],
                    uploaded["content_type"],
                )
                same("uploaded", found, ("aiosnow.txt", record["sys_id"], len(content), "text/plain"))
                query = select(f"table_sys_id={record['sys_id']}")
                same(
                    "listed",
                    [each["file_name"] for each in await incidents.get_attachments(query)],
                    ["aiosnow.txt"],
                )
                file = await incidents.download_file(query, str(Path(folder) / "down"))
                true("downloaded", Path(file.file_path).read_bytes() == content)
                same("read one", (await incidents.get_attachment(query))["sys_id"], uploaded["sys_id"])
            await incidents._attachment.delete(uploaded["sys_id"])
            same("deleted", len(await incidents.get_attachments(query)), 0)
            return uploaded["download_link"]


async def journal(instance):
    async with opened(instance) as incidents, opened(instance, JournalModel, "sys_journal_field") as entries:
        async with created(incidents, short_description="Journal") as record:
            for text in ("first", "second"):
                await incidents.update(record["sys_id"], {"work_notes": text})
            query = select(f"element_id={record['sys_id']}")
            found = sorted((each["element"], each["value"]) for each in await entries.get(query))
            same("entries", found, [("work_notes", "first"), ("work_notes", "second")])
            return found


async def over_http(instance):
    client = Client(
        instance.http.split("://")[1], basic_auth=(instance.username, instance.password), use_ssl=False
    )
    async with User(client, table_name="sys_user") as users:
        admin = await users.get_one(User.user_name == "admin")
        same("scheme", str(admin.url.origin()), instance.http)
        return admin["name"]


async def errors(instance):
    async with opened(instance, basic_auth=(instance.username, "wrong")) as incidents:
        error = await raises_async("a wrong password", RequestError, incidents.get())
        text = "User Not Authenticated: Required to provide Auth information"
        same("message", (error.status, error.message), (401, text))
    async with opened(instance, table="no_such_table") as incidents:
        error = await raises_async("an unknown table", RequestError, incidents.get())
        same("message", (error.status, error.message), (400, "Invalid table no_such_table"))
    async with opened(instance) as incidents:
        error = await raises_async("closing without a code", RequestError, close_at_once(incidents))
        same("status", error.status, 403)
        return error.message


async def close_at_once(incidents):
    async with created(incidents, short_description="Closed too early") as record:
        return await incidents.update(record["sys_id"], {"state": 7})


CHECKS = [
    one,
    values_have_types,
    references_are_followed,
    streams_in_pages,
    conditions,
    create_update_delete,
    attachments,
    journal,
    over_http,
    errors,
]

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    checks.run_all("aiosnow", CHECKS, checks.Instance())
