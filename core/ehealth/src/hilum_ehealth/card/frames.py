"""Messages between us and the card's process: four bytes of length (big-endian), then JSON.

JSON and not pickle: a message is data, whoever wrote it.
"""

from __future__ import annotations

import base64
import json
from typing import Any, BinaryIO, Final

LIMIT: Final = 4 * 1024 * 1024
"""Bytes in one message at most; certificates and signed messages are far below."""

Message = dict[str, Any]


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write one message and flush it."""
    body = json.dumps(message, separators=(",", ":")).encode("utf-8")
    if len(body) > LIMIT:
        raise ValueError("message too long")
    stream.write(len(body).to_bytes(4, "big") + body)
    stream.flush()


def read_message(stream: BinaryIO) -> Message | None:
    """Read the next message; None at the end of the stream, also in the middle of a message.

    Raises ``ValueError`` for what is not a message of this form.
    """
    length = int.from_bytes(stream.read(4), "big")
    if length > LIMIT:
        raise ValueError("message too long")
    body = stream.read(length)
    if not body or len(body) < length:
        return None
    message = json.loads(body)
    if not isinstance(message, dict):
        raise ValueError("message of another form")
    return message


def pack(data: bytes) -> str:
    """Write bytes as JSON can carry them."""
    return base64.b64encode(data).decode("ascii")


def unpack(text: str) -> bytes:
    """Take back the bytes that :func:`pack` was given."""
    return base64.b64decode(text, validate=True)
