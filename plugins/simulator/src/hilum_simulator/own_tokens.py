"""Session tokens that come back: whether they are ours, alive, and whose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from hilum_ehealth.xmlsec.names import DS, SAML, qname

from .faults import SoapFault
from .identities import certificate_in
from .inbound import only, text_of
from .signatures import verify_assertion

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from lxml import etree

SSIN: Final = "urn:be:fgov:person:ssin"
_REFUSED: Final = "wsse:InvalidSecurityToken"
_CERTIFICATE_PATH: Final = "/".join(
    qname(namespace, local)
    for namespace, local in (
        (SAML, "AuthenticationStatement"),
        (SAML, "Subject"),
        (SAML, "SubjectConfirmation"),
        (DS, "KeyInfo"),
        (DS, "X509Data"),
        (DS, "X509Certificate"),
    )
)
_ATTRIBUTE_PATH: Final = f"{qname(SAML, 'AttributeStatement')}/{qname(SAML, 'Attribute')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnToken:
    """A token that this platform issued and that lives."""

    assertion_id: str
    not_before: datetime
    not_on_or_after: datetime
    holder: Certificate = field(repr=False)
    attributes: Mapping[str, tuple[str, str]] = field(repr=False)
    """Value and namespace by name, in the order of the token."""

    @property
    def niss(self) -> str:
        """The person the token is about."""
        return self.attributes[SSIN][0]


class OwnTokens:
    """Reads tokens signed by the platform's own *signer*."""

    def __init__(self, signer: Certificate) -> None:
        self._signer = signer

    def read(self, assertion: etree._Element, now: datetime) -> OwnToken:
        """Verify and read a token; raises ``wsse:InvalidSecurityToken`` and ``SOA-01001``."""
        signed = verify_assertion(assertion, self._signer, now)
        conditions = only(signed, qname(SAML, "Conditions"), _REFUSED)
        token = OwnToken(
            assertion_id=str(signed.get("AssertionID")),
            not_before=_instant(conditions, "NotBefore"),
            not_on_or_after=_instant(conditions, "NotOnOrAfter"),
            holder=certificate_in(only(signed, _CERTIFICATE_PATH, _REFUSED)),
            attributes=dict(map(_attribute, signed.findall(_ATTRIBUTE_PATH))),
        )
        if not token.not_before <= now < token.not_on_or_after:
            raise SoapFault("SOA-01001", "the session token does not count now")
        return token


def _attribute(element: etree._Element) -> tuple[str, tuple[str, str]]:
    value = text_of(only(element, qname(SAML, "AttributeValue"), _REFUSED), _REFUSED)
    return str(element.get("AttributeName")), (value, str(element.get("AttributeNamespace")))


def _instant(conditions: etree._Element, name: str) -> datetime:
    return datetime.fromisoformat(str(conditions.get(name))).astimezone(UTC)
