"""Reading a verified SAML 1.1 assertion: exactly the shape that eHealth's STS gives it.

Everything here works on an element that was verified; an element, attribute or statement that is
not expected is refused rather than skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from hilum_ehealth.errors import EhealthError
from hilum_ehealth.xmlsec.names import DS, SAML, XSI_TYPE, qname
from hilum_ehealth.xmlsec.verify import (
    MALFORMED,
    SignerCheck,
    attributes,
    children,
    decoded,
    text_of,
    verified_element,
)

HOLDER_OF_KEY: Final = "urn:oasis:names:tc:SAML:1.0:cm:holder-of-key"

_ASSERTION: Final = qname(SAML, "Assertion")
_STATEMENTS: Final = tuple(
    qname(SAML, name) for name in ("Conditions", "AuthenticationStatement", "AttributeStatement")
)
_SUBJECT: Final = qname(SAML, "Subject")
_NAME: Final = qname(SAML, "NameIdentifier")
_CONFIRMATION: Final = qname(SAML, "SubjectConfirmation")
_CONFIRMED_BY: Final = (qname(SAML, "ConfirmationMethod"), qname(DS, "KeyInfo"))
_X509_DATA: Final = qname(DS, "X509Data")
_X509_CERTIFICATE: Final = qname(DS, "X509Certificate")
_ATTRIBUTE: Final = qname(SAML, "Attribute")
_VALUE: Final = qname(SAML, "AttributeValue")

_ID: Final = re.compile(r"[A-Za-z_][\w.\-]{0,127}", re.ASCII)
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One attribute of an assertion."""

    name: str
    namespace: str
    values: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statements:
    """What an assertion says, as it was signed and compared with nothing yet."""

    assertion_id: str
    issuer: str
    issued_at: datetime
    not_before: datetime
    not_on_or_after: datetime
    holder_certificate: bytes = field(repr=False)
    attributes: tuple[Attribute, ...] = field(repr=False)


def read_statements(data: bytes, check_signer: SignerCheck) -> Statements:
    """Verify the assertion *data* and read it.

    Raises ``assertion.malformed`` and ``assertion.signature`` (both with ``problem``), and what
    *check_signer* raises.
    """
    root = verified_element(
        data, tag=_ASSERTION, id_attribute="AssertionID", check_signer=check_signer
    )
    identifier, issued_at, issuer, major, minor = attributes(
        root, "AssertionID", "IssueInstant", "Issuer", "MajorVersion", "MinorVersion"
    )
    if (major, minor) != ("1", "1"):
        raise _malformed("version")
    if not _ID.fullmatch(identifier):
        raise _malformed("identifiers")
    conditions, authentication, statement = children(root, *_STATEMENTS)
    children(conditions)
    not_before, not_on_or_after = attributes(conditions, "NotBefore", "NotOnOrAfter")
    return Statements(
        assertion_id=identifier,
        issuer=issuer,
        issued_at=_moment(issued_at),
        not_before=_moment(not_before),
        not_on_or_after=_moment(not_on_or_after),
        holder_certificate=_holder(authentication, statement),
        attributes=_attributes(list(statement)[1:]),
    )


def _holder(authentication: etree._Element, statement: etree._Element) -> bytes:
    """Read the holder's certificate; both statements must be about one and the same subject."""
    attributes(authentication, "AuthenticationInstant", "AuthenticationMethod")
    (subject,) = children(authentication, _SUBJECT)
    name, holder = _subject(subject)
    if holder is None:
        raise _malformed("confirmation")
    attributes(statement)
    if not len(statement) or statement[0].tag != _SUBJECT:
        raise _malformed("children")
    other_name, other_holder = _subject(statement[0])
    if name != other_name or other_holder not in (None, holder):
        raise _malformed("subjects")
    return holder


def _subject(subject: etree._Element) -> tuple[tuple[str, ...], bytes | None]:
    attributes(subject)
    confirmed = len(subject) > 1
    parts = children(subject, _NAME, *((_CONFIRMATION,) if confirmed else ()))
    name = (text_of(parts[0]), *attributes(parts[0], "Format", "NameQualifier"))
    if not name[0].strip():
        raise _malformed("subjects")
    return name, _confirmed(parts[1]) if confirmed else None


def _confirmed(confirmation: etree._Element) -> bytes:
    method, key_info = children(confirmation, *_CONFIRMED_BY)
    if text_of(method) != HOLDER_OF_KEY:
        raise _malformed("confirmation")
    (data,) = children(key_info, _X509_DATA)
    (certificate,) = children(data, _X509_CERTIFICATE)
    return decoded(certificate)


def _attributes(elements: Sequence[etree._Element]) -> tuple[Attribute, ...]:
    found = tuple(map(_attribute, elements))
    if len({each.name for each in found}) != len(found):
        raise _malformed("attributes")
    return found


def _attribute(element: etree._Element) -> Attribute:
    if element.tag != _ATTRIBUTE or not len(element):
        raise _malformed("children")
    name, namespace = attributes(element, "AttributeName", "AttributeNamespace")
    return Attribute(name=name, namespace=namespace, values=tuple(map(_value, element)))


def _value(element: etree._Element) -> str:
    if element.tag != _VALUE:
        raise _malformed("children")
    if element.keys() not in ([], [XSI_TYPE]):
        raise _malformed("attributes")
    return text_of(element)


def _moment(text: str) -> datetime:
    if not _INSTANT.fullmatch(text):
        raise _malformed("time")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _malformed("time") from None


def _malformed(problem: str) -> EhealthError:
    return EhealthError(MALFORMED, problem=problem)
