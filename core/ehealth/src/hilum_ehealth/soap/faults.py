"""SOAP faults of the eHealth platform: what a code means, and whether trying again can help.

Source: eHealth transport contract (SOA codes; the fail-over list of eHealth's connector is
SOA-01001, SOA-01002, SOA-02001 and SOA-02002) and the fault codes of WS-Security 1.0.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.texts import one_line
from hilum_ehealth.xmlsec.names import SOAP, WSSE

if TYPE_CHECKING:
    from lxml import etree

MAX_TEXT: Final = 300
"""Characters of a fault's text that are kept."""

TOLERATED_SKEW: Final = timedelta(seconds=60)
"""A server's clock further away than this explains a refused time stamp."""

HOPELESS_SKEW: Final = timedelta(minutes=5)
"""A clock further away than this makes every message stale, whatever the fault says."""

_SOA_CODE: Final = re.compile(r"SOA-\d{5}")
_LONG_NUMBER: Final = re.compile(r"\d(?:[ ./\u2010-\u2015-]{0,3}\d){10,}")
"""As many digits as a NISS has, also when they stand in groups (``85.07.30-033.28``)."""

_ABOUT_TIME: Final = re.compile(r"time ?stamp|expire|created|freshness|clock", re.IGNORECASE)
_PREFIXES: Final = {WSSE: "wsse", SOAP: "soap"}
_EXPIRED: Final = "wsse:MessageExpired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a fault code says."""

    name: str
    """A slug for texts to hang on."""

    retry: bool
    """True when the same call may succeed on another endpoint or later."""

    outage: bool = False
    """True when the platform, not the caller, is in trouble."""


MEANINGS: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "SOA-00001": Meaning(name="technical-error", retry=True, outage=True),
        "SOA-01001": Meaning(name="not-authenticated", retry=True),
        "SOA-01002": Meaning(name="not-authorised", retry=True),
        "SOA-02001": Meaning(name="not-available", retry=True, outage=True),
        "SOA-02002": Meaning(name="temporarily-not-available", retry=True, outage=True),
        "SOA-03004": Meaning(name="wrong-message-shape", retry=False),
        "SOA-03006": Meaning(name="wrong-message-content", retry=False),
        "wsse:UnsupportedSecurityToken": Meaning(name="token-not-supported", retry=False),
        "wsse:UnsupportedAlgorithm": Meaning(name="algorithm-not-supported", retry=False),
        "wsse:InvalidSecurity": Meaning(name="security-header-refused", retry=False),
        "wsse:InvalidSecurityToken": Meaning(name="token-refused", retry=False),
        "wsse:FailedAuthentication": Meaning(name="not-authenticated", retry=False),
        "wsse:FailedCheck": Meaning(name="signature-refused", retry=False),
        "wsse:SecurityTokenUnavailable": Meaning(name="token-not-found", retry=False),
        _EXPIRED: Meaning(name="message-expired", retry=False),
    }
)
"""Every fault code with a known meaning."""

