"""From an HTTP answer to the one element in its SOAP body, or to the error that it means."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.soap.faults import fault_error, read_fault
from hilum_ehealth.xmlsec.guard import parse_document
from hilum_ehealth.xmlsec.names import SOAP, qname

if TYPE_CHECKING:
    from lxml import etree

    from hilum_ehealth.soap.transport import Answer

_NOT_SOAP: Final = "network.not-soap"


def soap_payload(answer: Answer, now: datetime) -> etree._Element:
    """Return the only element in the Body of *answer*; *now* is the time it arrived.

    Raises :class:`EhealthError`: the error of :func:`fault_error` for a fault,
    ``ehealth.unavailable`` (``status``) for a server error that is not SOAP, ``network.not-soap``
    (``status``, ``problem``) for anything else.
    """
    try:
        payload = _payload(answer)
    except EhealthError as error:
        if answer.status >= 500:
            raise EhealthError(
                "ehealth.unavailable", endpoint=answer.endpoint, status=answer.status
            ) from error
        raise
    if payload.tag == qname(SOAP, "Fault"):
        raise fault_error(
            read_fault(payload),
            endpoint=answer.endpoint,
            now=now,
            server_date=answer.server_date,
        )
    return payload


def _payload(answer: Answer) -> etree._Element:
    try:
        envelope = parse_document(_xml(answer), _NOT_SOAP)
    except EhealthError as error:
        raise _not_soap(answer, str(error.details.get("problem", ""))) from error
    bodies = envelope.findall(qname(SOAP, "Body"))
    if envelope.tag != qname(SOAP, "Envelope") or len(bodies) != 1:
        raise _not_soap(answer, "envelope")
    elements = [child for child in bodies[0] if isinstance(child.tag, str)]
    if len(elements) != 1:
        raise _not_soap(answer, "body")
    if answer.status != 200 and elements[0].tag != qname(SOAP, "Fault"):
        raise _not_soap(answer, "status")
    return elements[0]


def _xml(answer: Answer) -> bytes:
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind in ("text/xml", "application/xml", "application/soap+xml"):
        return answer.body
    if kind == "multipart/related":
        return _root_part(answer)
    raise _not_soap(answer, "content-type")


def _root_part(answer: Answer) -> bytes:
    """Take the SOAP part out of a message with attachments (the one that ``start`` names)."""
    from email import message_from_bytes

    head = f"Content-Type: {answer.content_type}\r\n\r\n".encode("latin-1", "replace")
    message = message_from_bytes(head + answer.body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    start = message.get_param("start")
    chosen = [part for part in parts if part.get("Content-ID") == start] or parts
    data = chosen[0].get_payload(decode=True) if chosen else None
    if not isinstance(data, bytes):
        raise _not_soap(answer, "multipart")
    return data


def _not_soap(answer: Answer, problem: str) -> EhealthError:
    return EhealthError(_NOT_SOAP, endpoint=answer.endpoint, status=answer.status, problem=problem)
