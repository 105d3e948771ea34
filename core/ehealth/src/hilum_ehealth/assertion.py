"""The session token: a SAML 1.1 assertion, read only after it was verified.

Source: eHealth STS contract, "the assertion". What the platform signed is compared with what was
asked for: the holder's certificate, the person, the INAMI number, the time window.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from hilum_ehealth.errors import EhealthError

if TYPE_CHECKING:
    from cryptography import x509
    from lxml import etree

    from hilum_ehealth.environments import Environment

ISSUER: Final = "urn:be:fgov:ehealth:sts:1_0"
HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"
SKEW: Final = timedelta(seconds=60)
"""How far this computer's clock may be behind the platform's."""

LONGEST_LIFE: Final = timedelta(hours=48)
"""The longest window that is believed; the platform's default is 24 hours."""

_ID: Final = re.compile(r"[A-Za-z_][\w.\-]{0,127}", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_NUMBER: Final = re.compile(r"\d{11}", re.ASCII)
_TYPE: Final = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of an assertion."""

    name: str
    namespace: str
    values: tuple[str, ...] = field(repr=False)


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
    must have certified a number for it. Raises :class:`EhealthError`: ``assertion.malformed``,
    ``.signature``, ``.untrusted-signer``, ``.issuer``, ``.window``, ``.too-long``, ``.expired``,
    ``.other-holder``, ``.other-person``, ``.not-recognised-provider``, ``.other-inami``,
    ``clock.wrong`` (it begins in the future), or ``trust.*`` when anchors are missing.
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
    """Verify the signature and the shape of an assertion and read it, without any comparison."""
    from hilum_ehealth.certificates.signer import check_assertion_signer
    from hilum_ehealth.xmlsec.names import SAML, qname
    from hilum_ehealth.xmlsec.verify import verified_element

    def check_signer(leaf: x509.Certificate, others: tuple[x509.Certificate, ...]) -> None:
        check_assertion_signer(leaf, others, environment, now)

    root = verified_element(
        data,
        tag=qname(SAML, "Assertion"),
        id_attribute="AssertionID",
        check_signer=check_signer,
    )
    return _read(root, data)


def _read(root: etree._Element, data: bytes) -> Assertion:
    from hilum_ehealth.xmlsec.names import SAML, qname
    from hilum_ehealth.xmlsec.verify import attributes, children

    identifier, issued_at, issuer, major, minor = attributes(
        root, "AssertionID", "IssueInstant", "Issuer", "MajorVersion", "MinorVersion"
    )
    if (major, minor) != ("1", "1"):
        raise _malformed("version")
    if not _ID.fullmatch(identifier):
        raise _malformed("identifiers")
    if issuer != ISSUER:
        raise EhealthError("assertion.issuer", issuer=issuer[:200])
    conditions, authentication, statement = children(
        root,
        *(
            qname(SAML, name)
            for name in ("Conditions", "AuthenticationStatement", "AttributeStatement")
        ),
    )
    children(conditions)
    not_before, not_on_or_after = attributes(conditions, "NotBefore", "NotOnOrAfter")
    holder = _read_holder(authentication, statement)
    found = tuple(_read_attribute(element) for element in statement[1:])
    return Assertion(
        data=data,
        assertion_id=identifier,
        issuer=issuer,
        issued_at=_moment(issued_at),
        not_before=_moment(not_before),
        not_on_or_after=_moment(not_on_or_after),
        niss=_person(found),
        holder_certificate=holder,
        attributes=found,
        nihii11=_number(found),
    )


def _read_holder(authentication: etree._Element, statement: etree._Element) -> bytes:
    """Read the holder's certificate; both statements must be about one and the same subject."""
    from hilum_ehealth.xmlsec.names import SAML, qname
    from hilum_ehealth.xmlsec.verify import attributes, children

    attributes(authentication, "AuthenticationInstant", "AuthenticationMethod")
    (subject,) = children(authentication, qname(SAML, "Subject"))
    name, holder = _read_subject(subject)
    if holder is None:
        raise _malformed("confirmation")
    attributes(statement)
    if not len(statement) or statement[0].tag != qname(SAML, "Subject"):
        raise _malformed("children")
    other_name, other_holder = _read_subject(statement[0])
    if name != other_name or other_holder not in (None, holder):
        raise _malformed("subjects")
    return holder


def _read_subject(subject: etree._Element) -> tuple[tuple[str, ...], bytes | None]:
    from hilum_ehealth.xmlsec.names import DS, SAML, qname
    from hilum_ehealth.xmlsec.verify import attributes, certificate_in, children, text_of

    confirmed = len(subject) > 1
    parts = children(
        subject,
        qname(SAML, "NameIdentifier"),
        *((qname(SAML, "SubjectConfirmation"),) if confirmed else ()),
    )
    name = (text_of(parts[0]), *attributes(parts[0], "Format", "NameQualifier"))
    if not name[0].strip():
        raise _malformed("subjects")
    if not confirmed:
        return name, None
    method, key_info = children(parts[1], qname(SAML, "ConfirmationMethod"), qname(DS, "KeyInfo"))
    if text_of(method) != HOLDER_OF_KEY:
        raise _malformed("confirmation")
    (data,) = children(key_info, qname(DS, "X509Data"))
    (certificate,) = children(data, qname(DS, "X509Certificate"))
    return name, certificate_in(certificate)


def _read_attribute(element: etree._Element) -> Attribute:
    from hilum_ehealth.xmlsec.names import SAML, qname
    from hilum_ehealth.xmlsec.verify import attributes, children, text_of

    if element.tag != qname(SAML, "Attribute") or not len(element):
        raise _malformed("children")
    name, namespace = attributes(element, "AttributeName", "AttributeNamespace")
    values = children(element, *[qname(SAML, "AttributeValue")] * len(element))
    for value in values:
        if set(value.attrib) - {_TYPE}:
            raise _malformed("attributes")
    return Attribute(name=name, namespace=namespace, values=tuple(map(text_of, values)))


def _person(found: tuple[Attribute, ...]) -> str:
    from hilum_ehealth.sts.claims import HOLDER_SSIN, IDENTIFICATION, SSIN

    if len({each.name for each in found}) != len(found):
        raise _malformed("attributes")
    values = {
        each.name: each.values
        for each in found
        if each.name in (SSIN, HOLDER_SSIN) and each.namespace == IDENTIFICATION
    }
    person = values.get(SSIN, ())
    if len(person) != 1 or not _NUMBER.fullmatch(person[0]):
        raise _malformed("person")
    if values.get(HOLDER_SSIN, person) != person:
        raise _malformed("person")
    return person[0]


def _number(found: tuple[Attribute, ...]) -> str | None:
    """Find the certified INAMI number; two that differ in their first eight digits are refused."""
    from hilum_ehealth.sts.claims import CERTIFIED

    numbers = [
        value.strip()
        for each in found
        if each.namespace == CERTIFIED and each.name.endswith(":nihii11")
        for value in each.values
        if value.strip()
    ]
    if any(not _NUMBER.fullmatch(number) for number in numbers):
        raise _malformed("inami")
    if len({number[:8] for number in numbers}) > 1:
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
    if profession is not None:
        _check_recognised(assertion, profession)
    if not inami:
        return
    if assertion.nihii11 is None:
        raise EhealthError("assertion.not-recognised-provider", profession=profession)
    if assertion.nihii11[:8] not in {number[:8] for number in inami}:
        raise EhealthError("assertion.other-inami", profession=profession)


def _check_recognised(assertion: Assertion, profession: str) -> None:
    """Refuse a token that says nothing, or "no", about the person's profession."""
    from hilum_ehealth.sts.claims import CERTIFIED, profession_named

    wanted = profession_named(profession)
    certified = {
        each.name: each.values for each in assertion.attributes if each.namespace == CERTIFIED
    }
    has_number = any(value.strip() for uri in wanted.numbers for value in certified.get(uri, ()))
    denied = any(
        value.strip() in ("false", "0")
        for uri in wanted.recognitions
        for value in certified.get(uri, ())
    )
    if denied or not has_number:
        raise EhealthError("assertion.not-recognised-provider", profession=profession)


def _moment(text: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        raise _malformed("time")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _malformed("time") from None


def _malformed(problem: str) -> EhealthError:
    return EhealthError("assertion.malformed", problem=problem)
