"""The eHealthBox, consultation service version 3.

Source: eHealthBox consultation contract. For now one call: how full the box is, which is also the
cheapest way to ask the platform whether it still accepts a session.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from hilum_ehealth.environments import EHBOX_CONSULTATION
from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from hilum_ehealth.assertion import Assertion
    from hilum_ehealth.environments import Environment
    from hilum_ehealth.keys import PrivateKey
    from hilum_ehealth.soap.transport import Poster

NAMESPACE: Final = "urn:be:fgov:ehealth:ehbox:consultation:protocol:v3"
GET_BOX_INFO: Final = f"{NAMESPACE}:getBoxInfo"

_WSDL: Final = "ehbox-consultation-v3.wsdl"
_SUCCESS: Final = "100"


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxInfo:
    """What the platform tells about a box."""

    box_id: str = field(repr=False)
    """The number the box belongs to: a NISS, an INAMI or an enterprise number."""

    box_type: str
    """Which kind of number that is: ``INSS``, ``NIHII``, ``CBE`` ..."""

    quality: str
    """In which capacity: ``PHYSIOTHERAPIST``, ``DOCTOR``, ``CITIZEN`` ..."""

    current_size: int
    """Bytes."""

    max_size: int
    """Bytes."""

    standing_by: int
    """Messages that wait outside because the box is full."""


def get_box_info(
    *,
    environment: Environment,
    transport: Poster,
    assertion: Assertion,
    key: PrivateKey,
    now: datetime,
) -> BoxInfo:
    """Ask for the state of the box that belongs to the identity in *assertion*.

    *key* is the private key of the assertion's holder. Raises :class:`EhealthError`:
    ``ehealth.refused`` (the session is no longer accepted, or the box is not theirs),
    ``ehealth.unavailable``, ``ehealth.answer``, ``clock.wrong`` and the transport's.
    """
    from hilum_ehealth.soap.answers import soap_payload
    from hilum_ehealth.soap.services import read_element, request_element
    from hilum_ehealth.xmlsec.profiles import sign_profile_b

    endpoint = environment.endpoints[EHBOX_CONSULTATION]
    request = request_element(_WSDL, "getBoxInfo")
    message = sign_profile_b(request, assertion.data, key, now)
    payload = soap_payload(transport.post(endpoint, GET_BOX_INFO, message), now)
    answer = read_element(_WSDL, f"{{{NAMESPACE}}}GetBoxInfoResponse", payload)
    if answer.Status.Code != _SUCCESS:
        raise _refused(answer.Status, endpoint, now)
    return _read(answer)


def _read(answer: Any) -> BoxInfo:
    if answer.BoxId is None:
        raise EhealthError("ehealth.answer", problem="content")
    return BoxInfo(
        box_id=answer.BoxId.Id,
        box_type=answer.BoxId.Type,
        quality=answer.BoxId.Quality,
        current_size=answer.CurrentSize,
        max_size=answer.MaxSize,
        standing_by=answer.NbrMessagesInStandBy,
    )


def _refused(status: Any, endpoint: str, now: datetime) -> EhealthError:
    """Make the same error as for a fault; the box has codes of its own."""
    from hilum_ehealth.soap.faults import Fault, fault_error, plain

    words = status.Message[0]["_value_1"] if status.Message else ""
    fault = Fault(code=plain(status.Code), text=plain(words or ""))
    return fault_error(fault, endpoint=endpoint, now=now, server_date=None)
