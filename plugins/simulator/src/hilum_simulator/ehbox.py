"""The eHealthBox, as far as it tells whether a session is accepted: ``GetBoxInfo``.

Source: eHealthBox consultation contract, version 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from hilum_ehealth.xmlsec.names import qname
from lxml import etree

from .faults import SoapFault
from .inbound import elements, only, tags, text_of

if TYPE_CHECKING:
    from .inbound import Message
    from .own_tokens import OwnToken
    from .security import Gate
    from .switches import Switches

SERVICE: Final = "ehbox-consultation"
PATH: Final = "/ehBoxConsultation/v3"
NAMESPACE: Final = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
ACTION: Final = f"{NAMESPACE}:getBoxInfo"

_REQUEST: Final = qname(NAMESPACE, "GetBoxInfoRequest")
_BAD: Final = "SOA-03006"
_SIZE: Final = ("0", "20480", "10485760")
"""Messages in stand-by, bytes in use, bytes in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Answers for the box of the person in the session token."""

    gate: Gate
    switches: Switches

    def answer(self, action: str, message: Message, now: datetime) -> bytes:
        """Answer one message with the content of a SOAP body; raises :class:`SoapFault`."""
        verified = self.gate.profile_b(message, now)
        if self.switches.is_on("revoked", SERVICE):
            raise SoapFault("wsse:InvalidSecurityToken", "the certificate is revoked")
        if (action, verified.payload.tag) != (ACTION, _REQUEST) or verified.token is None:
            raise SoapFault("SOA-03004", "this operation is not simulated")
        own = _own_box(verified.token)
        asked = _asked_box(verified.payload)
        if asked is not None and asked != own:
            return _response("810", "BoxId invalid or not accessible", None)
        return _response("100", "SUCCESS", own)


def _own_box(token: OwnToken) -> tuple[str, str, str]:
    """Return id, type and quality of the box; who is no recognised provider has none."""
    for name, (value, _namespace) in token.attributes.items():
        if value == "true" and name.endswith(":boolean"):
            *_rest, before, profession, _boolean = name.split(":")
            if before in ("professional", "ssin") and profession != "usersession":
                return token.niss, "INSS", profession.upper()
    for name, (value, _namespace) in token.attributes.items():
        if value and name.endswith(":nihii11"):
            return token.niss, "INSS", name.split(":")[-2].upper()
    raise SoapFault("SOA-01002", "the session is that of no recognised provider")


def _asked_box(payload: etree._Element) -> tuple[str, str, str] | None:
    if not elements(payload):
        return None
    if tags(payload) != ["BoxId"]:
        raise SoapFault(_BAD, "GetBoxInfoRequest holds BoxId or nothing")
    box = payload[0]
    identifier, kind, quality = (
        text_of(only(box, name, _BAD), _BAD) for name in ("Id", "Type", "Quality")
    )
    return identifier, kind, quality


def _response(code: str, text: str, box: tuple[str, str, str] | None) -> bytes:
    response = etree.Element(qname(NAMESPACE, "GetBoxInfoResponse"), nsmap={"b": NAMESPACE})
    status = etree.SubElement(response, "Status")
    etree.SubElement(status, "Code").text = code
    message = etree.SubElement(status, "Message", Lang="EN")
    message.text = text
    if box is not None:
        identity = etree.SubElement(response, "BoxId")
        for name, value in zip(("Id", "Type", "Quality"), box, strict=True):
            etree.SubElement(identity, name).text = value
        names = ("NbrMessagesInStandBy", "CurrentSize", "MaxSize")
        for name, value in zip(names, _SIZE, strict=True):
            etree.SubElement(response, name).text = value
    return etree.tostring(response, encoding="UTF-8", xml_declaration=False)
