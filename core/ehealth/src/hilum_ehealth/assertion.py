"""The session token: a SAML 1.1 assertion, read only after it was verified.

Source: eHealth STS contract, "the assertion". What the platform signed is compared with what was
asked for: the holder's certificate, the person, the INAMI number, the time window.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.sts.claims import CERTIFIED, HOLDER_SSIN, IDENTIFICATION, SSIN, profession_named

if TYPE_CHECKING:
    from cryptography import x509

    from hilum_ehealth.environments import Environment
    from hilum_ehealth.xmlsec.saml import Attribute

ISSUER: Final = "urn:be:fgov:ehealth:sts:1_0"

SKEW: Final = timedelta(seconds=60)
"""How far this computer's clock may be behind the platform's."""

LONGEST_LIFE: Final = timedelta(hours=48)
"""The longest window that is believed; the platform's default is 24 hours."""

_ELEVEN_DIGITS: Final = re.compile(r"\d{11}", re.ASCII)
_FALSE: Final = ("false", "0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """A session token that was verified and found to be the one that was asked for."""

    data: bytes = field(repr=False)
    """The assertion, byte for byte as it was checked; this is what goes into later calls."""

    assertion_id: str
    issuer: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    """The first instant at which the session is over."""

    niss: str = field(repr=False)
    holder_certificate: bytes = field(repr=False)
    """DER of the certificate whose key must sign each call."""

    attributes: tuple[Attribute, ...] = field(repr=False)
    nihii11: str | None = None
    """The certified INAMI number of eleven digits."""


def check_assertion(
    data: bytes,
    *,
    environment: Environment,
    now: datetime,
    niss: str,
    holder: x509.Certificate,
    inami: Collection[str] = (),
    profession: str | None = None,
    skew: timedelta = SKEW,
    longest_life: timedelta = LONGEST_LIFE,
) -> Assertion:
    """Verify an assertion strictly and compare it with what was asked for.

    *niss* has eleven digits; *inami* are the numbers of the record (eight or eleven digits, empty
    compares nothing), of which the first eight digits must agree. With *profession* the platform
    must have certified a number for it. Raises :class:`EhealthError`: ``assertion.malformed`` and
    ``.signature`` (both with ``problem``), ``.untrusted-signer``, ``.issuer``, ``.window``,
    ``.too-long``, ``.expired``, ``.other-holder``, ``.other-person``, ``.not-recognised-provider``,
    ``.other-inami``; ``clock.wrong`` when it begins in the future; ``trust.*`` without anchors.
    """
    from cryptography.hazmat.primitives.serialization import Encoding

    assertion = read_assertion(data, environment=environment, now=now)
    _check_window(assertion, now, skew, longest_life)
    if assertion.holder_certificate != holder.public_bytes(Encoding.DER):
        raise EhealthError("assertion.other-holder")
    if assertion.niss != niss:
        raise EhealthError("assertion.other-person")
    _check_provider(assertion, inami, profession)
    return assertion


def read_assertion(data: bytes, *, environment: Environment, now: datetime) -> Assertion:
    """Verify signature, signer and shape of an assertion and read it, without any comparison.

    Raises like :func:`check_assertion` as far as that goes; ``clock.wrong`` when the signer's
    certificates begin only after *now*, but were right when it signed.
    """
    from hilum_ehealth.certificates.signer import check_assertion_signer
    from hilum_ehealth.xmlsec.saml import read_statements

    def check_signer(leaf: x509.Certificate, others: tuple[x509.Certificate, ...]) -> None:
        check_assertion_signer(leaf, others, environment, now)

    try:
        read = read_statements(data, check_signer)
    except EhealthError as error:
        if error.details.get("problem") == "certificate.not-yet-valid":
            raise _clock_behind(data, environment, now) or error from error
        raise
    if read.issuer != ISSUER:
        raise EhealthError("assertion.issuer", issuer=read.issuer[:200])
    return Assertion(
        data=data,
        assertion_id=read.assertion_id,
        issuer=read.issuer,
        issued_at=read.issued_at,
        not_before=read.not_before,
        not_on_or_after=read.not_on_or_after,
        niss=_person(read.attributes),
        holder_certificate=read.holder_certificate,
        attributes=read.attributes,
        nihii11=_number(read.attributes),
    )


def _clock_behind(data: bytes, environment: Environment, now: datetime) -> EhealthError | None:
    """Make ``clock.wrong`` for a token that is good in all but this: it was signed after *now*.

    Its signature is verified first, then its signer, as of the instant that it was issued.
    """
    from hilum_ehealth.certificates.signer import check_assertion_signer
    from hilum_ehealth.xmlsec.saml import read_statements

    signers: list[tuple[x509.Certificate, tuple[x509.Certificate, ...]]] = []
    try:
        issued_at = read_statements(data, lambda *signer: signers.append(signer)).issued_at
        for leaf, others in signers:
            check_assertion_signer(leaf, others, environment, issued_at)
    except EhealthError:
        return None
    if issued_at <= now:
        return None
    seconds = round((issued_at - now).total_seconds())
    return EhealthError("clock.wrong", direction="behind", skew_seconds=seconds)


def _person(attributes: tuple[Attribute, ...]) -> str:
    identifying = {
        each.name: each.values for each in attributes if each.namespace == IDENTIFICATION
    }
    person = identifying.get(SSIN, ())
    if len(person) != 1 or not _ELEVEN_DIGITS.fullmatch(person[0]):
        raise _malformed("person")
    if identifying.get(HOLDER_SSIN, person) != person:
        raise _malformed("person")
    return person[0]


def _number(attributes: tuple[Attribute, ...]) -> str | None:
    """Find the certified INAMI number; several must agree in their first eight digits."""
    numbers = [
        value.strip()
        for each in attributes
        if each.namespace == CERTIFIED and each.name.endswith(":nihii11")
        for value in each.values
        if value.strip()
    ]
    if not all(map(_ELEVEN_DIGITS.fullmatch, numbers)) or len({n[:8] for n in numbers}) > 1:
        raise _malformed("inami")
    return numbers[0] if numbers else None


def _check_window(
    assertion: Assertion, now: datetime, skew: timedelta, longest_life: timedelta
) -> None:
    start, end = assertion.not_before, assertion.not_on_or_after
    if start >= end:
        raise EhealthError("assertion.window")
    if end - start > longest_life:
        raise EhealthError("assertion.too-long", hours=round((end - start).total_seconds() / 3600))
    if now + skew < start:
        seconds = round((start - now).total_seconds())
        raise EhealthError("clock.wrong", direction="behind", skew_seconds=seconds)
    if now >= end:
        raise EhealthError("assertion.expired", not_on_or_after=end.isoformat())


def _check_provider(assertion: Assertion, inami: Collection[str], profession: str | None) -> None:
    unknown = bool(inami) and assertion.nihii11 is None
    if unknown or (profession is not None and not _is_recognised(assertion, profession)):
        raise EhealthError("assertion.not-recognised-provider", profession=profession)
    if inami and (assertion.nihii11 or "")[:8] not in {number[:8] for number in inami}:
        raise EhealthError("assertion.other-inami", profession=profession)


def _is_recognised(assertion: Assertion, profession: str) -> bool:
    """Say whether the platform certified a number and did not deny the profession."""
    wanted = profession_named(profession)
    certified = {
        each.name: [value.strip() for value in each.values]
        for each in assertion.attributes
        if each.namespace == CERTIFIED
    }
    denied = any(value in _FALSE for uri in wanted.recognitions for value in certified.get(uri, ()))
    return not denied and any(value for uri in wanted.numbers for value in certified.get(uri, ()))


def _malformed(problem: str) -> EhealthError:
    return EhealthError("assertion.malformed", problem=problem)
