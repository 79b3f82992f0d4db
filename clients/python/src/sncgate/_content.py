"""The content of attachments: where it comes from, and whether all of it came."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import BinaryIO, Union

import grpc

from . import pb
from ._errors import SncgateError

CHUNK_BYTES = 256 * 1024

#: A path, the bytes themselves, a file open for reading, or an iterable of bytes.
Source = Union[str, "os.PathLike[str]", bytes, bytearray, BinaryIO, Iterable[bytes]]
#: The same, or an asynchronous iterable.
AsyncSource = Union[Source, AsyncIterable[bytes]]


def header(
    instance: str, table: str, sys_id: str, source: object, file_name: str | None, content_type: str | None
) -> pb.UploadHeader:
    """What is to be attached, with the name and size that the source itself tells."""
    whole = pb.UploadHeader(instance=instance, table=table, record_sys_id=sys_id)
    if isinstance(source, (str, os.PathLike)):
        file_name = file_name or os.path.basename(source)
        whole.size_bytes = os.path.getsize(source)
    elif isinstance(source, (bytes, bytearray)):
        whole.size_bytes = len(source)
    if not file_name:
        raise ValueError("file_name is needed: the content has no name of its own")
    whole.file_name = file_name
    whole.content_type = content_type or mimetypes.guess_type(file_name)[0] or ""
    return whole


def chunks(source: Source) -> Iterator[bytes]:
    """The bytes of a source, in pieces that fit a message."""
    if isinstance(source, (str, os.PathLike)):
        with open(source, "rb") as file:
            yield from chunks(file)
    elif isinstance(source, (bytes, bytearray)):
        for start in range(0, len(source), CHUNK_BYTES):
            yield bytes(source[start : start + CHUNK_BYTES])
    elif hasattr(source, "read"):
        while piece := source.read(CHUNK_BYTES):
            yield piece
    else:
        for piece in source:
            yield from chunks(piece)


async def chunks_async(source: AsyncSource) -> AsyncIterator[bytes]:
    """The same, without holding up the event loop."""
    if isinstance(source, AsyncIterable):
        async for piece in source:
            for part in chunks(piece):
                yield part
        return
    pieces = chunks(source)
    while part := await asyncio.to_thread(next, pieces, b""):
        yield part


class Sent:
    """Turns chunks into messages, and knows the hash of what went out."""

    def __init__(self, header: pb.UploadHeader) -> None:
        self.first = pb.UploadAttachmentRequest(header=header)
        self._sum = hashlib.sha256()

    def messages(self, source: Source) -> Iterator[pb.UploadAttachmentRequest]:
        yield self.first
        for chunk in chunks(source):
            yield self.message(chunk)

    async def messages_async(self, source: AsyncSource) -> AsyncIterator[pb.UploadAttachmentRequest]:
        yield self.first
        async for chunk in chunks_async(source):
            yield self.message(chunk)

    def message(self, chunk: bytes) -> pb.UploadAttachmentRequest:
        self._sum.update(chunk)
        return pb.UploadAttachmentRequest(chunk=chunk)

    def checked(self, attachment: pb.Attachment) -> pb.Attachment:
        return _same(attachment, self._sum.hexdigest())


class Received:
    """Turns messages into chunks, and knows where to go on and whether all came."""

    def __init__(self, instance: str, sys_id: str, offset: int) -> None:
        self._request = pb.DownloadAttachmentRequest(instance=instance, sys_id=sys_id, offset=offset)
        self._sum = None if offset else hashlib.sha256()
        self.attachment: pb.Attachment | None = None

    def request(self) -> pb.DownloadAttachmentRequest:
        return self._request

    def take(self, message: pb.DownloadAttachmentResponse) -> bytes:
        if message.HasField("attachment"):
            known, self.attachment = self.attachment, message.attachment
            if known is not None and known.sha256 != message.attachment.sha256:
                text = "the attachment changed while it was read"
                raise SncgateError.local(grpc.StatusCode.ABORTED, text)
        self._request.offset += len(message.chunk)
        if self._sum is not None:
            self._sum.update(message.chunk)
        return message.chunk

    def finish(self) -> pb.Attachment:
        """Fails where something is missing, or is not what the instance has."""
        came = self._request.offset
        if self.attachment is None or self.attachment.size_bytes != came:
            announced = self.attachment.size_bytes if self.attachment is not None else "none"
            text = f"{came} bytes came, and {announced} were announced"
            raise SncgateError.local(grpc.StatusCode.DATA_LOSS, text, "CONTENT_MISMATCH")
        return _same(self.attachment, self._sum.hexdigest() if self._sum is not None else "")


def _same(attachment: pb.Attachment, actual: str) -> pb.Attachment:
    if actual and attachment.sha256 and attachment.sha256 != actual:
        text = f"the content has the hash {actual}, and the instance's has {attachment.sha256}"
        raise SncgateError.local(grpc.StatusCode.DATA_LOSS, text, "CONTENT_MISMATCH")
    return attachment
