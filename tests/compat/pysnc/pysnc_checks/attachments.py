"""Attachments: up as text, bytes and a file, listed, down in every way, deleted alone and with their record."""

import hashlib
import tempfile
from pathlib import Path

from pysnc_checks import inserted, raises, same, true

TEXT = "first line\nsecond line: déjà vu\n"
# More than a chunk of any size, and nothing that text survives by chance.
BINARY = bytes(range(256)) * 1_000


def added(record, name, content, content_type=None):
    """Attaches content to a record; returns the new attachment's sys_id, which its link ends in."""
    link = record.add_attachment(name, content, content_type)
    sys_id, file = link.rsplit("/", 2)[1:]
    same("the link's end", file, "file")
    return sys_id


def read_again(instance, table, sys_id):
    attachment = instance.client().Attachment(table)
    true("the attachment is found", attachment.get(sys_id))
    return attachment


def the_location_is_the_link(instance):
    with inserted(instance, "problem", short_description="Link") as record:
        link = record.add_attachment("link.txt", TEXT, "text/plain")
        sys_id = link.rsplit("/", 2)[1]
        same("link", link, f"{instance.url}/api/now/v1/attachment/{sys_id}/file")
        same("get_link", read_again(instance, "problem", sys_id).get_link(), link)
        return link


def what_is_told_of_a_file(instance):
    with inserted(instance, "problem", short_description="Told") as record:
        sys_id = added(record, "told é.bin", BINARY, "application/x-told")
        attachment = read_again(instance, "problem", sys_id)
        found = {
            name: getattr(attachment, name).get_value()
            for name in (
                "file_name",
                "content_type",
                "size_bytes",
                "table_name",
                "table_sys_id",
                "sys_created_by",
                "hash",
            )
        }
        expected = {
            "file_name": "told é.bin",
            "content_type": "application/x-told",
            "size_bytes": str(len(BINARY)),
            "table_name": "problem",
            "table_sys_id": record.get_value("sys_id"),
            "sys_created_by": "admin",
            "hash": hashlib.sha256(BINARY).hexdigest(),
        }
        same("description", found, expected)
        return f"{found['size_bytes']} bytes"


def content_comes_back_in_every_way(instance):
    with (
        inserted(instance, "problem", short_description="Ways") as record,
        tempfile.TemporaryDirectory() as folder,
    ):
        text = read_again(instance, "problem", added(record, "lines.txt", TEXT, "text/plain"))
        same("read", text.read(), TEXT.encode())
        same("readlines", text.readlines(), TEXT.split("\n"))
        binary = read_again(instance, "problem", added(record, "all.bin", BINARY))
        same("without a type", binary.content_type.get_value(), "application/octet-stream")
        with binary.as_temp_file() as file:
            true("as_temp_file", file.read() == BINARY)
        path = binary.write_to(folder)
        same("a directory gets the name", path, Path(folder) / "all.bin")
        true("write_to", path.read_bytes() == BINARY)
        named = binary.write_to(Path(folder) / "other", chunk_size=4_096)
        true("write_to with a name", named.read_bytes() == BINARY)
        return f"{len(TEXT.encode())} and {len(BINARY)} bytes"


def a_file_object_goes_up(instance):
    with inserted(instance, "problem", short_description="File") as record, tempfile.TemporaryFile() as file:
        file.write(BINARY)
        file.seek(0)
        attachment = read_again(instance, "problem", added(record, "file.bin", file))
        true("content", attachment.read() == BINARY)
        return attachment.size_bytes.get_value()


def an_empty_file_is_a_file(instance):
    with inserted(instance, "problem", short_description="Empty") as record:
        attachment = read_again(instance, "problem", added(record, "empty.txt", b"", "text/plain"))
        same("size", attachment.size_bytes.get_value(), "0")
        same("content", attachment.read(), b"")
        return "0 bytes"


def a_record_lists_its_own(instance):
    with (
        inserted(instance, "problem", short_description="One") as one,
        inserted(instance, "problem") as other,
    ):
        names = ["a.txt", "b.txt", "c.txt"]
        for name in names:
            added(one, name, name, "text/plain")
        added(other, "other.txt", "other", "text/plain")
        attachments = one.get_attachments()
        same("count", len(attachments), 3)
        same("names", sorted(each.file_name for each in attachments), names)
        same("contents", sorted(each.read().decode() for each in one.get_attachments()), names)

        listed = instance.client().Attachment("problem")
        listed.add_query("table_sys_id", one.get_value("sys_id"))
        listed.add_query("file_name", "STARTSWITH", "b")
        listed.query()
        same("with a condition", [each.file_name for each in listed], ["b.txt"])
        same("count", len(listed), 1)
        return f"{len(attachments)} of one, {len(other.get_attachments())} of the other"


def they_go_one_by_one_and_with_their_record(instance):
    with inserted(instance, "problem", short_description="Short life") as record:
        first, second = (added(record, f"{n}.txt", n, "text/plain") for n in "12")
        read_again(instance, "problem", first).delete()
        same("the deleted one", instance.client().Attachment("problem").get(first), False)
        same("what is left", [each.sys_id for each in record.get_attachments()], [second])
        record.delete()
        same("gone with its record", instance.client().Attachment("problem").get(second), False)
        return "gone"


def refusals(instance):
    attachment = instance.client().Attachment("problem")
    same("an unknown one", attachment.get("ab" * 16), False)
    upload = instance.client().attachment_api.upload_file
    error = raises("no such record", Exception, lambda: upload("x.txt", "problem", "ab" * 16, b"x"))
    same("status", error.args[0]["status"], "failure")
    error = raises("no such table", Exception, lambda: upload("x.txt", "no_such_table", "ab" * 16, b"x"))
    same("status", error.args[0]["status"], "failure")
    return error.args[0]["error"]["message"]


CHECKS = [
    the_location_is_the_link,
    what_is_told_of_a_file,
    content_comes_back_in_every_way,
    a_file_object_goes_up,
    an_empty_file_is_a_file,
    a_record_lists_its_own,
    they_go_one_by_one_and_with_their_record,
    refusals,
]
