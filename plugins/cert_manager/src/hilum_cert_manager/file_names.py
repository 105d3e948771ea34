"""What the name of a keystore file says; a help to find it, never a proof."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

SUFFIXES: Final = (".p12", ".pfx", ".acc-p12")
"""Endings of keystore files; ``.acc.p12`` is among them."""

_NAME: Final = re.compile(
    r"(?P<kind>[A-Z][A-Z_-]*)=(?P<identifier>[0-9]+)(?:,\s?[0-9A-Z_-]+)?[ -]"
    r"(?P<date>[0-9]{8})-(?P<time>[0-9]{6})(?P<rest>\D.*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedAfter:
    """What a file name says."""

    holder: str = field(default="", repr=False)
    """``SSIN=85073003328``, empty when the name says nothing."""

    requested_at: datetime | None = None
    environment: str | None = None
    """``acceptance`` when the name is marked so."""


def read_name(name: str) -> NamedAfter:
    """Read names such as ``SSIN=85073003328 20250514-082150.acc-p12`` (Belgian time)."""
    lower = name.lower()
    environment = "acceptance" if lower.endswith((".acc-p12", ".acc.p12")) else None
    found = _NAME.fullmatch(name)
    if found is None:
        return NamedAfter(environment=environment)
    return NamedAfter(
        holder=f"{found['kind']}={found['identifier']}",
        requested_at=_instant(found["date"], found["time"]),
        environment=environment,
    )


def _instant(date: str, time: str) -> datetime | None:
    try:
        local = datetime.strptime(date + time, "%Y%m%d%H%M%S")  # noqa: DTZ007  # made aware below
    except ValueError:
        return None
    return local.replace(tzinfo=ZoneInfo("Europe/Brussels"))
