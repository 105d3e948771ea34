"""What is asked of the session token service for each profession.

Source: eHealth STS contract, claims per profession. Asserted claims carry a value and identify the
person; the others are empty and ask the platform to certify something.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from hilum_ehealth.errors import EhealthError

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"

SSIN: Final = "urn:be:fgov:person:ssin"
_E: Final = "urn:be:fgov:ehealth:1.0"
_PE: Final = f"{SSIN}:ehealth:1.0"
HOLDER_SSIN: Final = f"{_E}:certificateholder:person:ssin"
_NAMES: Final = (f"{_PE}:givenname", f"{_PE}:surname")
_PHARMACY: Final = f"{_E}:pharmacy:nihii-number"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One claim of a request; without a value it asks the platform to certify it."""

    uri: str
    value: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Profession:
    """A profession as the token service knows it."""

    name: str
    certified: tuple[str, ...]
    """The claims to be certified, in the order they are sent."""

    numbers: tuple[str, ...]
    """Those of them that carry the INAMI number of eleven digits; one is enough."""

    recognitions: tuple[str, ...] = ()
    """Those of them that are ``false`` when the person is not recognised in the profession."""

    needs_pharmacy: bool = False
    """True when the number of a pharmacy must be asserted too."""


def _profession(name: str, *certified: str, recognised_by: str = "") -> Profession:
    return Profession(
        name=name,
        certified=certified,
        numbers=tuple(uri for uri in certified if uri.endswith(":nihii11")),
        recognitions=(recognised_by,) if recognised_by else (),
        needs_pharmacy=any(uri.startswith(_PHARMACY) for uri in certified),
    )


def _registered(name: str) -> Profession:
    """Make one of the professions that follow the common scheme."""
    professional = f"{_PE}:professional:{name}:boolean"
    return _profession(
        name,
        professional,
        f"{_PE}:nihii:{name}:nihii11",
        *_NAMES,
        f"{_PE}:fpsph:{name}:boolean",
        recognised_by=professional,
    )


def _numbered(name: str) -> Profession:
    return _profession(name, f"{_PE}:nihii:{name}:nihii11", *_NAMES)


_ALL: Final = (
    _profession(
        "doctor",
        f"{SSIN}:doctor:boolean",
        f"{_PE}:doctor:nihii11",
        *_NAMES,
        f"{_PE}:fpsph:doctor:boolean",
        recognised_by=f"{SSIN}:doctor:boolean",
    ),
    _profession(
        "nurse",
        f"{SSIN}:nurse:boolean",
        f"{_PE}:nurse:nihii11",
        f"{_PE}:nihii:nurse:nihii11",
        *_NAMES,
        f"{_PE}:fpsph:nurse:boolean",
        recognised_by=f"{SSIN}:nurse:boolean",
    ),
    _registered("physiotherapist"),
    _profession(
        "dentist",
        f"{_PE}:fpsph:dentist:boolean",
        f"{_PE}:nihii:dentist:nihii11",
        f"{_PE}:professional:dentist:boolean",
        recognised_by=f"{_PE}:professional:dentist:boolean",
    ),
    _registered("logopedist"),
    _registered("dietician"),
    _registered("clinicalpsychologist"),
    _registered("midwife"),
    _numbered("optician"),
    _numbered("podologist"),
    _profession(
        "pharmacy-holder",
        f"{_PHARMACY}:recognisedpharmacy:boolean",
        f"{_PE}:pharmacy-holder:certified:nihii11",
        f"{_PHARMACY}:person:ssin:ehealth:1.0:pharmacy-holder:boolean",
        *_NAMES,
        recognised_by=f"{_PHARMACY}:person:ssin:ehealth:1.0:pharmacy-holder:boolean",
    ),
)

PROFESSIONS: Final[Mapping[str, Profession]] = MappingProxyType({each.name: each for each in _ALL})
"""Every profession that a natural person can open a session for, by name."""


def profession_named(name: str) -> Profession:
    """Find a profession; raises ``usage.unknown-profession`` with those that are ``known``."""
    try:
        return PROFESSIONS[name]
    except KeyError:
        raise EhealthError(
            "usage.unknown-profession", profession=name, known=list(PROFESSIONS)
        ) from None


def claims_for(profession: str, niss: str, *, pharmacy: str | None = None) -> tuple[Claim, ...]:
    """List the claims for a person with the NISS *niss* (eleven digits), in the order to send.

    ``pharmacy-holder`` also needs the INAMI number of the *pharmacy*. Raises
    ``usage.unknown-profession`` or ``usage.pharmacy-number-missing``.
    """
    wanted = profession_named(profession)
    asserted = [Claim(uri=HOLDER_SSIN, value=niss), Claim(uri=SSIN, value=niss)]
    if wanted.needs_pharmacy:
        if not pharmacy:
            raise EhealthError("usage.pharmacy-number-missing", profession=profession)
        asserted += [
            Claim(uri=_PHARMACY, value=pharmacy),
            Claim(uri=f"{_PE}:pharmacy-holder", value=niss),
        ]
    return (*asserted, *(Claim(uri=uri) for uri in wanted.certified))
