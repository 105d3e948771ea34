"""The eHealthBox, consultation service: ``GetBoxInfo`` and ``GetMessagesList``.

Source: eHealthBox consultation contract, version 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from hilum_ehealth.xmlsec.names import qname
from lxml import etree

from .faults import STATUS_TEXTS, SoapFault
from .inbound import elements, only, tags, text_of
from .mailbox import SOURCES, Mailboxes

if TYPE_CHECKING:
    from .inbound import Message
    from .mailbox import Letter
    from .own_tokens import OwnToken
    from .security import Gate
    from .switches import Switches

SERVICE: Final = "ehbox-consultation"
PATH: Final = "/ehBoxConsultation/v3"
NAMESPACE: Final = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
BOX_INFO: Final = f"{NAMESPACE}:getBoxInfo"
MESSAGES_LIST: Final = f"{NAMESPACE}:getMessagesList"

LARGEST_PAGE: Final = 100
"""Messages that are told in one answer at most, however many are asked for."""

_BAD: Final = "SOA-03006"
_SUCCESS: Final = "100"
_USED, _MOST = "20480", "10485760"
"""Bytes."""


class Owner(NamedTuple):
    """Whose box it is, in which capacity."""

    id: str
    type: str
    quality: str


class Wanted(NamedTuple):
    """The part of a folder that is asked for; places are counted from 1, the most recent."""

    source: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """Answers for the box of the person in the session token."""

    gate: Gate
    switches: Switches
    mailboxes: Mailboxes

    def answer(self, action: str, message: Message, now: datetime) -> bytes:
        """Answer one message with the content of a SOAP body; raises :class:`SoapFault`."""
        verified = self.gate.profile_b(message, now)
        if self.switches.is_on("revoked", SERVICE):
            raise SoapFault("wsse:InvalidSecurityToken", "the certificate is revoked")
        request, token = verified.payload, verified.token
        if token is None or _OPERATIONS.get(action) != request.tag:
            raise SoapFault("SOA-03004", "this operation is not simulated")
        owner = _owner(token)
        wanted = _asked_messages(request) if action == MESSAGES_LIST else None
        status = self._status(request, owner)
        response = _response(request, status)
        if status == _SUCCESS:
            if wanted is None:
                self._tell_info(response, owner)
            else:
                self._tell_messages(response, owner, wanted)
        return etree.tostring(response, encoding="UTF-8", xml_declaration=False)

    def _status(self, request: etree._Element, owner: Owner) -> str:
        switched = next((code for code in STATUS_TEXTS if self.switches.is_on(code, SERVICE)), None)
        if switched is not None:
            return switched
        return _SUCCESS if _asked_box(request) in (None, owner) else "810"

    def _tell_info(self, response: etree._Element, owner: Owner) -> None:
        waiting = self.mailboxes.standing_by()
        _identity(response, "BoxId", owner)
        etree.SubElement(response, "NbrMessagesInStandBy").text = str(waiting)
        etree.SubElement(response, "CurrentSize").text = _MOST if waiting else _USED
        etree.SubElement(response, "MaxSize").text = _MOST

    def _tell_messages(self, response: etree._Element, owner: Owner, wanted: Wanted) -> None:
        etree.SubElement(response, "Source").text = wanted.source
        last = min(wanted.last, wanted.first + LARGEST_PAGE - 1)
        whose = f"{owner.id} {owner.quality}"
        for letter in self.mailboxes.look(whose, wanted.source, wanted.first, last):
            _tell_letter(etree.SubElement(response, "Message"), letter, owner)


_OPERATIONS: Final = {
    BOX_INFO: qname(NAMESPACE, "GetBoxInfoRequest"),
    MESSAGES_LIST: qname(NAMESPACE, "GetMessagesListRequest"),
}
"""The request of each operation, by SOAP action."""


def _owner(token: OwnToken) -> Owner:
    """Return whose box it is; who is no recognised provider has none."""
    for name, (value, _namespace) in token.attributes.items():
        if value == "true" and name.endswith(":boolean"):
            *_rest, before, profession, _boolean = name.split(":")
            if before in ("professional", "ssin") and profession != "usersession":
                return Owner(token.niss, "INSS", profession.upper())
    for name, (value, _namespace) in token.attributes.items():
        if value and name.endswith(":nihii11"):
            return Owner(token.niss, "INSS", name.split(":")[-2].upper())
    raise SoapFault("SOA-01002", "the session is that of no recognised provider")


def _asked_box(request: etree._Element) -> Owner | None:
    boxes = request.findall("BoxId")
    if not boxes:
        if request.tag == _OPERATIONS[BOX_INFO] and elements(request):
            raise SoapFault(_BAD, "GetBoxInfoRequest holds BoxId or nothing")
        return None
    return Owner(*(text_of(only(boxes[0], name, _BAD), _BAD) for name in ("Id", "Type", "Quality")))


def _asked_messages(request: etree._Element) -> Wanted:
    names = [name for name in tags(request) if name != "BoxId"]
    if names not in (["Source"], ["Source", "StartIndex", "EndIndex"]):
        raise SoapFault(_BAD, "GetMessagesListRequest holds Source, StartIndex and EndIndex")
    source = text_of(only(request, "Source", _BAD), _BAD)
    if source not in SOURCES:
        raise SoapFault(_BAD, "there is no such Source")
    if len(names) == 1:
        return Wanted(source, 1, LARGEST_PAGE)
    first, last = (_place(only(request, name, _BAD)) for name in ("StartIndex", "EndIndex"))
    if not first <= last:
        raise SoapFault(_BAD, "EndIndex is before StartIndex")
    return Wanted(source, first, last)


def _place(element: etree._Element) -> int:
    text = text_of(element, _BAD)
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= 1):
        raise SoapFault(_BAD, "an index is a number from 1")
    return int(text)


def _response(request: etree._Element, code: str) -> etree._Element:
    name = str(request.tag).removesuffix("Request") + "Response"
    response = etree.Element(name, nsmap={"b": NAMESPACE})
    status = etree.SubElement(response, "Status")
    etree.SubElement(status, "Code").text = code
    message = etree.SubElement(status, "Message", Lang="EN")
    message.text = STATUS_TEXTS.get(code, "SUCCESS")
    return response


def _identity(parent: etree._Element, name: str, owner: Owner) -> etree._Element:
    element = etree.SubElement(parent, name)
    for part, value in zip(("Id", "Type", "Quality"), owner, strict=True):
        etree.SubElement(element, part).text = value
    return element


def _tell_letter(element: etree._Element, letter: Letter, owner: Owner) -> None:
    etree.SubElement(element, "MessageId").text = letter.id
    _identity(element, "Destination", owner)
    whose = letter.sender
    sender = _identity(element, "Sender", Owner(whose.id, whose.type, whose.quality))
    etree.SubElement(sender, "Name").text = whose.name
    if whose.first_name:
        etree.SubElement(sender, "FirstName").text = whose.first_name
    _texts(
        etree.SubElement(element, "MessageInfo"),
        PublicationDate=f"{letter.published.isoformat()}+01:00",
        ExpirationDate=f"{letter.expires.isoformat()}+01:00",
        Size=str(letter.size),
    )
    _texts(
        etree.SubElement(element, "ContentInfo"),
        Title=letter.title,
        MimeType="application/pdf",
        HasFreeInformations="false",
        HasAnnex=_written(letter.has_annex),
    )
    _texts(
        etree.SubElement(element, "ContentSpecification"),
        ApplicationName="Hilum simulator",
        ContentType=letter.content_type,
        IsImportant=_written(letter.important),
        IsEncrypted=_written(letter.encrypted),
    )


def _texts(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, name).text = text


def _written(holds: bool) -> str:
    return "true" if holds else "false"
