"""Drives the embedded instance with the asyncio half of PySNC, unmodified from PyPI, over HTTPS.

Some of its calls open a client of their own whatever the first one's `verify` was, so it trusts the authority in
SSL_CERT_FILE. Where it is mistaken in itself, whatever the instance, the check says so: those are rows M of
docs/pysnc-parity.md.
"""

import asyncio
import hashlib
import logging
import tempfile
import warnings
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from pysnc import AuthenticationException, NotFoundException, RequestException
from pysnc.asyncio import (
    AsyncServiceNowClient,
    AsyncServiceNowClientCredentialsFlow,
    AsyncServiceNowPasswordGrantFlow,
)

import checks
from checks import raises, raises_async, same, true

ADMIN = "6816f79cc0a8016401c5a33be04be441"
FINANCE = "a581ab703710200044e0bfc8bcbe5de8"


@asynccontextmanager
async def connected(instance, auth=None):
    client = AsyncServiceNowClient(instance.https, auth or (instance.username, instance.password))
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def inserted(client, **values):
    """A new problem that is deleted at the end, whatever happens, unless the check has deleted it."""
    record = await client.GlideRecord("problem")
    record.initialize()
    for field, value in values.items():
        record.set_value(field, value)
    true("a sys_id comes back", await record.insert() is not None)
    sys_id = record.get_value("sys_id")
    try:
        yield record
    finally:
        left = await client.GlideRecord("problem")
        if await left.get(sys_id):
            await left.delete()


async def ids(record):
    return [row.get_value("sys_id") async for row in record]


async def get(instance):
    async with connected(instance) as client:
        record = await client.GlideRecord("sys_user")
        record.fields = ["sys_id", "user_name", "department", "department.name"]
        true("admin is found", await record.get(ADMIN))
        same(
            "department",
            (record.get_value("department"), record.get_display_value("department")),
            (FINANCE, "Finance"),
        )
        same("dot-walked", record.get_value("department.name"), "Finance")
        by_name = await client.GlideRecord("sys_user")
        true("by name", await by_name.get("user_name", "admin"))
        same("sys_id", by_name.get_value("sys_id"), ADMIN)
        same("a missing one", await (await client.GlideRecord("problem")).get("ab" * 16), False)
        return record.get_value("user_name")


async def every_row_once_at_each_page_size(instance):
    async with connected(instance) as client:
        found = {}
        for size in (7, 16, 1_000):
            record = await client.GlideRecord("sys_user", batch_size=size)
            record.fields = "sys_id"
            await record.query()
            found[size] = await ids(record)
        true("more than a page of 100", len(found[7]) > 100)
        same("in pages of 7", found[7], found[1_000])
        same("in pages of 16", found[16], found[1_000])
        same("rows without a twin", len(set(found[7])), len(found[7]))
        limited = await client.GlideRecord("sys_user", batch_size=3)
        limited.limit = 7
        await limited.query()
        same("under a limit", await ids(limited), found[7][:7])
        return f"{len(found[7])} users"


async def conditions_joins_and_related_lists(instance):
    async with connected(instance) as client:
        everything = await client.GlideRecord("incident", batch_size=1_000)
        everything.fields = ["sys_id", "priority", "active"]
        await everything.query()
        rows = await everything.serialize_all()
        wanted = [row["sys_id"] for row in rows if row["priority"] in "24" and row["active"] == "true"]
        either = await client.GlideRecord("incident", batch_size=1_000)
        either.add_query("priority", "2").add_or_condition("priority", "4")
        either.add_active_query()
        await either.query()
        true("some, not all", 0 < len(wanted) < len(rows))
        same("OR binds tighter than AND", await ids(either), wanted)

        groups = await client.GlideRecord("sys_user_group", batch_size=500)
        groups.add_not_null_query("manager")
        groups.add_active_query()
        await groups.query()
        managers = sorted({row.get_value("manager") async for row in groups})
        joined = await client.GlideRecord("sys_user", batch_size=500)
        joined.add_join_query("sys_user_group", join_table_field="manager").add_query("active", "true")
        await joined.query()
        same("a join", sorted(await ids(joined)), managers)

        related = await client.GlideRecord("sys_user", batch_size=500)
        related.add_rl_query("sys_user_has_role", "user", ">0", True).add_query("role.name", "admin")
        await related.query()
        holders = await client.GlideRecord("sys_user_has_role", batch_size=500)
        holders.add_query("role.name", "admin")
        await holders.query()
        expected = sorted({row.get_value("user") async for row in holders})
        same("a related list", sorted(await ids(related)), expected)
        return f"{len(wanted)} incidents, {len(managers)} managers, {len(expected)} administrators"


