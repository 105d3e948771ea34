"""Reading who a card belongs to: certificates and three data objects, by label, without a PIN.

Never the photo or the address; asking by exact label makes the middleware read only those files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hilum_ehealth.errors import EhealthError

from .frames import unpack
from .port import AUTHENTICATION, CERTIFICATES, CardIdentity
from .slots import Slot

if TYPE_CHECKING:
    from hilum_ehealth.certificates import Citizen

DATA = ("national_number", "surname", "firstnames")


def read_identity(ask: Callable[..., Any], slot: Slot, session: int) -> CardIdentity:
    """Read the card in *slot*; *ask* has the card's process do something.

    The certificate tells whose card it is; the data objects, when there are any, how the names
    are written. Raises ``card.no-certificate`` for a card without Authentication certificate (a
    child's), ``card.not-recognised`` when that is no citizen's certificate,
    ``card.identity-mismatch`` when certificate and data name two persons.
    """
    if slot.token is None:
        raise EhealthError("card.not-present", readers=[slot.reader])
    found = ask("certificates", session=session, labels=list(CERTIFICATES))
    certificates = {label: unpack(value) for label, value in found.items()}
    citizen = citizen_in(certificates, slot.reader)
    data = {
        label: _text(unpack(value))
        for label, value in ask("data", session=session, labels=list(DATA)).items()
    }
    if data.get("national_number", citizen.niss) != citizen.niss:
        raise EhealthError("card.identity-mismatch", reader=slot.reader)
    return CardIdentity(
        serial=slot.token.serial,
        reader=slot.reader,
        niss=citizen.niss,
        surname=data.get("surname") or citizen.surname,
        given_names=data.get("firstnames") or " ".join(citizen.given_names),
        pin_pad=slot.token.pin_pad,
        asks_pin_itself=not (slot.token.pin_pad or slot.token.login_required),
        certificates=MappingProxyType(certificates),
    )


def citizen_in(certificates: Mapping[str, bytes], reader: str) -> Citizen:
    """Answer the ``Citizen`` of the Authentication certificate; errors as above."""
    from hilum_ehealth.certificates import citizen_of
    from hilum_ehealth.certificates.reading import read_certificate

    if AUTHENTICATION not in certificates:
        raise EhealthError("card.no-certificate", label=AUTHENTICATION, reader=reader)
    try:
        return citizen_of(read_certificate(certificates[AUTHENTICATION]))
    except (ValueError, EhealthError) as error:
        raise EhealthError("card.not-recognised", reader=reader) from error


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace").strip(" \0")
