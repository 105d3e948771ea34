"""SOAP 1.1 envelopes with a WS-Security header, ready to be signed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lxml import etree

from hilum_ehealth.xmlsec.names import SOAP, WSSE, WSU, fresh_id, instant, qname

LIFE: Final = timedelta(seconds=60)
"""How long a message is valid; what eHealth's own connector uses."""

_ID: Final = qname(WSU, "Id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An envelope and those of its parts that a signature covers or that carry one."""

    root: etree._Element
    security: etree._Element
    timestamp: etree._Element
    body: etree._Element


def build_envelope(payload: etree._Element, now: datetime, life: timedelta = LIFE) -> Envelope:
    """Put *payload* into a Body, with a Timestamp that starts at *now*.

    *payload* is moved, not copied. Every prefix is declared where it is used, so that an assertion
    put into the header finds nothing in scope that it did not bring.
    """
    root = etree.Element(qname(SOAP, "Envelope"), nsmap={"soap": SOAP})
    header = etree.SubElement(root, qname(SOAP, "Header"))
    security = etree.SubElement(header, qname(WSSE, "Security"), nsmap={"wsse": WSSE})
    security.set(qname(SOAP, "mustUnderstand"), "1")
    timestamp = etree.SubElement(security, qname(WSU, "Timestamp"), nsmap={"wsu": WSU})
    timestamp.set(_ID, fresh_id("TS"))
    etree.SubElement(timestamp, qname(WSU, "Created")).text = instant(now)
    etree.SubElement(timestamp, qname(WSU, "Expires")).text = instant(now + life)
    body = etree.SubElement(root, qname(SOAP, "Body"), nsmap={"wsu": WSU})
    body.set(_ID, fresh_id("id"))
    body.append(payload)
    return Envelope(root=root, security=security, timestamp=timestamp, body=body)


def set_id(element: etree._Element, prefix: str) -> None:
    """Give *element* a fresh ``wsu:Id``."""
    element.set(_ID, fresh_id(prefix))


def id_of(element: etree._Element) -> str:
    """Tell the ``wsu:Id`` of *element*; raises ``KeyError`` when it has none."""
    return str(element.attrib[_ID])


def serialize(root: etree._Element) -> bytes:
    """Write the one and only form of a message; nothing may be changed after this."""
    return etree.tostring(root, encoding="UTF-8", xml_declaration=False)
