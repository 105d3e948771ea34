"""HTTP over a connection that is open already, and the parts of a URL that it needs."""

from __future__ import annotations

import http.client
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import SplitResult

from hilum_ehealth.soap.connect import HTTPS_PORT
from hilum_ehealth.soap.deadline import DeadlineSocket


class OpenConnection(http.client.HTTPConnection):
    """One request over a connection that exists already; never opens another."""

    auto_open = 0

    def __init__(self, wire: DeadlineSocket) -> None:
        super().__init__("unused")
        self.sock: Any = wire  # which offers all that the class uses


def path_of(target: SplitResult) -> str:
    """Return what is asked of the server: path and query."""
    return (target.path or "/") + (f"?{target.query}" if target.query else "")


def host_of(target: SplitResult) -> str:
    """Return what the ``Host`` header says."""
    host = target.hostname or ""
    host = f"[{host}]" if ":" in host else host
    return host if target.port in (None, HTTPS_PORT) else f"{host}:{target.port}"


def server_date(text: str | None) -> datetime | None:
    """Read a ``Date`` header, in UTC; ``None`` for one that makes no sense."""
    if not text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):  # an instant may lie beyond the years that Python knows
        return None