async def write_and_delete(instance):
    async with (
        connected(instance) as client,
        inserted(client, short_description="Async", impact="1", urgency="1") as record,
    ):
        same("opened_by", record.get_display_value("opened_by"), "System Administrator")
        same("priority", record.get_display_value("priority"), "1 - Critical")
        record.short_description = "Async, changed"
        same("update", str(await record.update()), record.get_value("sys_id"))
        again = await client.GlideRecord("problem")
        true("it is found", await again.get(record.get_value("sys_id")))
        same("short_description", again.get_value("short_description"), "Async, changed")
        same("sys_mod_count", again.get_value("sys_mod_count"), "1")
        same("delete", await record.delete(), True)
        await raises_async("the second delete", NotFoundException, record.delete())
        return again.get_value("number")


async def many_at_once(instance):
    async with connected(instance) as client:

        async def one(number):
            async with inserted(client, short_description=f"At once {number}") as record:
                return record.get_value("number")

        numbers = await asyncio.gather(*(one(number) for number in range(20)))
        same("numbers without a twin", len(set(numbers)), 20)
        return f"{min(numbers)} to {max(numbers)}"


async def attachments(instance):
    content = bytes(range(256)) * 400
    async with connected(instance) as client, inserted(client, short_description="Files") as record:
        link = await record.add_attachment("async é.bin", content, "application/x-async")
        sys_id = link.rsplit("/", 2)[1]
        same("link", link, f"{instance.https}/api/now/v1/attachment/{sys_id}/file")
        await record.add_attachment("lines.txt", "one\ntwo", "text/plain")
        listed = await record.get_attachments()
        same("names", sorted([each.file_name async for each in listed]), ["async é.bin", "lines.txt"])
        same("count", len(listed), 2)

        attachment = await client.Attachment("problem")
        true("it is found", await attachment.get(sys_id))
        same("size", attachment.size_bytes.get_value(), str(len(content)))
        same("hash", attachment.hash.get_value(), hashlib.sha256(content).hexdigest())
        true("read", await attachment.read() == content)
        with await attachment.as_temp_file() as file:
            true("as_temp_file", file.read() == content)
        with tempfile.TemporaryDirectory() as folder:
            path = await attachment.write_to(folder)
            same("path", path, Path(folder) / "async é.bin")
            true("write_to", path.read_bytes() == content)
        await attachment.delete()
        same("gone", await attachment.get(sys_id), False)
        left = await record.get_attachments()
        same("lines", [await each.readlines() async for each in left], [["one", "two"]])
        return f"{len(content)} bytes"


async def many_updates_and_deletes(instance):
    async with connected(instance) as client:
        for number in range(12):
            record = await client.GlideRecord("problem")
            record.initialize()
            record.short_description = f"Async batch {number:02}"
            await record.insert()

        async def matching():
            found = await client.GlideRecord("problem", batch_size=5)
            found.add_query("short_description", "STARTSWITH", "Async batch")
            found.order_by("short_description")
            await found.query()
            return found

        record = await matching()
        async for row in record:
            row.impact = "1"
        answers = []
        await record.update_multiple(answers.append)
        same("answers", [answer.status_code for answer in answers], [200] * 12)
        # Row M9: it sends its parameters as Python writes bytes, so that display values are not asked for.
        shapes = {type(answer.json()["result"]["sys_id"]) for answer in answers}
        same("sys_ids are plain", shapes, {str})
        same("impacts", {row.get_value("impact") async for row in await matching()}, {"1"})
        same("delete_multiple", await (await matching()).delete_multiple(), True)
        same("left", len(await matching()), 0)
        return f"{len(answers)} updates and deletes"


async def long_queries_lose_their_conditions(instance):
    """Row M9 again: beyond 10,000 characters the whole table comes, as from any instance."""
    async with connected(instance) as client:
        everything = await client.GlideRecord("problem", batch_size=1_000)
        await everything.query()
        long = await client.GlideRecord("problem", batch_size=1_000)
        long.add_query("sys_id", "IN", ",".join(["ab" * 16] * 320))
        true("longer than a URL may be", len(long.get_encoded_query()) > 10_000)
        await long.query()
        same("rows", len(long), len(everything))
        return f"{len(long)} rows in place of none"


