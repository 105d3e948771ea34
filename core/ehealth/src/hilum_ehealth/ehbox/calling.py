"""One signed call of the eHealthBox consultation service."""

from __future__ import annotations

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

_WSDL: Final = "ehbox-consultation-v3.wsdl"
_SUCCESS: Final = "100"


def call(
    operation: str,
    *,
    environment: Environment,
    transport: Poster,
    assertion: Assertion,
    key: PrivateKey,
    now: datetime,
    **arguments: object,
) -> Any:
    """Send the request of *operation* (``getBoxInfo``) and return what zeep read of the answer.

    *key* is the private key of the assertion's holder. Raises :class:`EhealthError`:
    ``ehealth.refused`` (the session is no longer accepted, or a status other than 100, whose code
    and text are ``fault_code`` and ``fault_text``), ``ehealth.unavailable``, ``ehealth.answer``,
    ``clock.wrong`` and the transport's.
    """
    from hilum_ehealth.soap.answers import soap_payload
    from hilum_ehealth.soap.services import read_element, request_element
    from hilum_ehealth.xmlsec.profiles import sign_profile_b

    endpoint = environment.endpoints[EHBOX_CONSULTATION]
    request = request_element(_WSDL, operation, **arguments)
    message = sign_profile_b(request, assertion.data, key, now)
    payload = soap_payload(transport.post(endpoint, f"{NAMESPACE}:{operation}", message), now)
    root = f"{{{NAMESPACE}}}{operation[0].upper()}{operation[1:]}Response"
    answer = read_element(_WSDL, root, payload)
    if answer.Status.Code != _SUCCESS:
        raise _refused(answer.Status, endpoint, now)
    return answer


def _refused(status: Any, endpoint: str, now: datetime) -> EhealthError:
    """Make the same error as for a fault; the box has codes of its own."""
    from hilum_ehealth.soap.faults import Fault, fault_error, plain
    from hilum_ehealth.soap.statuses import BOX

    words = status.Message[0]["_value_1"] if status.Message else ""
    fault = Fault(code=plain(status.Code), text=plain(words or ""))
    return fault_error(fault, endpoint=endpoint, now=now, server_date=None, statuses=BOX)
