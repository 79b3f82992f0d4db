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


def endpoint(
    url: str, ca: str | os.PathLike[str] | bytes | None
) -> tuple[str, grpc.ChannelCredentials | None]:
    """What gRPC calls a URL, and how the peer is checked: None is not at all."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is not a URL, as http://127.0.0.1:8080 or https://gateway.example.com")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    if parts.scheme == "http":
        return f"{host}:{parts.port or 80}", None
    if ca is not None and not isinstance(ca, bytes):
        with open(ca, "rb") as file:
            ca = file.read()
    return f"{host}:{parts.port or 443}", grpc.ssl_channel_credentials(ca)


def channel_options(user_agent: str) -> list[tuple[str, object]]:
    return [
        ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
        ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
        ("grpc.primary_user_agent", user_agent),
        # This client retries by itself, and knows what is safe to repeat.
        ("grpc.enable_retries", 0),
    ]
