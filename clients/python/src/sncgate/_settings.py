"""How a client connects, and what it sends with each call."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import grpc

# A page of 10000 wide records is larger than gRPC's 4 MiB.
MAX_MESSAGE_BYTES = 256 * 1024 * 1024
# One attempt at a stream lasts no longer, and is then resumed: the gateway bounds every call.
LONGEST_ATTEMPT = 3600.0


@dataclasses.dataclass(frozen=True)
class Settings:
    instance: str = ""
    deadline: float = 60.0
    stream_deadline: float | None = None
    retries: int = 5


def call_metadata(metadata: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """The headers of each call, but the credential."""
    return tuple((key.lower(), value) for key, value in (metadata or {}).items())


def _pem(file: str | os.PathLike[str] | bytes) -> bytes:
    """PEM itself, or a file's."""
    if isinstance(file, bytes):
        return file
    with open(file, "rb") as opened:
        return opened.read()


def endpoint(
    url: str,
    ca: str | os.PathLike[str] | bytes | None,
    client_certificate: tuple[str | os.PathLike[str] | bytes, str | os.PathLike[str] | bytes] | None = None,
) -> tuple[str, grpc.ChannelCredentials | None]:
    """What gRPC calls a URL, and how the peer is checked: None is not at all."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not a URL, as http://127.0.0.1:8080 or https://gateway.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.scheme == "http":
        return f"{host}:{parts.port or 80}", None
    certificate, key = (_pem(file) for file in client_certificate) if client_certificate else (None, None)
    credentials = grpc.ssl_channel_credentials(
        root_certificates=None if ca is None else _pem(ca), private_key=key, certificate_chain=certificate
    )
    return f"{host}:{parts.port or 443}", credentials


def channel_options(user_agent: str) -> list[tuple[str, object]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.primary_user_agent", user_agent),
        # This client retries by itself, and knows what is safe to repeat.
        ("grpc.enable_retries", 0),
    ]
