"""Writing session tokens as the platform does.

Source: eHealth STS contract, "the assertion", from a token of the acceptance environment.
"""

from __future__ import annotations

import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from cryptography.hazmat.primitives.serialization import Encoding
from hilum_ehealth.certificates import java_name
from hilum_ehealth.testing.assertions import signed_by

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from hilum_ehealth.testing.authority import Issued

ISSUER: Final = "urn:be:fgov:ehealth:sts:1_0"
_SAML: Final = "urn:oasis:names:tc:SAML:1.0"
_SUBJECT_NAME: Final = "urn:oasis:names:tc:SAML:1.1:nameid-format:X509SubjectName"
_UNUSED: Final = (
    ' xmlns:wst="http://docs.oasis-open.org/ws-sx/ws-trust/200512"'
    ' xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"'
)
"""Declarations that a captured token inherited from the message around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenForm:
    """What goes into a token."""

    holder: Certificate = field(repr=False)
    not_before: datetime
    not_on_or_after: datetime
    attributes: Mapping[str, tuple[str, str]] = field(repr=False)
    """Value and namespace by name, in order."""

    issuer: str = ISSUER


def write_token(form: TokenForm, now: datetime, signer: Issued) -> bytes:
    """Write the token issued *now*, signed by *signer* (signature last, one certificate)."""
    return signed_by(_unsigned(form, now).encode(), signer)


def _unsigned(form: TokenForm, now: datetime) -> str:
    name = _name(form.holder)
    issued = instant(now)
    attributes = "".join(_attribute(*item) for item in form.attributes.items())
    return (
        f'<Assertion xmlns="{_SAML}:assertion"{_UNUSED} AssertionID="_{secrets.token_hex(16)}"'
        f' IssueInstant="{issued}" Issuer={quoteattr(form.issuer)}'
        ' MajorVersion="1" MinorVersion="1">'
        f'<Conditions NotBefore="{instant(form.not_before)}"'
        f' NotOnOrAfter="{instant(form.not_on_or_after)}"/>'
        f'<AuthenticationStatement AuthenticationInstant="{issued}"'
        f' AuthenticationMethod="{_SAML}:am:X509-PKI">'
        f"<Subject>{name}{_confirmation(form.holder)}</Subject></AuthenticationStatement>"
        f"<AttributeStatement><Subject>{name}</Subject>{attributes}</AttributeStatement>"
        "</Assertion>"
    )


def _name(holder: Certificate) -> str:
    return (
        f'<NameIdentifier Format="{_SUBJECT_NAME}"'
        f" NameQualifier={quoteattr(java_name(holder.issuer))}>"
        f"{escape(java_name(holder.subject))}</NameIdentifier>"
    )


def _confirmation(holder: Certificate) -> str:
    certificate = b64encode(holder.public_bytes(Encoding.DER)).decode()
    return (
        f"<SubjectConfirmation><ConfirmationMethod>{_SAML}:cm:holder-of-key</ConfirmationMethod>"
        '<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>'
        f"<ds:X509Certificate>{certificate}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></SubjectConfirmation>"
    )


def _attribute(name: str, answer: tuple[str, str]) -> str:
    value, namespace = answer
    return (
        f"<Attribute AttributeName={quoteattr(name)} AttributeNamespace={quoteattr(namespace)}>"
        f"<AttributeValue>{escape(value)}</AttributeValue></Attribute>"
    )


def instant(moment: datetime) -> str:
    """Write a time in UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
