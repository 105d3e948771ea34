"""Reading a SOAP request: the envelope, its security header and the one element in its body."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.guard import parse_document
from hilum_ehealth.xmlsec.names import SOAP, WSSE, WSU, qname
from lxml import etree

from .faults import SoapFault

_WSU_ID: Final = qname(WSU, "Id")
_ENVELOPE: Final = (qname(SOAP, "Header"), qname(SOAP, "Body"))
_INSTANT: Final = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)T(?P<time>\d\d:\d\d:\d\d)(?P<fraction>\.\d+)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A request that has the right shape; nothing in it is verified."""

    envelope: etree._Element
    security: etree._Element
    body: etree._Element


def read_message(data: bytes) -> Message:
    """Parse *data*; raises ``SOA-03004`` when it is no SOAP 1.1 message with a security header."""
    try:
        envelope = parse_document(data, "request")
    except EhealthError as error:
        raise SoapFault("SOA-03004", str(error.details.get("problem", ""))) from error
    if envelope.tag != qname(SOAP, "Envelope") or tags(envelope) != list(_ENVELOPE):
        raise SoapFault("SOA-03004", "not a SOAP 1.1 envelope with header and body")
    if any(not isinstance(each.tag, str) for each in envelope.iter()):
        raise SoapFault("SOA-03004", "comments and instructions are not accepted")
    header, body = elements(envelope)
    securities = header.findall(qname(WSSE, "Security"))
    if len(securities) != 1:
        raise SoapFault("wsse:InvalidSecurity", "exactly one Security header is needed")
    if securities[0].get(qname(SOAP, "mustUnderstand")) not in ("1", "true"):
        raise SoapFault("wsse:InvalidSecurity", "the Security header must be mustUnderstand")
    if len(elements(body)) != 1:
        raise SoapFault("SOA-03004", "exactly one element in the Body is needed")
    return Message(envelope=envelope, security=securities[0], body=body)


def elements(parent: etree._Element) -> list[etree._Element]:
    """List the child elements of *parent*."""
    return [child for child in parent if isinstance(child.tag, str)]


def tags(parent: etree._Element) -> list[str]:
    """List the qualified names of the child elements of *parent*."""
    return [str(child.tag) for child in elements(parent)]


def only(parent: etree._Element, tag: str, fault: str) -> etree._Element:
    """Return the one child *tag* of *parent*, or refuse with the code *fault*."""
    found = parent.findall(tag)
    if len(found) != 1:
        raise SoapFault(fault, f"exactly one {local_name(tag)} is needed")
    return found[0]


def text_of(element: etree._Element, fault: str) -> str:
    """Return the text of *element*, which holds no other element and is not empty."""
    text = (element.text or "").strip()
    if len(element) or not text:
        raise SoapFault(fault, f"{local_name(str(element.tag))} must hold text alone")
    return text


def local_name(tag: str) -> str:
    """Return a qualified name without its namespace."""
    return tag.rpartition("}")[2]


def wsu_id(element: etree._Element) -> str:
    """Return the ``wsu:Id`` of *element*, empty without one."""
    return str(element.get(_WSU_ID, ""))


def identifiers(envelope: etree._Element) -> Iterator[str]:
    """Yield every value that a reference could resolve to."""
    for element in envelope.iter(etree.Element):
        for name, value in element.items():
            if local_name(str(name)) in ("Id", "ID", "id", "AssertionID"):
                yield str(value)


def instant_of(element: etree._Element, fault: str) -> datetime:
    """Read an ``xs:dateTime`` with a zone, also ``+0000`` and seven digits of a second."""
    found = _INSTANT.fullmatch(text_of(element, fault))
    if found is None:
        raise SoapFault(fault, f"{local_name(str(element.tag))} is no time with a zone")
    day, time, fraction, zone = found.group("day", "time", "fraction", "zone")
    if zone != "Z" and ":" not in zone:
        zone = f"{zone[:3]}:{zone[3:]}"
    try:
        moment = datetime.fromisoformat(f"{day}T{time}{(fraction or '')[:7]}{zone}")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise SoapFault(fault, f"{local_name(str(element.tag))} is no time") from None