async def serialized(instance):
    async with connected(instance) as client:
        record = await client.GlideRecord("sys_user")
        record.fields = ["sys_id", "department"]
        record.add_query("sys_id", ADMIN)
        await record.query()
        same("values", await record.serialize_all(), [{"sys_id": ADMIN, "department": FINANCE}])
        same(
            "shown",
            await record.serialize_all(display_value=True),
            [{"sys_id": ADMIN, "department": "Finance"}],
        )
        columns = await record.to_pandas()
        expected = {"sys_id": [ADMIN], "department__value": [FINANCE], "department__display": ["Finance"]}
        same("to_pandas", columns, expected)
        raises("a plain for", TypeError, lambda: list(record))
        return sorted(columns)


async def errors(instance):
    async with connected(instance) as client:
        unknown = await client.GlideRecord("no_such_table")
        error = await raises_async("an unknown table", RequestException, unknown.query())
        same("message", error.args[0]["error"]["message"], "Invalid table no_such_table")
    async with connected(instance, (instance.username, "wrong")) as client:
        record = await client.GlideRecord("problem")
        error = await raises_async("a wrong password", AuthenticationException, record.query())
        expected = {"message": "User Not Authenticated", "detail": "Required to provide Auth information"}
        same("message", error.args[0]["error"], expected)
        return expected["message"]


async def who_am_i(client):
    record = await client.GlideRecord("sys_user")
    record.add_query("sys_id", "javascript:gs.getUserID()")
    await record.query()
    true("the caller is found", await record.next())
    return record.get_value("user_name")


async def client_credentials(instance):
    """Row M10: within a running loop the flow is called by hand, and what it gives is the client's session."""
    flow = AsyncServiceNowClientCredentialsFlow(instance.client_id, instance.client_secret)
    async with connected(instance, await flow.authenticate(instance.https)) as client:
        same("the client stands for", await who_am_i(client), "admin")
        async with inserted(client, short_description="By credentials") as record:
            same("sys_created_by", record.get_value("sys_created_by"), "admin")
    wrong = AsyncServiceNowClientCredentialsFlow(instance.client_id, "wrong")
    error = await raises_async("a wrong secret", AuthenticationException, wrong.authenticate(instance.https))
    same("message", str(error), "Failed to obtain access token: 401 Unauthorized - access_denied")
    return str(error)


async def password_grant(instance):
    """Row M11: its token is in the session's headers, which plain calls do not send. An httpx auth sends it."""

    def flow(password):
        return AsyncServiceNowPasswordGrantFlow("itil", password, instance.client_id, instance.client_secret)

    session = await flow("itil").authenticate(instance.https)
    async with connected(instance, session) as client:
        await raises_async("without the token", AuthenticationException, who_am_i(client))
        token = session.headers["Authorization"]

        def signed(request):
            request.headers["Authorization"] = token
            return request

        session.auth = signed
        same("the token is good", await who_am_i(client), "itil")
    error = await raises_async(
        "a wrong password", AuthenticationException, flow("wrong").authenticate(instance.https)
    )
    same("description", error.args[0]["error_description"], "access_denied")
    return error.args[0]


async def api_key_and_certificate(instance):
    def signed(request):
        request.headers["x-sn-apikey"] = instance.api_key
        return request

    async with connected(instance, httpx.AsyncClient(auth=signed, base_url=instance.https)) as client:
        same("the key stands for", await who_am_i(client), "itil")
    client = AsyncServiceNowClient(instance.https, None, cert=instance.certificate)
    try:
        same("the certificate stands for", await who_am_i(client), "itil")
    finally:
        await client.close()
    return "itil"


CHECKS = [
    get,
    every_row_once_at_each_page_size,
    conditions_joins_and_related_lists,
    write_and_delete,
    many_at_once,
    attachments,
    many_updates_and_deletes,
    long_queries_lose_their_conditions,
    serialized,
    errors,
    client_credentials,
    password_grant,
    api_key_and_certificate,
]

if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")  # it uses what httpx deprecates
    checks.run_all("pysnc", CHECKS, checks.Instance())
