"""Who a certificate was issued to, read from the content of its subject and not from positions.

Older certificates carry the same attributes in other orders (eHealth certificate profile).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from hilum_ehealth.certificates.names import (
    COMMON_NAME,
    GIVEN_NAME,
    ORGANIZATIONAL_UNIT,
    SERIAL_NUMBER,
    SURNAME,
    values,
)
from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from cryptography import x509

PERSON: Final = "SSIN"
"""The kind of holder that is a person; the identifier is then a NISS."""

_DIGITS: Final = {
    PERSON: 11,
    "CBE": 10,
    "CBE-CONSORTIUM": 10,
    "CBE-TREAT_CENTER": 10,
    "EHP": 10,
    "EHP-CTRL_ORGANISM": 10,
    "SITEPIT": 10,
    "SITESMUR": 10,
    "SITE": 4,
    "NIHII": 8,
}
_PLATFORM_UNIT: Final = "ehealth-platform belgium"
_IDENTITY: Final = re.compile(
    r"(?P<kind>[A-Z]+(?:-[A-Z_]+)*)\s*=\s*(?P<identifier>[0-9]+)"
    r"(?:\s*,\s*(?P<application>[0-9A-Z_-]{1,30}))?"
)
_NISS: Final = re.compile(r"[0-9]{11}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who an eHealth certificate was issued to."""

    kind: str
    """``SSIN`` for a person, else the kind of organisation: ``CBE``, ``NIHII-HOSPITAL`` ..."""

    identifier: str = field(repr=False)
    """Digits: the NISS of a person, the number of an organisation."""

    name: str = field(repr=False)
    """As printed in the certificate: capitals, without accents; empty when it names nobody."""

    application_id: str | None = None
    """The application of an organisation that the certificate is for (``IAMACC``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citizen:
    """Who an identity card was issued to."""

    niss: str = field(repr=False)
    surname: str = field(repr=False)
    given_names: tuple[str, ...] = field(repr=False)


def holder_of(certificate: x509.Certificate) -> Holder:
    """Read the holder of an eHealth certificate.

    The common name decides; organisational units that name an identity must agree with it.
    Raises ``certificate.no-holder`` when the subject names none (the placeholder of a request
    that is not completed, a certificate of somebody else's PKI) and
    ``certificate.holder-ambiguous`` when it names several.
    """
    subject = certificate.subject
    common_names = values(subject, COMMON_NAME)
    units = values(subject, ORGANIZATIONAL_UNIT)
    identities = [found for text in (*common_names, *units) if (found := _identity(text))]
    if not identities:
        raise EhealthError("certificate.no-holder")
    if len({(kind, identifier) for kind, identifier, _ in identities}) > 1:
        raise EhealthError("certificate.holder-ambiguous")
    applications = {application for *_, application in identities if application}
    if len(applications) > 1:
        raise EhealthError("certificate.holder-ambiguous")
    kind, identifier, _ = identities[0]
    application = next(iter(applications), None)
    return Holder(
        kind=kind,
        identifier=identifier,
        name=_name(units, application),
        application_id=application,
    )


def citizen_of(certificate: x509.Certificate) -> Citizen:
    """Read the citizen from a certificate of an identity card.

    Raises ``certificate.not-eid`` when the subject carries no single national number.
    """
    subject = certificate.subject
    numbers = values(subject, SERIAL_NUMBER)
    if len(numbers) != 1 or not _NISS.fullmatch(numbers[0]):
        raise EhealthError("certificate.not-eid")
    return Citizen(
        niss=numbers[0],
        surname=" ".join(values(subject, SURNAME)),
        given_names=tuple(" ".join(values(subject, GIVEN_NAME)).split()),
    )


def _identity(text: str) -> tuple[str, str, str | None] | None:
    found = _IDENTITY.fullmatch(text)
    if found is None:
        return None
    kind, identifier, application = found.group("kind", "identifier", "application")
    if len(identifier) != _digits(kind):
        return None
    return kind, identifier, application


def _digits(kind: str) -> int | None:
    return _DIGITS["NIHII"] if kind.startswith("NIHII-") else _DIGITS.get(kind)


def _name(units: tuple[str, ...], application: str | None) -> str:
    """Pick the unit that is neither identity, platform nor application."""
    for unit in units:
        if unit.casefold() != _PLATFORM_UNIT and unit != application and not _identity(unit):
            return unit
    return ""
