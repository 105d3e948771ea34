"""What the platform certifies about a person, from its registry.

Source: eHealth STS contract, claims per profession. What is not known is ``false`` for a yes-or-no
claim and absent for any other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from .faults import SoapFault

if TYPE_CHECKING:
    from .registry import RegisteredProvider

_P: Final = "urn:be:fgov:person:ssin"
_PE: Final = f"{_P}:ehealth:1.0"
_E: Final = "urn:be:fgov:ehealth:1.0"
_PHARMACY: Final = f"{_E}:pharmacy:nihii-number"
_HOLDER: Final = "pharmacy-holder"

IDENTIFICATION: Final = "urn:be:fgov:identification-namespace"
CERTIFIED: Final = "urn:be:fgov:certified-namespace:ehealth"

_IDENTIFYING: Final = frozenset(
    {f"{_E}:certificateholder:person:ssin", _P, _PHARMACY, f"{_PE}:{_HOLDER}"}
)
"""Claims that a client asserts with a value."""

Answer = Callable[["RegisteredProvider | None", str], "str | None"]


def _recognised(person: RegisteredProvider | None, profession: str) -> str:
    return _yes_or_no(person is not None and profession in person.professions)


def _number(person: RegisteredProvider | None, profession: str) -> str | None:
    return None if person is None else person.professions.get(profession)


def _name(person: RegisteredProvider | None, which: str) -> str | None:
    if person is None:
        return None
    return person.surname if which == "surname" else person.given_names[0]


def _session_of_person(person: RegisteredProvider | None, _: str) -> str:
    return _yes_or_no(person is not None)


_ANSWERS: Final[tuple[tuple[re.Pattern[str], Answer], ...]] = tuple(
    (re.compile(pattern), answer)
    for pattern, answer in (
        (rf"{_P}:(doctor|nurse):boolean", _recognised),
        (rf"{_PE}:(?:professional|fpsph):([a-z]+):boolean", _recognised),
        (rf"{_PE}:(doctor|nurse):nihii11", _number),
        (rf"{_PE}:nihii:([a-z]+):nihii11", _number),
        (rf"{_PE}:(givenname|surname)", _name),
        (rf"{_E}:certificateholder:person:ssin:(usersession):boolean", _session_of_person),
        (rf"{_PE}:({_HOLDER}):certified:nihii11", _number),
    )
)


def certify(
    person: RegisteredProvider | None,
    niss: str,
    claims: Mapping[str, str | None],
    *,
    strict: bool = False,
) -> dict[str, tuple[str, str]]:
    """Answer *claims* about the person *niss*: value and namespace by URI, in the order asked.

    *person* is the entry of the registry, if there is one. A claim that nobody knows is left out,
    or with *strict* refused with ``SOA-03006``.
    """
    answers: dict[str, tuple[str, str]] = {}
    for uri, asserted in claims.items():
        if asserted is not None:
            answers[uri] = (_checked(uri, asserted, niss), IDENTIFICATION)
            continue
        known, value = _answer(person, uri, claims)
        if strict and not known:
            raise SoapFault("SOA-03006", "a claim is not known")
        if value is not None:
            answers[uri] = (value, CERTIFIED)
    return answers


def _checked(uri: str, value: str, niss: str) -> str:
    """Return an asserted value that may be asserted; the person's number must be the signer's."""
    if uri not in _IDENTIFYING:
        raise SoapFault("SOA-03006", "this claim is certified, not asserted")
    if uri != _PHARMACY and value != niss:
        raise SoapFault("SOA-01002", "the asserted number is not that of the certificate")
    return value


def _answer(
    person: RegisteredProvider | None, uri: str, claims: Mapping[str, str | None]
) -> tuple[bool, str | None]:
    """Return whether the claim is known, and what it says."""
    if uri in (
        f"{_PHARMACY}:recognisedpharmacy:boolean",
        f"{_PHARMACY}:person:ssin:ehealth:1.0:{_HOLDER}:boolean",
    ):
        held = person.pharmacies if person is not None else ()
        return True, _yes_or_no(claims.get(_PHARMACY) in held)
    for pattern, answer in _ANSWERS:
        found = pattern.fullmatch(uri)
        if found is not None:
            return True, answer(person, found[1])
    return False, None


def _yes_or_no(holds: bool) -> str:
    return "true" if holds else "false"