_UNKNOWN: Final = Meaning(name="unknown", retry=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A SOAP fault, read leniently: the code decides, all else is for people."""

    code: str
    """``SOA-01002``, ``wsse:FailedCheck``, ``soap:Server`` or what the server wrote."""

    text: str
    ticket: str | None = None
    """The platform's number for this call, for its service desk."""

    origin: str | None = None
    retry: bool | None = None
    """What the fault itself says about trying again."""

    environment: str | None = None


def read_fault(element: etree._Element) -> Fault:
    """Read a ``soap:Fault``, with or without the platform's own error in its detail."""
    parts = {_local(child): child for child in element}
    text = _text(parts.get("faultstring"))
    error = _error_in(parts.get("detail"))
    if error is None:
        named = _SOA_CODE.search(text)
        return Fault(code=named[0] if named else _fault_code(parts.get("faultcode")), text=text)
    said = {_local(child): child for child in reversed(error)}
    ticket = error.get("Id")
    return Fault(
        code=_text(said.get("Code")) or _fault_code(parts.get("faultcode")),
        text=_text(said.get("Message")) or text,
        ticket=plain(ticket) if ticket else None,
        origin=_text(said.get("Origin")) or None,
        retry={"true": True, "1": True, "false": False, "0": False}.get(_text(said.get("Retry"))),
        environment=_text(said.get("Environment")) or None,
    )


def fault_error(
    fault: Fault,
    *,
    endpoint: str,
    now: datetime,
    server_date: datetime | None,
    statuses: Mapping[str, Meaning] = MappingProxyType({}),
) -> EhealthError:
    """Make the error for *fault*: ``ehealth.unavailable``, ``clock.wrong`` or ``ehealth.refused``.

    *statuses* are the codes that the service asked has of its own
    (:mod:`hilum_ehealth.soap.statuses`).

    The details are ``fault_code``, ``fault_text``, ``meaning``, ``retry``, ``ticket``, ``origin``,
    ``environment`` and ``endpoint``; with ``clock.wrong`` also ``direction`` and ``skew_seconds``
    (both ``None`` when the server did not tell its time).
    """
    meaning = MEANINGS.get(fault.code) or statuses.get(fault.code, _UNKNOWN)
    details: dict[str, object] = {
        "fault_code": fault.code,
        "fault_text": fault.text,
        "meaning": meaning.name,
        "retry": bool(fault.retry) if meaning is _UNKNOWN else meaning.retry,
        "ticket": fault.ticket,
        "origin": fault.origin,
        "environment": fault.environment,
        "endpoint": endpoint,
    }
    if meaning.outage:
        return EhealthError("ehealth.unavailable", **details)
    if _clock_is_wrong(fault, now, server_date):
        return EhealthError("clock.wrong", **_clock(now, server_date), **details)
    return EhealthError("ehealth.refused", **details)


def clock_error(now: datetime, server_date: datetime | None) -> EhealthError | None:
    """Make ``clock.wrong`` when the server's clock is too far from *now*, else ``None``."""
    if server_date is None or abs(server_date - now) <= TOLERATED_SKEW:
        return None
    return EhealthError("clock.wrong", **_clock(now, server_date))


def _clock(now: datetime, server_date: datetime | None) -> dict[str, object]:
    if server_date is None:
        return {"direction": None, "skew_seconds": None}
    seconds = round((server_date - now).total_seconds())
    return {"direction": "behind" if seconds > 0 else "ahead", "skew_seconds": abs(seconds)}


def _clock_is_wrong(fault: Fault, now: datetime, server_date: datetime | None) -> bool:
    if not (fault.code.startswith("wsse:") or fault.code == "SOA-01001"):
        return False
    if server_date is None:
        return fault.code == _EXPIRED
    skew = abs(server_date - now)
    about_time = fault.code == _EXPIRED or bool(_ABOUT_TIME.search(fault.text))
    return skew > (TOLERATED_SKEW if about_time else HOPELESS_SKEW)


def _error_in(detail: etree._Element | None) -> etree._Element | None:
    if detail is None:
        return None
    return next(
        (each for each in detail.iter() if _local(each) in ("BusinessError", "SystemError")), None
    )


def _fault_code(element: etree._Element | None) -> str:
    """Write the qualified name in *element* with the prefix that we know its namespace by."""
    written = _text(element)
    prefix, colon, local = written.rpartition(":")
    if not colon or element is None:
        return written or "unknown"
    known = _PREFIXES.get(str(element.nsmap.get(prefix, "")), prefix)
    return f"{known}:{local}"


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: etree._Element | None) -> str:
    return "" if element is None else plain("".join(str(part) for part in element.itertext()))


def plain(text: str) -> str:
    """Bound *text*, keep it on one line, and blank numbers as long as a NISS."""
    return _LONG_NUMBER.sub("***", one_line(text, len(text)))[:MAX_TEXT]
